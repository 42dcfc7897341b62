"""Files in the service's own database, in chunks of bounded size: streamed in and out, never held as a whole.

A file belongs to nobody until a unit of work keeps it for an owner; what nobody keeps is swept after an hour. So an
upload whose command was refused, or whose process was killed, leaves nothing behind for long. Chunks are read one by
one by their ids, so neither side holds more than one.

    files          {_id, name, media_type, size, sha256, owner, uploaded_at, complete}
    file_chunks    {_id: "<file id>:<number, 6 digits>", file_id, data}
"""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from chassis.aggregate import Document, Index
from chassis.ids import new_id
from chassis.media_types import SNIFFED_BYTES, media_type_of
from chassis.mongo import Database
from chassis.refusals import Refusal, UnknownReference
from chassis.store import Store

FILES = "files"
CHUNKS = "file_chunks"
CHUNK_BYTES = 256 * 1024
KEPT_UNCLAIMED = timedelta(hours=1)

INDEXES = {
    FILES: [Index([("owner", 1)]), Index([("unclaimed_since", 1)], sparse=True)],
    CHUNKS: [Index([("file_id", 1)])],
}


class FileTooLarge(Refusal):
    """The file has more bytes than are taken here."""

    status = 413
    code = "file_too_large"
    title = "The file is too large"


class FileTypeNotTaken(Refusal):
    """What the bytes show the file to be is not taken here, whatever its name says."""

    status = 415
    code = "file_type_not_taken"
    title = "Files of this type are not taken here"


@dataclass(frozen=True)
class StoredFile:
    """A file without its content. `name` is what the sender called it and may name people: never publish it."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    owner: str | None = None

    @classmethod
    def load(cls, document: Document) -> Self:
        """The file of a document of the store."""
        return cls(document["_id"], *(document[name] for name in ("name", "media_type", "size", "sha256", "owner")))


class Files:
    """The files of one service."""

    def __init__(self, database: Database) -> None:
        self._files = database.collection(FILES)
        self._chunks = database.collection(CHUNKS)

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, max_bytes: int, media_types: frozenset[str] | None = None
    ) -> StoredFile:
        """Take a file in while it arrives; nobody owns it yet.

        Raises: FileTooLarge; FileTypeNotTaken when the bytes show none of `media_types`. Nothing of it stays then.
        """
        identifier = new_id("fil")
        await self._files.insert_one({"_id": identifier, "unclaimed_since": datetime.now(UTC), "complete": False})
        try:
            return await self._receive(identifier, name, content, max_bytes, media_types)
        except BaseException:
            await self.delete(identifier)
            raise

    async def _receive(
        self,
        identifier: str,
        name: str,
        content: AsyncIterable[bytes],
        max_bytes: int,
        media_types: frozenset[str] | None,
    ) -> StoredFile:
        digest, size, number, media_type = hashlib.sha256(), 0, 0, ""
        async for chunk in rechunked(content, CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise FileTooLarge(f"at most {max_bytes} bytes", max_bytes=max_bytes)
            if number == 0:
                media_type = _taken(chunk, name, media_types)
            digest.update(chunk)
            await self._chunks.insert_one({"_id": _chunk_id(identifier, number), "file_id": identifier, "data": chunk})
            number += 1
        if number == 0:
            media_type = _taken(b"", name, media_types)
        stored = StoredFile(identifier, name, media_type, size, digest.hexdigest())
        fields: Document = {"name": name, "media_type": media_type, "size": size, "sha256": stored.sha256}
        await self._files.update_one({"_id": identifier}, {"$set": {**fields, "owner": None, "complete": True}})
        return stored

    async def get(self, identifier: str) -> StoredFile | None:
        """A complete file, or None."""
        document = await self._files.find_one({"_id": identifier, "complete": True})
        return None if document is None else StoredFile.load(document)

    async def owned_by(self, owner: str) -> list[StoredFile]:
        """The files kept for an owner."""
        documents: list[Document] = await self._files.find({"owner": owner}).to_list(None)
        return [StoredFile.load(document) for document in documents if document["complete"]]

    async def read(self, identifier: str) -> AsyncIterator[bytes]:
        """The content of a file that `get` has found, chunk by chunk; ends early when it is deleted meanwhile."""
        number = 0
        while (chunk := await self._chunks.find_one({"_id": _chunk_id(identifier, number)})) is not None:
            yield bytes(chunk["data"])
            number += 1

    async def delete(self, identifier: str) -> None:
        """Remove a file, content first, so that what a kill leaves behind is still found by the sweep."""
        gone = {"complete": False, "owner": None, "unclaimed_since": datetime.now(UTC)}
        await self._files.update_one({"_id": identifier}, {"$set": gone})
        await self._chunks.delete_many({"file_id": identifier})
        await self._files.delete_one({"_id": identifier})

    async def discard(self, identifier: str) -> None:
        """Remove a file unless somebody owns it."""
        gone = {"complete": False, "unclaimed_since": datetime.now(UTC)}
        if (await self._files.update_one({"_id": identifier, "owner": None}, {"$set": gone})).matched_count:
            await self.delete(identifier)

    async def delete_owned_by(self, owner: str) -> int:
        """Remove all files of an owner, as its erasure demands; how many."""
        found: list[Document] = await self._files.find({"owner": owner}).to_list(None)
        for document in found:
            await self.delete(document["_id"])
        return len(found)

    async def sweep(self, now: datetime) -> int:
        """Remove what nobody has kept within the hour; how many."""
        where = {"unclaimed_since": {"$lte": now - KEPT_UNCLAIMED}}
        found: list[Document] = await self._files.find(where, {"_id": 1}).to_list(100)
        for document in found:
            await self.delete(document["_id"])
        return len(found)


async def keep_file(store: Store, identifier: str, *, owner: str, field: str = "file") -> StoredFile:
    """Keep an uploaded file for an owner, in the transaction of `store` (`work.store`).

    Raises: UnknownReference when it is absent, not complete or another's.
    """
    document = await store.find_one_and_update(
        FILES,
        {"_id": identifier, "complete": True, "owner": {"$in": [None, owner]}},
        {"$set": {"owner": owner}, "$unset": {"unclaimed_since": ""}},
    )
    if document is None:
        raise UnknownReference(f"{identifier} is no file that can be kept", field=field)
    return StoredFile.load(document)


async def release_file(store: Store, identifier: str, *, owner: str, at: datetime) -> None:
    """Let go of a kept file in the transaction of `store`: it can be read no more, and the next sweep removes it."""
    await store.update_one(
        FILES,
        {"_id": identifier, "owner": owner},
        {"$set": {"owner": None, "complete": False, "unclaimed_since": at - KEPT_UNCLAIMED}},
    )


async def ensure_files(database: Database) -> None:
    """Create the collections and indexes; safe to repeat."""
    for collection, indexes in INDEXES.items():
        await database.ensure_collection(collection)
        for index in indexes:
            await database.ensure_index(collection, index)


async def rechunked(content: AsyncIterable[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes in pieces of exactly `size`, the last one shorter."""
    waiting = bytearray()
    async for piece in content:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def _taken(head: bytes, name: str, media_types: frozenset[str] | None) -> str:
    found = media_type_of(head[:SNIFFED_BYTES], name)
    if media_types is not None and found not in media_types:
        raise FileTypeNotTaken(f"this is {found}; send {' or '.join(sorted(media_types))}", found=found)
    return found


def _chunk_id(identifier: str, number: int) -> str:
    return f"{identifier}:{number:06d}"
