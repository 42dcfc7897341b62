"""The fake unit of work: the real one over a store in memory. The same conformance suite holds for both."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from chassis.aggregate import KINDS, Aggregate, Document, Replica
from chassis.clock import Clock, FixedClock
from chassis.journal import INDEXES, JOURNAL, Cause
from chassis.principal import Principal
from chassis.store import DuplicateKey, Sort
from chassis.testing.matching import first_value, matches, sort_key, updated
from chassis.testing.principals import a_steward
from chassis.work import IfMatch, UnitOfWork

G = TypeVar("G", Aggregate, Replica)
DEFAULT_NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


class FakeStore:
    """Collections in memory, with the unique indexes of every aggregate of this process."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[str, Document]] = {}

    def rows(self, collection: str) -> dict[str, Document]:
        """The documents of a collection by id."""
        return self.collections.setdefault(collection, {})

    async def find_one(self, collection: str, where: Document, *, sort: Sort | None = None) -> Document | None:
        found = await self.find(collection, where, sort=sort, limit=1)
        return found[0] if found else None

    async def find(
        self,
        collection: str,
        where: Document,
        *,
        sort: Sort | None = None,
        limit: int = 0,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        found = [deepcopy(row) for row in self.rows(collection).values() if matches(row, where)]
        for name, direction in reversed(list(sort or [])):
            found.sort(key=lambda row, name=name: sort_key(first_value(row, name)), reverse=direction < 0)
        found = found[:limit] if limit else found
        if fields is None:
            return found
        return [{name: value for name, value in row.items() if name in {"_id", *fields}} for row in found]

    async def insert_many(self, collection: str, documents: list[Document]) -> None:
        for document in documents:
            if document["_id"] in self.rows(collection):
                raise DuplicateKey(collection, "_id_")
            self._check_unique(collection, document)
            self.rows(collection)[document["_id"]] = deepcopy(document)

    async def update_one(
        self, collection: str, where: Document, update: Document | list[Document], *, upsert: bool = False
    ) -> int:
        return int(await self.find_one_and_update(collection, where, update, upsert=upsert) is not None)

    async def find_one_and_update(
        self, collection: str, where: Document, update: Document | list[Document], *, upsert: bool = False
    ) -> Document | None:
        for identifier, row in self.rows(collection).items():
            if matches(row, where):
                after = deepcopy(updated(row, update))
                self._check_unique(collection, after)
                self.rows(collection)[identifier] = after
                return deepcopy(after)
        if not upsert:
            return None
        fresh = {name: value for name, value in where.items() if not isinstance(value, dict) and name[0] != "$"}
        if isinstance(update, dict):
            fresh |= update.get("$setOnInsert", {})
        after = deepcopy(updated(fresh, update))
        await self.insert_many(collection, [after])
        return deepcopy(after)

    async def delete_many(self, collection: str, where: Document) -> int:
        gone = [identifier for identifier, row in self.rows(collection).items() if matches(row, where)]
        for identifier in gone:
            del self.rows(collection)[identifier]
        return len(gone)

    def _check_unique(self, collection: str, document: Document) -> None:
        indexes = (
            INDEXES
            if collection == JOURNAL
            else [index for model in KINDS.values() if collection == model.COLLECTION for index in model.INDEXES]
        )
        for index in indexes:
            if not index.unique or not matches(document, index.where):
                continue
            if index.sparse and all(first_value(document, key) is None for key, _ in index.keys):
                continue
            for other in self.rows(collection).values():
                if (
                    other["_id"] != document["_id"]
                    and matches(other, index.where)
                    and all(first_value(other, key) == first_value(document, key) for key, _ in index.keys)
                ):
                    raise DuplicateKey(collection, index.name)


class FakeUnitOfWork(UnitOfWork):
    """A unit of work for tests of use cases: `given` puts things in place, `commit` writes as the real one does.

    `store` may be handed from one unit to the next, to test several commands in a row.
    """

    def __init__(
        self,
        *,
        principal: Principal | None = None,
        now: datetime = DEFAULT_NOW,
        clock: Clock | None = None,
        store: FakeStore | None = None,
        if_match: IfMatch | None = None,
        command: str = "test",
    ) -> None:
        self.fake = store or FakeStore()
        self.clock = clock or FixedClock(now)
        super().__init__(
            self.fake,
            principal=principal or a_steward(),
            clock=self.clock,
            zone=ZoneInfo("Asia/Shanghai"),
            cause=Cause(command=command),
            now_us=int(self.clock.now().timestamp() * 1_000_000),
            if_match=if_match,
        )

    async def given(self, stored: G) -> G:
        """Put an aggregate or a replica in place, as if an earlier command had made it; emits nothing."""
        if isinstance(stored, Aggregate):
            stored.version = max(stored.version, 1)
        await self.fake.insert_many(stored.COLLECTION, [stored.dump()])
        return self._remember(type(stored), stored.dump())

    async def commit(self) -> None:
        """Check collected violations and write everything."""
        self.check()
        await self.flush()

    def next(self, *, principal: Principal | None = None, if_match: IfMatch | None = None) -> "FakeUnitOfWork":
        """The unit of the next command, on the same store and clock."""
        return FakeUnitOfWork(
            principal=principal or self.principal, clock=self.clock, store=self.fake, if_match=if_match
        )

    def journal(self) -> list[Document]:
        """All journal documents, oldest first."""
        return sorted(self.fake.rows(JOURNAL).values(), key=lambda row: (row["recorded_at"], row["_id"]))


async def run_in(work: FakeUnitOfWork, use_case: Any, command: Any) -> Any:
    """Run one use case and commit, as the edge would."""
    value = await use_case(command, work)
    await work.commit()
    return value
