"""One suite for the fake and the real unit of work: what holds for one holds for the other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from chassis.journal import IDENTITIES, JOURNAL, Cause, ensure_journal, version_at
from chassis.mongo import connect
from chassis.principal import Principal, SystemPrincipal
from chassis.refusals import NotFound, RuleBroken, Stale
from chassis.store import MongoStore, Store
from chassis.testing import FakeStore, FakeUnitOfWork, a_manager, a_rep, a_steward
from chassis.testing.principals import SOUTH as SOUTH_PATH
from chassis.work import AlreadyExists, IfMatch, UnitOfWork
from chassis.works import Idempotency, KeyReused, Works

from tests.chassis.notes import (
    Jar,
    KnownThing,
    Note,
    RewriteNote,
    TitleTaken,
    WriteNote,
    rewrite_note,
    write_note,
)

Action = Callable[[UnitOfWork], Awaitable[Any]]


class Edge:
    """Runs an action in a unit of work and commits it, on either store."""

    def __init__(self, store: Store, works: Works | None) -> None:
        self.store = store
        self.works = works

    async def __call__(
        self, action: Action, *, principal: Principal | None = None, if_match: IfMatch | None = None
    ) -> Any:
        who = principal or a_steward()
        if self.works is not None:
            outcome = await self.works.run(action, principal=who, cause=Cause(command="test"), if_match=if_match)
            return outcome.value
        work = FakeUnitOfWork(principal=who, store=self.store, if_match=if_match)  # type: ignore[arg-type]
        value = await action(work)
        await work.commit()
        return value


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.stack)])
async def edge(request: pytest.FixtureRequest):
    if request.param == "fake":
        yield Edge(FakeStore(), None)
        return
    database = connect(request.getfixturevalue("database_uri"), f"uow_{uuid4().hex[:10]}")
    await database.ensure_indexes([Note, Jar, KnownThing])
    await ensure_journal(database)
    yield Edge(MongoStore(database), Works(database))
    await database.client.drop_database(database.name)
    database.close()


def writing(note_id: str = "nte_1", **fields: Any) -> Action:
    return lambda work: write_note(WriteNote(note_id=note_id, text="one", **fields), work)


def rewriting(text: str, note_id: str = "nte_1") -> Action:
    return lambda work: rewrite_note(RewriteNote(note_id=note_id, text=text), work)


async def test_a_change_writes_the_aggregate_and_one_journal_document(edge: Edge):
    await edge(writing(author="Wang"))
    await edge(rewriting("two"))
    stored = await edge.store.find_one("notes", {"_id": "nte_1"})
    assert stored is not None
    assert (stored["version"], stored["sequence"], stored["text"]) == (2, 2, "two")
    first, second = await edge.store.find(JOURNAL, {"aggregate_id": "nte_1"}, sort=[("_id", 1)])
    assert (first["version"], second["version"]) == (1, 2)
    assert second["changed"] == ["text"]
    assert [event["sequence"] for event in first["events"] + second["events"]] == [1, 2]
    assert second["recorded_at"] > first["recorded_at"]
    assert second["reason"] == "rewritten"
    assert first["unpublished"] is first["unsealed"] is True


async def test_personal_fields_stay_out_of_the_journal(edge: Edge):
    await edge(writing(author="Wang Xiaoming"))
    await edge(rewriting("two"))
    assert "Wang" not in repr(await edge.store.find(JOURNAL, {}))
    kept = await edge.store.find(IDENTITIES, {})
    assert [row["fields"] for row in kept] == [{"author": "Wang Xiaoming"}]
    then = await version_at(edge.store, Note, "nte_1", kept[0]["recorded_at"])
    assert then is not None
    assert (then.text, then.author) == ("one", "Wang Xiaoming")


async def test_out_of_scope_is_absent(edge: Edge):
    await edge(writing())
    found = await edge(lambda work: work.get(Note, "nte_1"), principal=a_manager())
    assert found.text == "one"
    with pytest.raises(NotFound):
        await edge(lambda work: work.get(Note, "nte_1"), principal=a_rep(SOUTH_PATH))
    assert await edge(lambda work: work.find(Note, {}), principal=a_rep(SOUTH_PATH)) == []
    assert await edge(lambda work: work.find(Note, {}), principal=Principal(subject="nobody")) == []


async def test_a_sibling_whose_path_begins_alike_is_out_of_scope(edge: Edge):
    await edge(writing())
    with pytest.raises(NotFound):
        await edge(lambda work: work.get(Note, "nte_1"), principal=a_manager("/unt_hq/unt_nor/"))


async def test_if_match_is_checked_against_the_version_that_was_read(edge: Edge):
    await edge(writing())
    await edge(rewriting("two"), if_match=IfMatch("nte_1", 1))
    with pytest.raises(Stale):
        await edge(rewriting("three"), if_match=IfMatch("nte_1", 1))
    stored = await edge.store.find_one("notes", {"_id": "nte_1"})
    assert stored is not None
    assert stored["text"] == "two"


async def test_an_exact_key_is_refused_with_its_own_refusal_and_nothing_is_stored(edge: Edge):
    await edge(writing(title="same"))
    with pytest.raises(TitleTaken):
        await edge(writing("nte_2", title="same"))
    if edge.works is not None:  # the fake has no transaction to abort
        assert await edge.store.find_one(JOURNAL, {"aggregate_id": "nte_2"}) is None


async def test_an_id_is_used_once(edge: Edge):
    await edge(writing())
    with pytest.raises(AlreadyExists):
        await edge(writing())


async def test_a_unit_reads_its_own_changes(edge: Edge):
    async def write_and_find(work: UnitOfWork) -> list[Note]:
        note = await write_note(WriteNote(note_id="nte_1", text="one"), work)
        note.text = "still one unit"
        work.save(note)
        return await work.find(Note, {"text": "still one unit"})

    found = await edge(write_and_find)
    assert [note.id for note in found] == ["nte_1"]
    assert len(await edge.store.find(JOURNAL, {})) == 1


async def test_commands_in_one_unit_keep_versions_of_their_own(edge: Edge):
    async def two_commands(work: UnitOfWork) -> None:
        await write_note(WriteNote(note_id="nte_1", text="one"), work)
        work.next_command(Cause(command="second"))
        await rewrite_note(RewriteNote(note_id="nte_1", text="two"), work)

    await edge(two_commands)
    entries = await edge.store.find(JOURNAL, {}, sort=[("_id", 1)])
    assert [(entry["version"], entry["state"]["text"], entry["cause"]["command"]) for entry in entries] == [
        (1, "one", "test"),
        (2, "two", "second"),
    ]


async def test_a_balance_changes_only_while_its_condition_holds(edge: Edge):
    def take(quantity: int) -> Action:
        return lambda work: work.adjust(
            Jar, "jar_1", {"on_hand": -quantity}, at_least={"on_hand": quantity}, create=lambda: Jar(id="jar_1")
        )

    filled = await edge(lambda w: w.adjust(Jar, "jar_1", {"on_hand": 5}, create=lambda: Jar(id="jar_1")))
    assert (filled.on_hand, filled.version) == (5, 1)
    left = await edge(take(3))
    assert (left.on_hand, left.version) == (2, 2)
    assert await edge(take(3)) is None
    stored = await edge.store.find_one("jars", {"_id": "jar_1"})
    assert stored is not None
    assert stored["on_hand"] == 2
    entries = await edge.store.find(JOURNAL, {"aggregate_id": "jar_1"}, sort=[("_id", 1)])
    assert [entry["state"]["on_hand"] for entry in entries] == [5, 2]


async def test_all_violations_are_raised_together(edge: Edge):
    await edge(writing())

    async def two_wrong_references(work: UnitOfWork) -> None:
        await work.reference(Note, "nte_9", field="left")
        await work.reference(Note, "nte_1", field="right")
        work.violate("other", "too_odd", "an odd number is needed")
        work.check()

    with pytest.raises(RuleBroken) as refusal:
        await edge(two_wrong_references, principal=a_rep(SOUTH_PATH))
    assert [(v.field, v.code) for v in refusal.value.violations] == [
        ("left", "unknown_reference"),
        ("right", "unknown_reference"),
        ("other", "too_odd"),
    ]
    assert refusal.value.status == 422


async def test_replicas_are_kept_and_found(edge: Edge):
    system = SystemPrincipal("test.reactions")
    await edge(lambda work: work.put(KnownThing(id="thg_1", name="one", sequence=1)), principal=system)
    await edge(lambda work: work.put(KnownThing(id="thg_1", name="two", sequence=2)), principal=system)
    found = await edge(lambda work: work.get_replica(KnownThing, "thg_1"), principal=system)
    assert (found.name, found.sequence) == ("two", 2)


@pytest.fixture
async def works(database_uri: str):
    database = connect(database_uri, f"works_{uuid4().hex[:10]}")
    await database.ensure_indexes([Note, Jar, KnownThing])
    await ensure_journal(database)
    yield Works(database)
    await database.client.drop_database(database.name)
    database.close()


@pytest.mark.stack
async def test_one_key_fifty_times_at_once_has_one_effect(works: Works):
    key = Idempotency(key="k1", body="b1")

    async def once() -> Any:
        return await works.run(
            lambda work: write_note(WriteNote(note_id=Note.new_id(), text="one", author="Li"), work),
            principal=a_steward(),
            cause=Cause(command="write_note"),
            idempotency=key,
        )

    outcomes = await asyncio.gather(*[once() for _ in range(50)])
    assert len({outcome.value.id for outcome in outcomes}) == 1
    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert {outcome.value.author for outcome in outcomes} == {"Li"}
    assert len(await MongoStore(works.database).find("notes", {})) == 1
    with pytest.raises(KeyReused):
        await works.run(
            writing("nte_5"),
            principal=a_steward(),
            cause=Cause(),
            idempotency=Idempotency(key="k1", body="another"),
        )


@pytest.mark.stack
async def test_a_key_is_kept_when_the_use_case_queries_after_its_change(works: Works):
    async def write_then_look(work: UnitOfWork) -> Note:
        note = await write_note(WriteNote(note_id=Note.new_id(), text="one"), work)
        await work.find(Note, {"text": "one"})
        return note

    async def once() -> Any:
        return await works.run(
            write_then_look, principal=a_steward(), cause=Cause(), idempotency=Idempotency(key="k1", body="b1")
        )

    first, second = await once(), await once()
    assert (first.replayed, second.replayed) == (False, True)
    assert first.value.id == second.value.id


@pytest.mark.stack
async def test_one_key_in_two_processes_has_one_effect(works: Works):
    """Two edges share no lock: only the journal's unique index stands between them."""
    other = Works(works.database)
    key = Idempotency(key="k1", body="b1")

    async def once(edge: Works) -> Any:
        return await edge.run(
            lambda work: write_note(WriteNote(note_id=Note.new_id(), text="one"), work),
            principal=a_steward(),
            cause=Cause(),
            idempotency=key,
        )

    outcomes = await asyncio.gather(*[once(edge) for _ in range(8) for edge in (works, other)])
    assert len({outcome.value.id for outcome in outcomes}) == 1
    assert len(await MongoStore(works.database).find("notes", {})) == 1


@pytest.mark.stack
async def test_clients_who_change_one_aggregate_lose_no_update(works: Works):
    await works.run(writing(), principal=a_steward(), cause=Cause())

    async def append(work: UnitOfWork) -> Note:
        note = await work.get(Note, "nte_1")
        note.text += "+"
        work.save(note, note.written())
        return note

    edges = [Works(works.database) for _ in range(4)]
    await asyncio.gather(*[edge.run(append, principal=a_steward(), cause=Cause()) for edge in edges for _ in range(8)])
    stored = await MongoStore(works.database).find_one("notes", {"_id": "nte_1"})
    assert stored is not None
    assert stored["text"] == "one" + "+" * 32
    assert stored["version"] == stored["sequence"] == 33
    entries = await MongoStore(works.database).find(JOURNAL, {"aggregate_id": "nte_1"}, sort=[("_id", 1)])
    assert [entry["version"] for entry in entries] == list(range(1, 34))


@pytest.mark.stack
async def test_a_required_document_cannot_change_before_the_commit(works: Works):
    """Two units overlap on purpose: one relies on the note, the other closes it in between; the first runs again."""
    await works.run(writing(), principal=a_steward(), cause=Cause())
    seen: list[str] = []

    async def rely(work: UnitOfWork) -> Note:
        note = await work.get(Note, "nte_1")
        seen.append(note.text)
        if len(seen) == 1:
            await Works(works.database).run(rewriting("closed"), principal=a_steward(), cause=Cause())
        await work.require(note)
        return await write_note(WriteNote(note_id="nte_2", text=f"relies on {note.text}"), work)

    await works.run(rely, principal=a_steward(), cause=Cause())
    assert seen == ["one", "closed"]
    stored = await MongoStore(works.database).find_one("notes", {"_id": "nte_2"})
    assert stored is not None
    assert stored["text"] == "relies on closed"


@pytest.mark.stack
async def test_a_balance_is_never_oversold_by_many_at_once(works: Works):
    await works.run(
        lambda w: w.adjust(Jar, "jar_1", {"on_hand": 40}, create=lambda: Jar(id="jar_1")),
        principal=a_steward(),
        cause=Cause(),
    )
    other = Works(works.database)

    async def take(edge: Works) -> bool:
        outcome = await edge.run(
            lambda w: w.adjust(Jar, "jar_1", {"on_hand": -1}, at_least={"on_hand": 1}),
            principal=a_steward(),
            cause=Cause(),
            locks=["jar_1"],
        )
        return outcome.value is not None

    taken = await asyncio.gather(*[take(edge) for _ in range(32) for edge in (works, other)])
    assert sum(taken) == 40
    stored = await MongoStore(works.database).find_one("jars", {"_id": "jar_1"})
    assert stored is not None
    assert (stored["on_hand"], stored["version"]) == (0, 41)


@pytest.mark.stack
async def test_a_refused_unit_leaves_nothing_behind(works: Works):
    async def half(work: UnitOfWork) -> None:
        await work.adjust(Jar, "jar_1", {"on_hand": 5}, create=lambda: Jar(id="jar_1"))
        await write_note(WriteNote(note_id="nte_1", text="one"), work)
        await work.flush()
        raise RuleBroken(field="x", code="no", detail="no")

    with pytest.raises(RuleBroken):
        await works.run(half, principal=a_steward(), cause=Cause())
    store = MongoStore(works.database)
    assert await store.find("jars", {}) == await store.find("notes", {}) == await store.find(JOURNAL, {}) == []
