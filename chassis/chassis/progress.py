"""How far a consumer has come with each aggregate, kept in the same transaction as what its reactions did.

One document per (consumer, topic, aggregate):
    _id         "<consumer>/<topic>/<aggregate id>"
    sequence    the last event applied
    parked      absent, or why the aggregate waits: {kind, detail, sequence, since, letters, redrive?}
    waiting     True while it is parked, else absent
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from chassis.aggregate import Document, Index
from chassis.mongo import Database
from chassis.store import DuplicateKey, Store
from chassis.work import ConcurrentChange

PROGRESS = "progress"

INDEXES = [Index([("waiting", 1)], where={"waiting": True})]
"""Asked for by equality, so that looking for the few that wait costs nothing however many there are."""


class Cause(StrEnum):
    """Why a record was set aside."""

    UNDECODABLE = "undecodable"
    GAP = "gap"
    HANDLER = "handler"
    FOLLOWS = "follows"
    """Nothing is wrong with it, but an earlier record of its aggregate waits."""


@dataclass(frozen=True)
class Key:
    """One aggregate as one consumer sees it; `topic` is the contract's name."""

    consumer: str
    topic: str
    aggregate_id: str

    @property
    def id(self) -> str:
        """The id of the progress document."""
        return f"{self.consumer}/{self.topic}/{self.aggregate_id}"


@dataclass(frozen=True)
class Progress:
    """Where a consumer stands with an aggregate; `parked` is the cause while it waits."""

    sequence: int = 0
    parked: Document | None = None

    def place(self, sequence: int) -> int:
        """Negative or 0: applied before. 1: next. More: some are missing in between."""
        return sequence - self.sequence


async def read(store: Store, key: Key) -> Progress:
    """Where the consumer stands; at the start when it has never seen the aggregate."""
    document = await store.find_one(PROGRESS, {"_id": key.id})
    if document is None:
        return Progress()
    return Progress(document["sequence"], document.get("parked"))


async def advance(store: Store, key: Key, now: Progress, sequence: int) -> None:
    """Move to `sequence`, provided that nobody else has moved since `now` was read.

    Raises: ConcurrentChange.
    """
    if now.sequence == 0 and now.parked is None:
        try:
            await store.insert_many(PROGRESS, [{"_id": key.id, "sequence": sequence}])
        except DuplicateKey as duplicate:
            raise ConcurrentChange from duplicate
        return
    await _change(store, key, now, {"$set": {"sequence": sequence}})


async def park(store: Store, key: Key, now: Progress, kind: Cause, detail: str, sequence: int | None) -> None:
    """Let the aggregate wait, or count one more record that waits behind it.

    Every call writes the document, so that no unparking can overlap it unseen.

    Raises: ConcurrentChange.
    """
    if now.parked is not None:
        await _change(store, key, now, {"$inc": {"parked.letters": 1}})
        return
    parked: Document = {
        "kind": str(kind),
        "detail": detail,
        "sequence": sequence,
        "since": datetime.now(UTC),
        "letters": 1,
    }
    if now.sequence:
        await _change(store, key, now, {"$set": {"parked": parked, "waiting": True}})
        return
    try:
        await store.insert_many(PROGRESS, [{"_id": key.id, "sequence": 0, "parked": parked, "waiting": True}])
    except DuplicateKey as duplicate:
        raise ConcurrentChange from duplicate


async def keep_parked(store: Store, key: Key, now: Progress, kind: Cause, detail: str, sequence: int) -> None:
    """After a redrive that failed: wait on, for this reason. Raises: ConcurrentChange."""
    changes: Document = {"parked.kind": str(kind), "parked.detail": detail, "parked.sequence": sequence}
    await _change(store, key, now, {"$set": changes, "$unset": {"parked.redrive": ""}})


async def unpark(store: Store, key: Key, now: Progress) -> None:
    """Let the aggregate's records be applied again as they come. Raises: ConcurrentChange."""
    await _change(store, key, now, {"$unset": {"parked": "", "waiting": ""}})


async def ask_redrive(store: Store, key: Key, now: Progress, by: str, why: str, *, over_gap: bool = False) -> None:
    """Have the worker replay what waits. Raises: ConcurrentChange."""
    request = {"at": datetime.now(UTC), "by": by, "why": why, "over_gap": over_gap}
    await _change(store, key, now, {"$set": {"parked.redrive": request}})


async def parked(database: Database, consumer: str) -> list[Document]:
    """The progress documents of the consumer's aggregates that wait."""
    found = await database.collection(PROGRESS).find({"waiting": True}).to_list(None)
    return [document for document in found if document["_id"].startswith(f"{consumer}/")]


async def read_many(store: Store, keys: Iterable[Key]) -> dict[Key, Progress]:
    """Where the consumer stands with several aggregates."""
    by_id = {key.id: key for key in keys}
    documents = await store.find(PROGRESS, {"_id": {"$in": list(by_id)}})
    found = {by_id[document["_id"]]: Progress(document["sequence"], document.get("parked")) for document in documents}
    return {key: found.get(key, Progress()) for key in by_id.values()}


async def advance_many(store: Store, moves: Iterable[tuple[Key, Progress, int]]) -> None:
    """Move several aggregates, none of them parked. Raises: ConcurrentChange."""
    fresh: list[Document] = []
    for key, now, sequence in moves:
        if now.sequence == 0:
            fresh.append({"_id": key.id, "sequence": sequence})
        else:
            await advance(store, key, now, sequence)
    if fresh:
        try:
            await store.insert_many(PROGRESS, fresh)
        except DuplicateKey as duplicate:
            raise ConcurrentChange from duplicate


async def _change(store: Store, key: Key, now: Progress, update: Document) -> None:
    where: Document = {"_id": key.id, "sequence": now.sequence}
    where["parked.letters"] = {"$exists": False} if now.parked is None else now.parked["letters"]
    if not await store.update_one(PROGRESS, where, update):
        raise ConcurrentChange
