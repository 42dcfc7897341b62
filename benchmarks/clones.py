"""Documents as the product wrote them, under other ids: what the bare sides write and what fills a database."""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from chassis.ids import new_id
from chassis.journal import JOURNAL
from chassis.mongo import Database

Document = dict[str, Any]
T = TypeVar("T")


class Template:
    """An aggregate and its first journal document, read from where a command put them."""

    def __init__(self, aggregate: Document, journal: Document) -> None:
        self._aggregate = aggregate
        self._journal = journal
        self._id: str = aggregate["_id"]
        self._prefix = self._id.split("_", 1)[0]

    @classmethod
    async def read(cls, database: Database, collection: str, identifier: str) -> "Template":
        """The template of an aggregate of version 1."""
        aggregate = await database.collection(collection).find_one({"_id": identifier})
        journal = await database.collection(JOURNAL).find_one({"aggregate_id": identifier})
        assert aggregate is not None
        assert journal is not None
        return cls(aggregate, journal)

    def copies(self, count: int, *, told: bool) -> list[tuple[Document, Document]]:
        """Pairs of aggregate and journal document; `told` ones need not be published and sealed any more."""
        return [self._copy(told) for _ in range(count)]

    def _copy(self, told: bool) -> tuple[Document, Document]:
        identifier = new_id(self._prefix)
        aggregate, journal = (renamed(one, self._id, identifier) for one in (self._aggregate, self._journal))
        now_us = time.time_ns() // 1000
        aggregate["recorded_us"] = journal["recorded_at"] = now_us
        if "key" in aggregate:
            aggregate["key"] = journal["state"]["key"] = f"{aggregate['key'][:8]}{identifier}"
        journal["idempotency"] = {"key": f"{identifier:0<64}", "body": "0" * 64}
        for event in journal["events"]:
            event["id"] = new_id("evt")
        for flag in ("unpublished", "unsealed"):
            if told:
                journal.pop(flag, None)
            else:
                journal[flag] = True
        return aggregate, journal


def renamed(value: Any, old: str, new: str) -> Any:
    """A deep copy with one id in place of another, also where it is part of a longer text."""
    if isinstance(value, dict):
        return {key: renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, old, new) for item in value]
    return value.replace(old, new) if isinstance(value, str) else value


def chunks(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The things in portions."""
    return (things[start : start + size] for start in range(0, len(things), size))


async def insert(database: Database, collection: str, documents: Iterable[Document]) -> None:
    """Put documents into a collection, in portions."""
    for portion in chunks(list(documents), 500):
        await database.collection(collection).insert_many(portion)
