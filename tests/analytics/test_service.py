"""Analytics as a process: real topics in, answers over HTTP out."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import pytest
from analytics.app import service
from analytics.marts.generation import Generation
from analytics.marts.rebuilding import REQUESTS
from analytics.queries.answers import AccountSummary, ContentHash, FreshnessReport, VisitFigures, VisitRows
from analytics.queries.question import Dimension, Question, read_dimensions
from chassis.kafka import Kafka, Message, Publisher
from chassis.mongo import connect
from chassis.service import Role
from chassis.testing.principals import a_manager, a_rep, an_hq
from chassis.testing.service import ServiceClient, as_principal, internal_token, running, settings_for

from tests.analytics.histories import NORTH, TERRITORIES, Record, busy_company
from tests.analytics.oracle import Oracle, keyed

pytestmark = pytest.mark.stack

HISTORY = busy_company(random.Random(11), 60)
ORACLE = Oracle(HISTORY.records)
BY = "unit,month,product"


class Ground:
    """Where this module's analytics stands."""

    def __init__(self, broker: str, database_uri: str, database_name: str, prefix: str) -> None:
        self.kafka = Kafka(broker, prefix)
        self.database_uri, self.database_name = database_uri, database_name

    async def publish(self, records: Sequence[Record]) -> None:
        """Send records as the relay would."""
        messages = [
            Message(
                self.kafka.topic(event.TOPIC),
                envelope.subject.encode(),
                event.model_dump_json(by_alias=True).encode(),
                envelope.headers(),
            )
            for envelope, event in records
        ]
        await self.send(messages)

    async def send(self, messages: Sequence[Message]) -> None:
        """Send anything."""
        publisher = Publisher(self.kafka)
        assert set(await publisher.publish(messages)) == {None}
        await publisher.close()

    @asynccontextmanager
    async def analytics(self, path: Path, **more: Any) -> AsyncIterator[ServiceClient]:
        """The service with its marts at `path`, ready."""
        async with running(
            service,
            database_uri=self.database_uri,
            database_name=self.database_name,
            broker_address=self.kafka.bootstrap_servers,
            topic_prefix=self.kafka.topic_prefix,
            duckdb_path=path,
            duckdb_memory_limit="256MB",
            **more,
        ) as client:
            yield client


@pytest.fixture(scope="module")
def ground(broker_address: str, database_uri: str, database_name: str, topics: str) -> Ground:
    return Ground(broker_address, database_uri, database_name, topics)


@pytest.fixture(scope="module")
async def published(ground: Ground) -> Ground:
    """The topics hold the whole history."""
    await ground.publish(HISTORY.records)
    return ground


@pytest.fixture(scope="module")
async def client(published: Ground, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServiceClient]:
    async with published.analytics(tmp_path_factory.mktemp("marts") / "analytics.duckdb") as made:
        yield made


async def get(client: ServiceClient, path: str, principal: Any = None, status: int = 200, **query: Any) -> Any:
    response = await client.get(f"/api/v1/analytics/{path}", params=query, headers=as_principal(principal or an_hq()))
    assert response.status_code == status, response.text
    return response.json()


async def until_read(client: ServiceClient) -> None:
    """Wait until everything on the topics is in the marts."""
    async with asyncio.timeout(20):
        begun = datetime.now(UTC)
        while True:
            freshness = await get(client, "freshness")
            if freshness["lag"] == 0 and freshness["as_of"] and datetime.fromisoformat(freshness["as_of"]) > begun:
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("principal", [an_hq(), a_manager(NORTH), a_rep(TERRITORIES[2])], ids=lambda p: p.subject)
async def test_figures_over_http_are_those_of_the_oracle(client: ServiceClient, principal: Any):
    question = Question(by=read_dimensions(BY))
    answer = await get(client, "visits", principal, by=BY)
    assert keyed(question, answer["items"]) == ORACLE.figures(question, principal)
    assert answer["next"] is None
    assert answer["freshness"]["lag"] == 0
    assert answer["as_of"] == answer["freshness"]["as_of"] is not None
    assert set(answer["formula"]) >= {"visits", "contacts_reached", "materials_dropped"}
    assert answer["coverage"]["counted"] == len(ORACLE.chosen(question, principal))


async def test_pages_and_rows_lead_from_figures_to_visits(client: ServiceClient):
    total = (await get(client, "visits", unit_id="unt_n1"))["items"][0]
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while cursor != {"cursor": None}:
        page = await get(client, "visits/rows", unit_id="unt_n1", limit=5, **cursor)
        found += page["items"]
        cursor = {"cursor": page["next"]}
    assert len(found) == len({row["visit_id"] for row in found}) == total["visits"]
    assert sum(row["materials_dropped"] for row in found) == total["materials_dropped"]
    assert {row["unit_id"] for row in found} == {"unt_n1"}


async def test_a_cursor_belongs_to_its_question(client: ServiceClient):
    page = await get(client, "visits", by="unit,month", limit=1)
    following = await get(client, "visits", by="unit,month", limit=1, cursor=page["next"])
    assert following["items"] != page["items"]
    for query in ({"by": "month,unit"}, {"by": "unit,month", "from": "2026-01-02"}):
        refused = await get(client, "visits", status=400, cursor=page["next"], **query)
        assert refused["code"] == "invalid_cursor"
    refused = await get(client, "visits/rows", status=400, cursor=page["next"])
    assert refused["code"] == "invalid_cursor"


@pytest.mark.parametrize(
    ("path", "query", "status", "fields"),
    [
        ("visits", {"by": "unit,planet"}, 400, {"by"}),
        ("visits", {"by": "unit,unit"}, 400, {"by"}),
        ("visits", {"by": "unit,"}, 400, {"by"}),
        ("visits", {"by": '{"$gt": ""}'}, 400, {"by"}),
        ("visits", {"by": "unit;drop table fact_visit"}, 400, {"by"}),
        ("visits", {"from": "2026-02-30"}, 400, {"from"}),
        ("visits", {"from": "1767225600"}, 400, {"from"}),
        ("visits", {"from": "2026-01-01T00:00:00Z"}, 400, {"from"}),
        ("visits", {"from": "0001-01-01"}, 400, {"from"}),
        ("visits", {"from": ""}, 400, {"from"}),
        ("visits", {"to": "9999-12-31"}, 400, {"to"}),
        ("visits", {"to": "morgen", "from": "gestern", "by": "x", "limit": "0"}, 400, {"from", "to", "by", "limit"}),
        ("visits", {"from": "2026-02-01", "to": "2026-01-01"}, 422, {"to"}),
        ("visits", {"unit_id": "acc_1"}, 400, {"unit_id"}),
        ("visits", {"unit_id": "unt_1' OR '1'='1"}, 400, {"unit_id"}),
        ("visits", {"product_id": "some"}, 400, {"product_id"}),
        ("visits", {"grade": "9Z"}, 400, {"grade"}),
        ("visits", {"limit": "5001"}, 400, {"limit"}),
        ("visits", {"cursor": "AAAA"}, 400, {"cursor"}),
        ("visits", {"since": "2026-01-01"}, 400, {"since"}),
        ("visits", {"start": "2026-01-01"}, 400, {"start"}),
        ("visits/rows", {"by": "unit"}, 400, {"by"}),
        ("visits/rows", {"kind": "palace"}, 400, {"kind"}),
        ("accounts/con_1/summary", {}, 400, {"account_id"}),
        ("accounts/acc_absent/summary", {}, 404, set()),
        ("freshness", {"x": "1"}, 400, {"x"}),
        ("nothing", {}, 404, set()),
    ],
)
async def test_bad_questions_get_their_exact_status(
    client: ServiceClient, path: str, query: dict[str, str], status: int, fields: set[str]
):
    refused = await get(client, path, status=status, **query)
    assert refused["status"] == status
    assert {violation["field"] for violation in refused["violations"]} == fields


async def test_answers_fit_the_published_schema(client: ServiceClient):
    VisitFigures.model_validate(await get(client, "visits", by=",".join(Dimension)))
    VisitRows.model_validate(await get(client, "visits/rows"))
    AccountSummary.model_validate(await get(client, "accounts/acc_1a/summary"))
    FreshnessReport.model_validate(await get(client, "freshness"))
    ContentHash.model_validate(await get(client, "hash"))
    document = (await client.get("/openapi.json")).json()
    parameters = document["paths"]["/api/v1/analytics/visits"]["get"]["parameters"]
    assert {parameter["name"] for parameter in parameters if parameter["in"] == "query"} == {
        *("from", "to", "by", "limit", "cursor", "unit_id", "within_unit_id", "account_id", "employee_id"),
        *("product_id", "grade", "kind"),
    }


async def test_nobody_asks_without_a_token(client: ServiceClient):
    for path in ("visits", "visits/rows", "accounts/acc_1a/summary", "freshness", "hash"):
        assert (await client.get(f"/api/v1/analytics/{path}")).status_code == 401


async def test_the_summary_of_an_institution_out_of_scope_is_absent(client: ServiceClient):
    account = ORACLE.accounts["acc_1a"]
    insider = a_rep(account.unit_path)
    outsider = a_rep(next(path for path in TERRITORIES if path != account.unit_path))
    assert (await get(client, "accounts/acc_1a/summary", insider))["account_id"] == "acc_1a"
    await get(client, "accounts/acc_1a/summary", outsider, status=404)


async def test_a_rebuild_gives_the_same_hash_from_a_new_file(client: ServiceClient, published: Ground):
    await until_read(client)
    before = await get(client, "hash")
    folder: Path = client.settings.duckdb_path.parent
    pointer = client.settings.duckdb_path.with_name("analytics.duckdb.current")
    old = pointer.read_text()
    database = connect(published.database_uri, published.database_name)
    requests = database.collection(REQUESTS)
    await requests.insert_one({"_id": "rbr_1", "requested_at": datetime.now(UTC), "requested_by": "a test"})
    async with asyncio.timeout(30):
        states: list[str] = []
        while states != ["done"]:
            assert (await get(client, "visits"))["items"][0]["visits"] == len(ORACLE.chosen(Question(), an_hq()))
            found = await requests.find_one({"_id": "rbr_1"})
            states = [process["state"] for process in found.get("processes", {}).values()]
            await asyncio.sleep(0.05)
    assert (await get(client, "hash"))["hash"] == before["hash"]
    assert pointer.read_text() != old
    assert not (folder / old).exists()
    await asyncio.sleep(1.5)
    assert generations(client.settings.duckdb_path) == [pointer.read_text()], "one request is one rebuild"
    database.close()


async def test_a_rebuild_that_fails_leaves_the_marts_as_they_are(
    client: ServiceClient, published: Ground, monkeypatch: pytest.MonkeyPatch
):
    before = await get(client, "hash")
    names = generations(client.settings.duckdb_path)

    async def full_disk(*_: Any, **__: Any) -> None:
        raise duckdb.IOException("No space left on device")

    monkeypatch.setattr(Generation, "apply", full_disk)
    monkeypatch.setattr(Generation, "set_meta", full_disk)
    database = connect(published.database_uri, published.database_name)
    requests = database.collection(REQUESTS)
    await requests.insert_one({"_id": "rbr_2", "requested_at": datetime.now(UTC), "requested_by": "a test"})
    async with asyncio.timeout(30):
        processes: list[Any] = []
        while [process["state"] for process in processes] != ["failed"]:
            processes = list((await requests.find_one({"_id": "rbr_2"})).get("processes", {}).values())
            await asyncio.sleep(0.05)
    assert "No space left" in processes[0]["detail"]
    assert (await get(client, "hash"))["hash"] == before["hash"]
    assert generations(client.settings.duckdb_path) == names
    database.close()


async def test_a_process_goes_on_where_its_marts_stand(published: Ground, client: ServiceClient, tmp_path: Path):
    async with published.analytics(tmp_path / "a.duckdb") as first:
        earlier = await get(first, "hash")
    late = busy_company(random.Random(12), 5)
    fresh = [record for record in late.records if record[0].subject.startswith("vis_")]
    again = [record for record in HISTORY.records if record[0].subject.startswith("vis_")]
    sequel = [
        (envelope.__class__(**{**vars(envelope), "subject": envelope.subject + "x"}), _renamed(event))
        for envelope, event in fresh
    ]
    await published.publish([*again[:40], *sequel, *again[:20]])
    async with published.analytics(tmp_path / "a.duckdb") as second:
        await until_read(second)
        later = await get(second, "hash")
        assert later["hash"] != earlier["hash"]
        await until_read(client)
        assert later["tables"] == (await get(client, "hash"))["tables"]


def generations(path: Path) -> list[str]:
    """Names of the files with marts on a shelf."""
    return [found.name for found in path.parent.glob(f"{path.name}.g*") if found.suffix != ".wal"]


def _renamed(event: Any) -> Any:
    visit = event.visit.model_copy(update={"visit_id": event.visit.visit_id + "x"})
    return event.model_copy(update={"visit": visit})


async def test_broken_records_are_set_aside_and_the_others_go_on(published: Ground, client: ServiceClient):
    await until_read(client)
    before = (await get(client, "hash"))["hash"]
    envelope, event = HISTORY.records[-1]
    good = envelope.headers()
    poison = [
        Message(published.kafka.topic("visits.visit"), b"vis_0", b"\xff\xfe", good),
        Message(published.kafka.topic("visits.visit"), b"vis_0", b"{}", [("ce_id", b"\xff")]),
        Message(published.kafka.topic("visits.visit"), None, b"", []),
        Message(published.kafka.topic("customer.unit"), b"unt_x", event.model_dump_json().encode(), good),
    ]
    await published.send(poison)
    await until_read(client)
    database = connect(published.database_uri, published.database_name)
    assert await database.collection("dead_letters").count_documents({}) == len(poison)
    database.close()
    assert (await get(client, "hash"))["hash"] == before


async def test_without_a_broker_the_marts_still_answer_and_do_not_claim_to_be_complete(
    published: Ground, tmp_path: Path
):
    path = tmp_path / "c.duckdb"
    async with published.analytics(path) as made:
        await until_read(made)
        known = await get(made, "visits")
    alone = Ground("127.0.0.1:9", published.database_uri, published.database_name, published.kafka.topic_prefix)
    with pytest.raises(TimeoutError, match="the broker has not been reached"):
        async with alone.analytics(path, ready_within_s=1.0):
            pass
    app = service.app(
        settings_for(
            service,
            database_uri=alone.database_uri,
            database_name=alone.database_name,
            broker_address="127.0.0.1:9",
            topic_prefix=alone.kafka.topic_prefix,
            duckdb_path=path,
        ),
        role=Role.API,
    )
    async with app.router.lifespan_context(app):
        async with asyncio.timeout(10):
            while True:
                if app.state.health.started and app.state.marts.open:
                    break
                await asyncio.sleep(0.02)
        token = {"authorization": f"Bearer {internal_token(an_hq(), 'analytics')}"}
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://a") as client:
            answer = (await client.get("/api/v1/analytics/visits", headers=token)).json()
    assert answer["items"] == known["items"]
    assert (answer["as_of"], answer["freshness"]["lag"]) == (None, None)


async def test_a_damaged_file_is_begun_anew(published: Ground, client: ServiceClient, tmp_path: Path):
    path = tmp_path / "b.duckdb"
    path.with_name("b.duckdb.current").write_text("b.duckdb.g1")
    path.with_name("b.duckdb.g1").write_bytes(b"no database" * 1000)
    async with published.analytics(path) as made:
        await until_read(made)
        await until_read(client)
        assert (await get(made, "hash"))["hash"] == (await get(client, "hash"))["hash"]
    assert not path.with_name("b.duckdb.g1").exists()
