"""The marts are the fold of all events: whatever arrives twice, late, interleaved or is cut by a restart."""

import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from analytics.marts.content_hash import content_hash
from analytics.marts.file import Applied, BrokenFile, MartFile, OtherSchema
from analytics.marts.folding import Unfoldable
from analytics.marts.generation import BLAMES_A_RECORD
from analytics.queries.question import Question, read_dimensions
from analytics.queries.visits import visit_figures
from chassis.sequencing import Record as Delivered
from chassis.sequencing import Sequencer
from chassis.testing.principals import an_hq
from contracts.envelope import Envelope
from contracts.events.promotion import ProductCreated
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analytics.histories import Record, apply_all, busy_company, company
from tests.analytics.oracle import Oracle, keyed


def hash_of(file: MartFile) -> str:
    connection = file.reader()
    try:
        return content_hash(connection)[0]
    finally:
        connection.close()


def shuffled_between_aggregates(records: list[Record], chooser: random.Random) -> list[Record]:
    """Another order in which topics could deliver: each aggregate's own order is kept."""
    queues: dict[str, list[Record]] = {}
    for record in records:
        queues.setdefault(record[0].subject, []).append(record)
    order = [subject for subject, queue in queues.items() for _ in queue]
    chooser.shuffle(order)
    for queue in queues.values():
        queue.reverse()
    return [queues[subject].pop() for subject in order]


def with_repetitions(records: list[Record], chooser: random.Random) -> list[Record]:
    """Some records come again later, after newer ones of the same aggregate; some change places with their neighbour."""
    repeated: list[Record] = []
    for position, record in enumerate(records):
        repeated.append(record)
        while chooser.random() < 0.25:
            repeated.append(records[chooser.randrange(position + 1)])
    for position in range(len(repeated) - 1):
        if chooser.random() < 0.1:
            repeated[position : position + 2] = reversed(repeated[position : position + 2])
    return repeated


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), visits=st.integers(0, 25), restart_every=st.sampled_from([None, 3]))
def test_faults_of_delivery_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: int, visits: int, restart_every: int | None
):
    chooser = random.Random(seed)
    history = busy_company(chooser, visits)
    plain = MartFile(None)
    apply_all(plain, history.records)

    log = with_repetitions(shuffled_between_aggregates(history.records, chooser), chooser)
    delivered = [Delivered(*record, "all", 0, offset, 0) for offset, record in enumerate(log)]
    path = tmp_path_factory.mktemp("marts") / "marts.duckdb"
    file, sequencer, position, batches = MartFile(path), Sequencer(), 0, 0
    while position < len(delivered):
        if restart_every and batches % restart_every == restart_every - 1:
            file.close()
            file, sequencer = MartFile(path), Sequencer()
            position = file.places()["all", 0].next_offset
        batch = delivered[position : position + chooser.randint(1, 40)]
        position += len(batch)
        batches += 1
        known = file.progress(sorted({record.envelope.subject for record in batch} | sequencer.holding))
        ready, reached = sequencer.order(batch, known)
        held = sequencer.barrier(("all", 0))
        places = {("all", 0): Applied(position if held is None else held)}
        file.apply([(record.envelope, record.event) for record in ready], places, reached)

    question = Question(by=read_dimensions("unit,month,product"))
    found = keyed(question, visit_figures(file.reader(), question, an_hq(), limit=10_000).items)
    assert found == Oracle(history.records).figures(question, an_hq())
    assert hash_of(file) == hash_of(plain)
    file.close()


def a_product(subject: str, product_id: str, line: str = "cardio") -> Record:
    """The first event of a product; its subject may be false."""
    state = {"product_id": product_id, "name": "Nine", "line": line, "manufacturer": "Own", "own": True}
    event = ProductCreated.model_validate({"product": state})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Envelope(id="a", source="/terrain/promotion", type=event.TYPE, subject=subject, time=at, sequence=1), event


def test_a_batch_that_fails_leaves_nothing_behind():
    file = MartFile(None)
    file.apply(company().records, {("customer.unit", 0): Applied(5)}, {"unt_hq": 1})
    before = hash_of(file)
    good, odd = a_product("prd_9", "prd_9"), a_product("prd_8", "prd_9")
    with pytest.raises(Unfoldable):
        file.apply([good, odd], {("customer.unit", 0): Applied(7)}, {"prd_9": 1, "prd_8": 1})
    assert hash_of(file) == before
    assert file.places() == {("customer.unit", 0): Applied(5)}
    file.apply([good], {("customer.unit", 0): Applied(6)}, {"prd_9": 1})
    assert hash_of(file) != before


@pytest.mark.parametrize(
    ("place", "sequence"),
    [(("customer.unit", 0), 2**70), (("customer.unit", 2**40), 1)],
    ids=["progress", "place"],
)
def test_facts_progress_and_places_change_together_or_not_at_all(place: tuple[str, int], sequence: int):
    file = MartFile(None)
    apply_all(file, company().records)
    before = hash_of(file)
    with pytest.raises(duckdb.Error):
        file.apply([a_product("prd_9", "prd_9")], {place: Applied(6)}, {"prd_9": sequence})
    assert hash_of(file) == before
    assert file.places() == {}


@pytest.mark.parametrize("quantity", [2**63, 2**70, 2**200])
def test_a_number_that_no_column_can_hold_blames_its_record(quantity: int):
    history = company()
    file = MartFile(None)
    apply_all(file, history.records)
    before = hash_of(file)
    known = len(history.records)
    history.visit("vis_1", account_id="acc_1a", attendees=("con_1a",), materials=(("lot_1", "con_1a", quantity),))
    with pytest.raises(BLAMES_A_RECORD):
        apply_all(file, history.records[known:])
    assert hash_of(file) == before


def test_places_remember_when_the_last_record_was_sent():
    file = MartFile(None)
    sent, said = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    file.apply([], {("visits.visit", 3): Applied(9, sent, said)}, {})
    file.apply([], {("visits.visit", 3): Applied(10)}, {})
    assert file.places() == {("visits.visit", 3): Applied(10, sent, said)}


def test_a_reader_sees_all_of_a_batch_or_nothing_of_it():
    history = company()
    file = MartFile(None)
    apply_all(file, history.records)
    reader = file.reader()
    reader.execute("BEGIN TRANSACTION READ ONLY")
    before = reader.execute("SELECT count(*) FROM fact_visit").fetchall()
    history.visit("vis_1", account_id="acc_1a")
    apply_all(file, history.records)
    assert reader.execute("SELECT count(*) FROM fact_visit").fetchall() == before == [(0,)]
    reader.execute("ROLLBACK")
    assert reader.execute("SELECT count(*) FROM fact_visit").fetchall() == [(1,)]


def test_a_visit_can_change_again_and_again_while_a_reader_holds_an_old_snapshot(tmp_path: Path):
    history = company()
    file = MartFile(tmp_path / "marts.duckdb")
    apply_all(file, history.records)
    known = len(history.records)
    history.visit("vis_1", account_id="acc_1a", attendees=("con_1a",), returned=20)
    reader = file.reader()
    reader.execute("BEGIN TRANSACTION READ ONLY")
    reader.execute("SELECT count(*) FROM fact_visit").fetchall()
    for record in history.records[known:]:
        apply_all(file, [record])
    assert reader.execute("SELECT count(*) FROM fact_visit").fetchall() == [(0,)]
    reader.execute("ROLLBACK")
    assert reader.execute("SELECT state, attempt FROM fact_visit").fetchall() == [("confirmed", 21)]


def test_dimensions_keep_every_version():
    history = company()
    history.account("acc_1a", "/unt_hq/unt_south/unt_s1/", name="Renamed")
    file = MartFile(None)
    apply_all(file, history.records)
    rows = (
        file.reader()
        .execute(
            "SELECT sequence, name, unit_id FROM dim_account_history WHERE account_id = 'acc_1a' ORDER BY sequence"
        )
        .fetchall()
    )
    assert rows == [(1, "Hospital 1a", "unt_n1"), (2, "Renamed", "unt_s1")]
    assert file.reader().execute("SELECT name FROM dim_account WHERE account_id = 'acc_1a'").fetchall() == [
        ("Renamed",)
    ]


def test_details_of_a_visit_are_facts_of_their_own():
    history = company()
    history.visit(
        "vis_1",
        account_id="acc_1a",
        attendees=("con_1a", "con_1b"),
        products=(("prd_2", "trial"), ("prd_1", None)),
        materials=(("lot_1", "con_1a", 3),),
    )
    file = MartFile(None)
    apply_all(file, history.records)
    reader = file.reader()
    detailing = reader.execute("SELECT position, product_id, reaction FROM fact_detailing ORDER BY position").fetchall()
    assert detailing == [(1, "prd_2", "trial"), (2, "prd_1", None)]
    attendance = reader.execute("SELECT visit_id, contact_id FROM fact_attendance ORDER BY contact_id").fetchall()
    assert attendance == [("vis_1", "con_1a"), ("vis_1", "con_1b")]
    assert reader.execute("SELECT visit_id, lot_id, contact_id, quantity FROM fact_drop").fetchall() == [
        ("vis_1", "lot_1", "con_1a", 3)
    ]
    departments = reader.execute("SELECT account_id, department_id, name FROM dim_department").fetchall()
    assert ("acc_1a", "dep_1a", "Cardiology") in departments
    assert ("con_1a", "acc_1a") in reader.execute("SELECT contact_id, account_id FROM dim_affiliation").fetchall()


def test_every_leg_of_a_movement_is_kept():
    history = company()
    for movement in ("mov_1", "mov_2"):
        history.leg("bal_1", -4, movement_id=movement, kind="transfer")
        history.leg("bal_2", 4, movement_id=movement, kind="transfer")
    file = MartFile(None)
    apply_all(file, history.records)
    legs = file.reader().execute(
        "SELECT movement_id, count(*), sum(quantity) FROM fact_stock_movement GROUP BY 1 ORDER BY 1"
    )
    assert legs.fetchall() == [("mov_1", 2, 0), ("mov_2", 2, 0)]


def test_a_file_of_another_schema_is_refused(tmp_path: Path):
    path = tmp_path / "marts.duckdb"
    file = MartFile(path)
    file.set_meta("schema_version", "0")
    file.close()
    with pytest.raises(OtherSchema):
        MartFile(path)


@pytest.mark.parametrize("content", [b"", b"no database" * 2000])
def test_a_damaged_file_is_told_from_one_that_is_in_use(tmp_path: Path, content: bytes):
    path = tmp_path / "marts.duckdb"
    path.write_bytes(content)
    with pytest.raises(BrokenFile):
        MartFile(path)


def test_a_file_that_another_process_writes_is_not_damaged(tmp_path: Path):
    path = tmp_path / "marts.duckdb"
    program = f"import duckdb; c = duckdb.connect({str(path)!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(duckdb.IOException, match="Could not set lock"):
            MartFile(path)
        other.communicate(b"\n")
    MartFile(path).close()


def test_a_file_has_one_process_that_writes(tmp_path: Path):
    path = tmp_path / "marts.duckdb"
    file = MartFile(path, memory_limit="256MB", threads=1)
    limit, threads = (
        file.reader().execute("SELECT current_setting('memory_limit'), current_setting('threads')").fetchall()[0]
    )
    assert (limit, threads) == ("244.1 MiB", 1)
    with pytest.raises(duckdb.ConnectionException):
        MartFile(path, memory_limit="512MB", threads=1)
