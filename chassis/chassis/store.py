"""The port between the unit of work and the database, and its real side. The fake side is in `chassis.testing`."""

from collections.abc import Sequence
from typing import Any, Protocol

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure

from chassis.aggregate import Document
from chassis.mongo import Database

Sort = Sequence[tuple[str, int]]


class DuplicateKey(Exception):
    """A unique index forbids the write."""

    def __init__(self, collection: str, index: str) -> None:
        super().__init__(f"duplicate key in {collection}: {index}")
        self.collection = collection
        self.index = index


class Store(Protocol):
    """Documents inside one transaction, or outside of any."""

    async def find_one(self, collection: str, where: Document, *, sort: Sort | None = None) -> Document | None:
        """The first match."""
        ...

    async def find(
        self,
        collection: str,
        where: Document,
        *,
        sort: Sort | None = None,
        limit: int = 0,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        """All matches, at most `limit` (0 = no limit); only `_id` and these top-level `fields` of each when they are named."""
        ...

    async def insert_many(self, collection: str, documents: list[Document]) -> None:
        """Insert all. Raises: DuplicateKey."""
        ...

    async def update_one(
        self, collection: str, where: Document, update: Document | list[Document], *, upsert: bool = False
    ) -> int:
        """Update the first match; the number matched or inserted. Raises: DuplicateKey."""
        ...

    async def find_one_and_update(
        self, collection: str, where: Document, update: Document | list[Document], *, upsert: bool = False
    ) -> Document | None:
        """Update the first match and give it back as it is afterwards. Raises: DuplicateKey."""
        ...

    async def delete_many(self, collection: str, where: Document) -> int:
        """Delete all matches; how many."""
        ...


class MongoStore:
    """The real store; `session` is the transaction that every operation belongs to."""

    def __init__(self, database: Database, session: AsyncIOMotorClientSession | None = None) -> None:
        self.database = database
        self._session = session

    def _collection(self, name: str) -> Any:
        return self.database.collection(name)

    async def find_one(self, collection: str, where: Document, *, sort: Sort | None = None) -> Document | None:
        return await self._collection(collection).find_one(where, sort=sort, session=self._session)

    async def find(
        self,
        collection: str,
        where: Document,
        *,
        sort: Sort | None = None,
        limit: int = 0,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        shown = None if fields is None else dict.fromkeys(fields, 1)
        cursor = self._collection(collection).find(where, shown, session=self._session)
        if sort:
            cursor = cursor.sort(list(sort))
        if limit:
            cursor = cursor.limit(limit)
        return await cursor.to_list(None)

    async def insert_many(self, collection: str, documents: list[Document]) -> None:
        try:
            if len(documents) == 1:
                await self._collection(collection).insert_one(documents[0], session=self._session)
            else:
                await self._collection(collection).insert_many(documents, session=self._session)
        except (DuplicateKeyError, BulkWriteError) as failure:
            raise _duplicate(collection, failure) from failure

    async def update_one(
        self, collection: str, where: Document, update: Document | list[Document], *, upsert: bool = False
    ) -> int:
        try:
            result = await self._collection(collection).update_one(where, update, upsert=upsert, session=self._session)
        except DuplicateKeyError as failure:
            raise _duplicate(collection, failure) from failure
        return result.matched_count or int(result.upserted_id is not None)

    async def find_one_and_update(
        self, collection: str, where: Document, update: Document | list[Document], *, upsert: bool = False
    ) -> Document | None:
        try:
            return await self._collection(collection).find_one_and_update(
                where, update, upsert=upsert, return_document=True, session=self._session
            )
        except DuplicateKeyError as failure:
            raise _duplicate(collection, failure) from failure

    async def delete_many(self, collection: str, where: Document) -> int:
        result = await self._collection(collection).delete_many(where, session=self._session)
        return result.deleted_count


def _duplicate(collection: str, failure: OperationFailure) -> Exception:
    details: dict[str, Any] = failure.details or {}  # pyright: ignore[reportAssignmentType]
    if "writeErrors" in details:
        wrong = [error for error in details["writeErrors"] if error.get("code") == 11000]
        if not wrong:
            return failure
        details = wrong[0]
    message = str(details.get("errmsg", ""))
    index = message.split(" index: ", 1)[-1].split(" dup key", 1)[0].strip() if " index: " in message else ""
    return DuplicateKey(collection, index)
