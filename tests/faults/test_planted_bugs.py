"""Bugs planted in the chassis, each with the check that catches it: nothing is wrong without the bug, something with it.

Every check runs on the real chassis, broker and database, and stops or fails things at the one moment that matters. It gives
sentences about what is wrong, as the checks of the schedules do, and some of those are used here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from chassis.dead_letters import ensure_dead_letters
from chassis.journal import JOURNAL, Cause
from chassis.kafka import Kafka, Message, Publisher
from chassis.lease import Lease, LeaseLost
from chassis.mongo import Database
from chassis.principal import Principal
from chassis.reactions import Reactions
from chassis.refusals import NotFound
from chassis.relay import Relay, message_of
from chassis.store import MongoStore
from chassis.testing import a_rep
from chassis.testing.principals import SOUTH
from chassis.work import UnitOfWork
from chassis.works import Idempotency, Works
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession
from pymongo import WriteConcern
from pymongo.errors import AutoReconnect, OperationFailure
from pymongo.monitoring import CommandListener, CommandStartedEvent
from pymongo.read_concern import ReadConcern

from chassis import intake, kafka, mongo, progress
from tests.chassis.messages import test_settings_of_clients as settings_of_clients
from tests.chassis.messages.stage import SYSTEM, TOPIC, Stage, until
from tests.chassis.notes import Note, RewriteNote, WriteNote, rewrite_note, write_note
from tests.faults.invariants import events_of, stored, topic_holds_the_journal

pytestmark = pytest.mark.stack

PATIENCE_S = 60.0

Check = Callable[[Stage], Awaitable[list[str]]]
Plant = Callable[[pytest.MonkeyPatch, Stage], None]


# --- checks: what must hold ------------------------------------------------------------------------------------------------


async def a_worker_that_stops_loses_no_record(stage: Stage) -> list[str]:
    """A worker is stopped in the middle of a record, another one goes on."""
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        reached.set()
        await never.wait()

    stage.before_return = hang
    await stage.send(stage.event("nte_a", 1))
    async with stage.reacting(stage.reactions(drain_s=0.2)):
        await asyncio.wait_for(reached.wait(), PATIENCE_S)
    stage.before_return = None
    await stage.send(stage.event("nte_a", 2))

    async def taken_in() -> bool:
        return await stage.kept("nte_a") == ["1", "2"] or bool(await stage.letters())

    async with stage.reacting():
        await until(taken_in, PATIENCE_S)
    return await applied_once(stage, 2)


async def records_that_come_again_are_dropped(stage: Stage) -> list[str]:
    """A batch comes again, whole, as it does after a worker was killed before it could acknowledge."""
    await stage.send(stage.event("nte_a", 1), stage.event("nte_a", 2))
    async with taking(stage) as take:
        await take()
        await take()
    return await applied_once(stage, 2)


async def effects_of_a_broken_off_transaction_are_undone(stage: Stage) -> list[str]:
    """The database is away when a reaction has written, but not committed."""

    async def lost() -> None:
        stage.before_return = None
        raise AutoReconnect("the database is away")

    stage.before_return = lost
    await stage.send(stage.event("nte_a", 1))
    async with taking(stage) as take:
        with suppress(AutoReconnect):
            await take()
        await take()
    return await applied_once(stage, 1)


async def an_infrastructure_that_is_away_costs_no_record(stage: Stage) -> list[str]:
    """The database is away for more tries than a failing reaction gets."""
    failures = iter([AutoReconnect("the database is away")] * 4)
    stage.fail = lambda note, sequence: next(failures, None)
    await stage.send(stage.event("nte_a", 1))
    async with taking(stage) as take:
        for _ in range(5):
            with suppress(AutoReconnect):
                await take()
    return await applied_once(stage, 1)


async def a_refused_commit_leaves_no_event(stage: Stage) -> list[str]:
    """The database refuses a commit, and the unit of work runs again."""
    commit, refused = AsyncIOMotorClientSession.commit_transaction, False

    async def refuse_once(session: Any) -> None:
        nonlocal refused
        if refused:
            return await commit(session)
        refused = True
        await session.abort_transaction()
        raise OperationFailure("write conflict", 112, {"errorLabels": ["TransientTransactionError"]})

    await stage.open_writer()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(AsyncIOMotorClientSession, "commit_transaction", refuse_once)
        await stage.write("nte_a")
    assert refused
    await send_all(stage, Relay("test", stage.writer, stage.kafka))
    return await topic_is_the_journal(stage)


async def what_was_not_acknowledged_is_sent_again(stage: Stage) -> list[str]:
    """The broker acknowledges all of a batch but one record."""
    await stage.open_writer()
    await stage.write("nte_a", 2)
    await stage.write("nte_b")
    relay = Relay("test", stage.writer, stage.kafka)
    relay._publisher = Lossy(stage.kafka)
    await send_all(stage, relay)
    return await topic_is_the_journal(stage)


async def a_version_that_is_seen_late_is_waited_for(stage: Stage) -> list[str]:
    """A relay sees the third version of an aggregate before the second."""
    await stage.open_writer()
    await stage.write("nte_a", 3)
    rows = stage.writer.collection(JOURNAL)
    late = await rows.find_one_and_delete({"_id": "nte_a:0000000002"})
    relay = Relay("test", stage.writer, stage.kafka)
    await send_all(stage, relay)
    await rows.insert_one(late)
    await send_all(stage, relay)
    return await topic_is_the_journal(stage)


async def a_relay_without_the_lease_marks_nothing(stage: Stage) -> list[str]:
    """A relay freezes when it has read its rows; before it thaws, another process takes the lease."""
    await stage.open_writer()
    await stage.write("nte_a", 2)
    lease, relay = Lease(stage.writer, "relay", ttl_s=0.1), Relay("test", stage.writer, stage.kafka)
    assert await lease.acquire()
    send = relay._send

    async def freeze(rows: list[Any]) -> Any:
        await until(Lease(stage.writer, "relay").acquire, PATIENCE_S)
        return await send(rows)

    relay._send = freeze  # type: ignore[method-assign]
    with suppress(LeaseLost):
        await relay.send_next(lease)
    await relay._publisher.close()
    marked = 2 - await stage.unpublished()
    return [f"a relay whose lease went to another has marked {marked} rows"] if marked else []


async def a_key_has_one_effect(stage: Stage) -> list[str]:
    """A client whose answer was lost repeats the request under its key."""
    await stage.open_writer()
    for _ in range(2):
        await stage.works.run(
            lambda work: write_note(WriteNote(note_id=Note.new_id(), text="one"), work),
            principal=SYSTEM,
            cause=Cause("write"),
            idempotency=Idempotency("key", "body"),
        )
    notes = len(await stored(stage.writer, Note.COLLECTION))
    return [f"one key has made {notes} notes"] if notes != 1 else []


async def nobody_sees_beyond_the_own_scope(stage: Stage) -> list[str]:
    """A note of the north is looked for by a representative of the south, by id and in lists."""
    await stage.open_writer()
    await stage.write("nte_a")
    stranger, wrong = a_rep(SOUTH), []

    async def run(action: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        return (await stage.works.run(action, principal=stranger, cause=Cause("look"))).value

    with suppress(NotFound):
        wrong.append(f"a stranger got {(await run(lambda work: work.get(Note, 'nte_a'))).id}")
    listed = await run(lambda work: work.find(Note, {"text": "1"}))
    return [*wrong, *(f"a stranger was shown {note.id}" for note in listed)]


async def what_a_unit_relies_on_stays_as_it_was(stage: Stage) -> list[str]:
    """A note is rewritten while a unit that relies on it is at work."""
    await stage.open_writer()
    await stage.write("nte_a")
    relied_on: list[str] = []

    async def rely(work: UnitOfWork) -> Note:
        note = await work.get(Note, "nte_a")
        if not relied_on:
            closing = RewriteNote(note_id="nte_a", text="closed")
            await Works(stage.writer).run(
                lambda other: rewrite_note(closing, other), principal=SYSTEM, cause=Cause("close")
            )
        relied_on.append(note.text)
        await work.require(note)
        return await write_note(WriteNote(note_id="nte_b", text=f"relies on {note.text}"), work)

    made = (await stage.works.run(rely, principal=SYSTEM, cause=Cause("rely"))).value
    return [] if made.text == "relies on closed" else [f"the note is closed, but the other one {made.text}"]


async def everything_is_read_and_written_by_majority(stage: Stage) -> list[str]:
    """All commands that units of work and the relay send to the database ask for the concerns that nothing may weaken."""
    heard = Heard()
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(stage.uri, tz_aware=True, event_listeners=[heard])
    stage.writer.close()
    stage.writer = Database(client, stage.writer.name)
    stage.works = Works(stage.writer)
    await stage.open_writer()
    await stage.write("nte_a", 2)
    await send_all(stage, Relay("test", stage.writer, stage.kafka))
    assert {"find", "insert", "update", "commitTransaction"} <= heard.names
    return sorted(heard.weak)


async def the_settings_of_clients_are_as_tested(stage: Stage) -> list[str]:
    """The tests of the broker's clients and their settings."""
    wrong: list[str] = []
    for name, test in vars(settings_of_clients).items():
        if name.startswith("test_"):
            try:
                await test()
            except (AssertionError, KeyError):
                wrong.append(name)
    return wrong


# --- what the checks use --------------------------------------------------------------------------------------------------


class Lossy(Publisher):
    """A producer whose first record is not acknowledged."""

    _lost = False

    async def publish(self, messages: Sequence[Message]) -> list[BaseException | None]:
        if self._lost:
            return await super().publish(messages)
        self._lost = True
        key = messages[0].key
        sent = [message for message in messages if message.key != key]
        outcomes = iter(await super().publish(sent))
        return [ConnectionError("lost") if message.key == key else next(outcomes) for message in messages]


class Heard(CommandListener):
    """What a client of the database has sent; `weak` is what asked for less than a majority."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.weak: set[str] = set()

    def started(self, event: CommandStartedEvent) -> None:
        name, command = event.command_name, event.command
        self.names.add(name)
        within = "txnNumber" in command and command.get("autocommit") is False
        if name in ("find", "aggregate", "count") or command.get("startTransaction"):
            wanted = "snapshot" if within else "majority"
            found = command.get("readConcern", {}).get("level")
            if found != wanted and (not within or command.get("startTransaction")):
                self.weak.add(f"{name} reads with the concern {found}")
        writes = name in ("insert", "update", "delete", "findAndModify") and not within
        if writes or name == "commitTransaction":
            found = command.get("writeConcern", {})
            if (found.get("w"), found.get("j")) != ("majority", True):
                self.weak.add(f"{name} writes with the concern {found.get('w')}")

    def succeeded(self, event: Any) -> None:
        return

    def failed(self, event: Any) -> None:
        return


@asynccontextmanager
async def taking(stage: Stage) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A call that lets the reader take in all records of the topic as one batch, however often they came before."""
    await ensure_dead_letters(stage.reader)
    reactions: Reactions = stage.reactions()

    async def take() -> None:
        await reactions.consume(tuple(await stage.records()))

    try:
        yield take
    finally:
        await reactions._publisher.close()


async def send_all(stage: Stage, relay: Relay) -> None:
    """Let a relay send until nothing more can be sent, in spite of failures of its producer."""
    lease = Lease(stage.writer, "relay", ttl_s=PATIENCE_S)
    assert await lease.acquire()
    try:
        more = True
        while more:
            try:
                more = bool(await relay.send_next(lease))
            except ConnectionError:
                continue
    finally:
        await lease.release()
        await relay._publisher.close()


async def applied_once(stage: Stage, last: int) -> list[str]:
    """The reader has applied events 1 to `last` of nte_a, once and in order, and set nothing aside."""
    wrong = [f"set aside: {letter['sequence']} ({letter['error']['kind']})" for letter in await stage.letters()]
    kept, wanted = await stage.kept("nte_a"), [str(number) for number in range(1, last + 1)]
    return wrong if kept == wanted else [*wrong, f"applied: {kept}"]


async def topic_is_the_journal(stage: Stage) -> list[str]:
    """The topic holds the events of the journal, in order, and no other."""
    expected = events_of(await stored(stage.writer, JOURNAL))
    return topic_holds_the_journal(await stage.records(), expected[TOPIC], TOPIC)


# --- the bugs -------------------------------------------------------------------------------------------------------------


def acknowledge_first(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    planted.setattr(kafka, "AckPolicy", SimpleNamespace(NACK_ON_ERROR=AckPolicy.ACK_FIRST))


def forget_progress(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    async def at_the_start(store: Any, keys: Any) -> dict[progress.Key, progress.Progress]:
        return {key: progress.Progress() for key in keys}

    async def nothing(*_: Any) -> None:
        return

    planted.setattr(progress, "read_many", at_the_start)
    planted.setattr(progress, "advance_many", nothing)


def leave_out_the_session(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    update_one = MongoStore.update_one

    async def outside(store: MongoStore, *arguments: Any, **options: Any) -> int:
        return await update_one(MongoStore(store.database), *arguments, **options)

    planted.setattr(MongoStore, "update_one", outside)


def blame_the_record(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    planted.setattr(intake, "is_away", lambda failure: False)


def publish_before_the_commit(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    flush = UnitOfWork.flush

    async def flush_and_publish(work: UnitOfWork) -> None:
        await flush(work)
        for row in await work.store.find(JOURNAL, {"unpublished": True}):
            await stage.send(*[message_of("test", stage.kafka, row, event) for event in row["events"]])

    planted.setattr(UnitOfWork, "flush", flush_and_publish)


def mark_whatever_was_sent(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    send = Relay._send

    async def believe(relay: Relay, rows: Any) -> Any:
        await send(relay, rows)
        return rows, None

    planted.setattr(Relay, "_send", believe)


def send_as_seen(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    async def as_they_come(relay: Relay, rows: Any) -> Any:
        return rows

    planted.setattr(Relay, "_in_order", as_they_come)


def leave_the_lease_unfenced(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    async def only_run(lease: Lease, action: Callable[[Any], Awaitable[Any]]) -> Any:
        async with lease._database.transaction() as session:
            return await action(session)

    planted.setattr(Lease, "fenced", only_run)


def forget_the_key(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    planted.setattr(UnitOfWork, "attach_idempotency", lambda work, key, body, answer: False)


def drop_the_scope_filter(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    planted.setattr(Principal, "scope_filter", lambda principal: {})


def leave_out_the_guard(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    async def trust(work: UnitOfWork, found: Any) -> None:
        return

    planted.setattr(UnitOfWork, "require", trust)


def read_locally(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    planted.setattr(mongo, "ReadConcern", lambda level: ReadConcern("local"))


def write_to_one_member(planted: pytest.MonkeyPatch, stage: Stage) -> None:
    planted.setattr(mongo, "MAJORITY", WriteConcern(w=1))


def a_producer_with(**settings: Any) -> Plant:
    def plant(planted: pytest.MonkeyPatch, stage: Stage) -> None:
        planted.setattr(
            Kafka, "producer", lambda self: AIOKafkaProducer(bootstrap_servers=self.bootstrap_servers, **settings)
        )

    return plant


def a_subscriber_without(setting: str) -> Plant:
    def plant(planted: pytest.MonkeyPatch, stage: Stage) -> None:
        subscriber = KafkaBroker.subscriber

        def by_default(broker: KafkaBroker, *topics: str, **settings: Any) -> Any:
            del settings[setting]
            return subscriber(broker, *topics, **settings)

        planted.setattr(KafkaBroker, "subscriber", by_default)

    return plant


# --- each bug is caught ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bug:
    """A bug, the check that is there for it, and part of what the check says of it."""

    plant: Plant
    check: Check
    says: str


_PRODUCER = "test_a_producer_is_idempotent_and_acknowledged_by_all_replicas"
_SUBSCRIBER = "test_a_subscriber_names_its_group_its_start_and_its_acknowledgement"

BUGS = {
    "acknowledge first": Bug(acknowledge_first, a_worker_that_stops_loses_no_record, "set aside: 2 (gap)"),
    "no progress guard": Bug(forget_progress, records_that_come_again_are_dropped, "applied: ['1', '2', '1', '2']"),
    "missing session": Bug(
        leave_out_the_session, effects_of_a_broken_off_transaction_are_undone, "applied: ['1', '1']"
    ),
    "dead letters for an absent database": Bug(
        blame_the_record, an_infrastructure_that_is_away_costs_no_record, "set aside: 1 (handler)"
    ),
    "publish before commit": Bug(
        publish_before_the_commit, a_refused_commit_leaves_no_event, "2 events of nte_a, the journal 1"
    ),
    "marked without acknowledgement": Bug(
        mark_whatever_was_sent, what_was_not_acknowledged_is_sent_again, "0 events of nte_a, the journal 2"
    ),
    "sent in the order seen": Bug(
        send_as_seen, a_version_that_is_seen_late_is_waited_for, "3 events of nte_a, the journal 3, or another order"
    ),
    "lease not fenced": Bug(leave_the_lease_unfenced, a_relay_without_the_lease_marks_nothing, "has marked 2 rows"),
    "idempotency key not remembered": Bug(forget_the_key, a_key_has_one_effect, "one key has made 2 notes"),
    "scope filter dropped": Bug(drop_the_scope_filter, nobody_sees_beyond_the_own_scope, "was shown nte_a"),
    "required document not guarded": Bug(
        leave_out_the_guard, what_a_unit_relies_on_stays_as_it_was, "the note is closed, but the other one relies on 1"
    ),
    "local read concern": Bug(
        read_locally, everything_is_read_and_written_by_majority, "find reads with the concern local"
    ),
    "write concern of one member": Bug(
        write_to_one_member, everything_is_read_and_written_by_majority, "commitTransaction writes with the concern 1"
    ),
    "acks=1": Bug(a_producer_with(acks=1), the_settings_of_clients_are_as_tested, _PRODUCER),
    "producer not idempotent": Bug(a_producer_with(acks="all"), the_settings_of_clients_are_as_tested, _PRODUCER),
    "implicit group": Bug(a_subscriber_without("group_id"), the_settings_of_clients_are_as_tested, _SUBSCRIBER),
    "implicit start": Bug(
        a_subscriber_without("auto_offset_reset"), the_settings_of_clients_are_as_tested, _SUBSCRIBER
    ),
    "implicit parser": Bug(a_subscriber_without("parser"), the_settings_of_clients_are_as_tested, _SUBSCRIBER),
}


@pytest_asyncio.fixture(loop_scope="session")
async def stages(broker_address: str, database_uri: str, database_name: str) -> AsyncIterator[Callable[[], Awaitable]]:
    """Makes fresh stages."""
    made: list[Stage] = []

    async def make() -> Stage:
        stage = Stage(broker_address, database_uri, database_name)
        made.append(stage)
        await stage.open()
        return stage

    yield make
    for stage in made:
        await stage.close()


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS.keys())
async def test_a_planted_bug_is_caught(bug: Bug, stages: Callable[[], Awaitable[Stage]]):
    assert await bug.check(await stages()) == []
    stage = await stages()
    with pytest.MonkeyPatch.context() as planted:
        bug.plant(planted, stage)
        wrong = await bug.check(stage)
    assert any(bug.says in sentence for sentence in wrong), wrong
