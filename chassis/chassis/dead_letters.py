"""Records that were set aside: kept whole in the consumer's database, and sent to `<consumer>.dead-letters`.

The topic comes first, the database second (together with parking), the commit of the offset last: a crash in between
leaves at most a second copy in the topic, never a loss.

One document per record of a consumer:
    _id           "<consumer>/<topic>/<partition>/<offset>"
    consumer, topic (the contract's name), partition, offset
    aggregate_id  None when the headers cannot be believed
    sequence, type, time
    error         {kind, detail}
    at            when it was set aside
    state         open | redriven | dropped, and then closed {at, by, why}
    headers       [[name, bytes]], key, value: as they came; `omitted` when too large to keep
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chassis import progress
from chassis.aggregate import Document, Index
from chassis.kafka import Kafka, Message, Publisher, Record, is_too_large
from chassis.mongo import Database, is_transient
from chassis.progress import Key
from chassis.store import MongoStore, Sort, Store
from chassis.work import ConcurrentChange

DEAD_LETTERS = "dead_letters"
LARGEST_KEPT = 12 * 1024 * 1024

INDEXES = [
    Index([("consumer", 1), ("topic", 1), ("aggregate_id", 1), ("sequence", 1)]),
    Index([("aggregate_id", 1), ("sequence", 1)]),
    Index([("state", 1), ("at", 1)]),
]


class State(StrEnum):
    """What became of a letter."""

    OPEN = "open"
    REDRIVEN = "redriven"
    DROPPED = "dropped"


class BrokerAway(ConnectionError):
    """The letter could not be sent to its topic now."""


@dataclass(frozen=True)
class Finding:
    """What is known of a record that is set aside. Without `key` no aggregate is to blame."""

    kind: progress.Cause
    detail: str
    key: Key | None = None
    sequence: int | None = None
    type: str | None = None
    time: datetime | None = None


class DeadLetters:
    """The set-aside records of one consumer."""

    def __init__(self, consumer: str, kafka: Kafka, publisher: Publisher) -> None:
        self.consumer = consumer
        self._kafka = kafka
        self._publisher = publisher

    def id_of(self, record: Record) -> str:
        """The id of the letter that this record is or would be."""
        return f"{self.consumer}/{self._kafka.contract_name(record.topic)}/{record.partition}/{record.offset}"

    async def publish(self, record: Record, finding: Finding) -> None:
        """Send a copy to the topic, with origin and error in further headers. Raises: BrokerAway."""
        told = self._headers(record, finding)
        whole = [*((name, value or b"") for name, value in record.headers), *told]
        for value, headers in ((record.value, whole), (None, [*told, ("dl_omitted", b"true")])):
            message = Message(self._kafka.topic(f"{self.consumer}.dead-letters"), record.key or b"-", value, headers)
            outcome = (await self._publish(message))[0]
            if outcome is None:
                return
            if not is_too_large(outcome):
                raise BrokerAway(repr(outcome)) from outcome

    def document(self, record: Record, finding: Finding) -> Document:
        """The letter as the database keeps it."""
        headers = [[name, value] for name, value in record.headers]
        size = len(record.value or b"") + len(record.key or b"") + sum(len(n) * 4 + len(v or b"") for n, v in headers)
        omitted = size > LARGEST_KEPT
        return {
            "_id": self.id_of(record),
            "consumer": self.consumer,
            "topic": self._kafka.contract_name(record.topic),
            "partition": record.partition,
            "offset": record.offset,
            "aggregate_id": finding.key.aggregate_id if finding.key else None,
            "sequence": finding.sequence,
            "type": finding.type,
            "time": finding.time.isoformat() if finding.time else None,
            "error": {"kind": str(finding.kind), "detail": _clean(finding.detail)},
            "at": datetime.now(UTC),
            "state": str(State.OPEN),
            "headers": [] if omitted else headers,
            "key": None if omitted else record.key,
            "value": None if omitted else record.value,
            "omitted": omitted,
        }

    async def _publish(self, message: Message) -> list[BaseException | None]:
        try:
            return await self._publisher.publish([message])
        except Exception as failure:
            raise BrokerAway(repr(failure)) from failure

    def _headers(self, record: Record, finding: Finding) -> list[tuple[str, bytes]]:
        told = {
            "dl_consumer": self.consumer,
            "dl_topic": self._kafka.contract_name(record.topic),
            "dl_partition": str(record.partition),
            "dl_offset": str(record.offset),
            "dl_error_kind": str(finding.kind),
            "dl_error": _clean(finding.detail),
        }
        return [(name, value.encode()) for name, value in told.items()]


async def exists(store: Store, letter_id: str) -> bool:
    """True when the record was set aside before."""
    return await store.find_one(DEAD_LETTERS, {"_id": letter_id}) is not None


async def keep(store: Store, letter: Document) -> None:
    """Store a letter."""
    await store.insert_many(DEAD_LETTERS, [letter])


async def close(store: Store, letter_id: str, state: State, by: str, why: str) -> None:
    """Say what became of a letter, who decided it and why."""
    closed = {"at": datetime.now(UTC), "by": by, "why": why}
    await store.update_one(DEAD_LETTERS, {"_id": letter_id}, {"$set": {"state": str(state), "closed": closed}})


async def waiting(store: Store, key: Key, *, above: int, limit: int = 100) -> list[Document]:
    """The next letters of an aggregate that are open or dropped and stand above a sequence, in order.

    A broken one counts only when it is the very next: nobody waits for what a stranger has numbered far ahead.
    """
    where: Document = {
        "consumer": key.consumer,
        "topic": key.topic,
        "aggregate_id": key.aggregate_id,
        "sequence": {"$gt": above},
        "state": {"$in": [str(State.OPEN), str(State.DROPPED)]},
        "$or": [{"sequence": above + 1}, {"error.kind": {"$ne": str(progress.Cause.UNDECODABLE)}}],
    }
    order: Sort = [("sequence", 1), ("partition", 1), ("offset", 1)]
    return await store.find(DEAD_LETTERS, where, sort=order, limit=limit)


async def close_applied(store: Store, key: Key, reached: int, by: str) -> None:
    """Close the letters that turned out to be repetitions of what was applied; broken ones stay for somebody to look at."""
    where: Document = {
        "consumer": key.consumer,
        "topic": key.topic,
        "aggregate_id": key.aggregate_id,
        "sequence": {"$lte": reached},
        "state": str(State.OPEN),
        "error.kind": {"$ne": str(progress.Cause.UNDECODABLE)},
    }
    for letter in await store.find(DEAD_LETTERS, where):
        await close(store, letter["_id"], State.REDRIVEN, by, "applied before")


async def ensure_dead_letters(database: Database) -> None:
    """Create the collections of consumers and their indexes; safe to repeat."""
    for name, indexes in ((DEAD_LETTERS, INDEXES), (progress.PROGRESS, progress.INDEXES)):
        await database.ensure_collection(name)
        for index in indexes:
            await database.ensure_index(name, index)


# --- for operators: the command line works on the database, the worker carries requests out ---------------------------


async def list_dead_letters(
    database: Database, *, state: State | None = State.OPEN, aggregate_id: str | None = None, limit: int = 100
) -> list[Document]:
    """Letters, oldest first, without headers and value."""
    where: Document = {}
    if state is not None:
        where["state"] = str(state)
    if aggregate_id is not None:
        where["aggregate_id"] = aggregate_id
    cursor = database.collection(DEAD_LETTERS).find(where, {"headers": 0, "value": 0, "key": 0})
    return await cursor.sort([("at", 1), ("_id", 1)]).limit(limit).to_list(None)


async def show(database: Database, letter_id: str) -> Document | None:
    """One letter with everything it came with."""
    return await database.collection(DEAD_LETTERS).find_one({"_id": letter_id})


async def request_redrive(
    database: Database, aggregate_id: str, *, by: str, why: str, over_gap: bool = False
) -> list[str]:
    """Ask the worker to replay an aggregate's letters in order; the ids of the parked streams it concerns.

    `over_gap` gives up records that never came: the replay goes on behind them. Empty when nothing is parked.
    """

    async def ask(store: Store) -> list[str]:
        asked: list[str] = []
        for key in await _streams(store, aggregate_id):
            now = await progress.read(store, key)
            if now.parked is not None:
                await progress.ask_redrive(store, key, now, by, why, over_gap=over_gap)
                asked.append(key.id)
        return asked

    return await _transact(database, ask)


async def drop(database: Database, letter_id: str, *, by: str, why: str) -> Document:
    """Give up a letter: what it says never happened for this consumer. The rest of its aggregate is then replayed.

    Raises: LookupError when there is no such open letter.
    """

    async def give_up(store: Store) -> Document:
        letter = await store.find_one(DEAD_LETTERS, {"_id": letter_id})
        if letter is None or letter["state"] != State.OPEN:
            raise LookupError(f"there is no open dead letter {letter_id}")
        await close(store, letter_id, State.DROPPED, by, why)
        if letter["aggregate_id"] is not None:
            key = key_of(letter)
            now = await progress.read(store, key)
            if now.parked is not None:
                await progress.ask_redrive(store, key, now, by, why)
        return letter | {"state": str(State.DROPPED)}

    return await _transact(database, give_up)


def key_of(letter: Document) -> Key:
    """The stream that a letter belongs to."""
    return Key(letter["consumer"], letter["topic"], letter["aggregate_id"])


def _clean(text: str) -> str:
    return text[:2000].encode("utf-8", "replace").decode()


async def _streams(store: Store, aggregate_id: str) -> Sequence[Key]:
    letters = await store.find(DEAD_LETTERS, {"aggregate_id": aggregate_id, "state": str(State.OPEN)})
    return sorted({key_of(letter) for letter in letters}, key=lambda key: key.id)


async def _transact(database: Database, action: Any) -> Any:
    while True:
        try:
            async with database.transaction() as session:
                return await action(MongoStore(database, session))
        except ConcurrentChange:
            continue
        except Exception as failure:
            if not is_transient(failure):
                raise
