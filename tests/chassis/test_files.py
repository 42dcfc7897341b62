"""Files are streamed into the store in chunks, judged by their bytes, and go when nobody keeps them."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from chassis.files import CHUNK_BYTES, CHUNKS, FILES, Files, FileTooLarge, FileTypeNotTaken, ensure_files, keep_file
from chassis.media_types import CSV, DOCX, JPEG, OLE, PDF, PNG, TEXT, UNKNOWN, WEBP, XLSX, ZIP, media_type_of
from chassis.mongo import Database, connect
from chassis.refusals import UnknownReference
from chassis.store import MongoStore

LIMIT = 4 * CHUNK_BYTES


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(database_uri: str, database_name: str) -> AsyncIterator[Database]:
    opened = connect(database_uri, database_name)
    await ensure_files(opened)
    yield opened
    opened.close()


async def pieces(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def stored_documents(database: Database) -> list[int]:
    return [await database.collection(name).count_documents({}) for name in (FILES, CHUNKS)]


@pytest.mark.stack
@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, LIMIT])
async def test_what_was_put_in_comes_out(database: Database, size: int):
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    files = Files(database)
    stored = await files.put("a.bin", pieces(content), max_bytes=LIMIT)
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(content).hexdigest())
    chunks = [chunk async for chunk in files.read(stored.id)]
    assert b"".join(chunks) == content
    assert all(len(chunk) <= CHUNK_BYTES for chunk in chunks)
    assert await files.get(stored.id) == stored


@pytest.mark.stack
async def test_nothing_stays_of_a_file_that_is_refused(database: Database):
    before = await stored_documents(database)
    with pytest.raises(FileTooLarge):
        await Files(database).put("a.csv", pieces(b"x" * (LIMIT + 1)), max_bytes=LIMIT)
    with pytest.raises(FileTypeNotTaken):
        await Files(database).put("a.csv", pieces(b"%PDF-1.7 ..."), max_bytes=LIMIT, media_types=frozenset({CSV}))

    async def breaks_off() -> AsyncIterator[bytes]:
        yield b"x" * CHUNK_BYTES
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await Files(database).put("a.csv", breaks_off(), max_bytes=LIMIT)
    assert await stored_documents(database) == before


@pytest.mark.stack
async def test_only_what_is_kept_outlives_the_hour(database: Database):
    files = Files(database)
    kept = await files.put("kept.txt", pieces(b"kept"), max_bytes=LIMIT)
    left = await files.put("left.txt", pieces(b"left"), max_bytes=LIMIT)
    owned = await keep_file(MongoStore(database), kept.id, owner="acc_1")
    assert owned.owner == "acc_1"
    await files.sweep(datetime.now(UTC))
    assert await files.get(left.id) is not None
    while await files.sweep(datetime.now(UTC) + timedelta(hours=1, minutes=1)):
        pass
    assert await files.get(left.id) is None
    assert [one.id for one in await files.owned_by("acc_1")] == [kept.id]
    assert [chunk async for chunk in files.read(left.id)] == []


@pytest.mark.stack
async def test_nobody_keeps_what_is_anothers_or_gone(database: Database):
    files = Files(database)
    stored = await files.put("a.txt", pieces(b"a"), max_bytes=LIMIT)
    await keep_file(MongoStore(database), stored.id, owner="acc_1")
    await keep_file(MongoStore(database), stored.id, owner="acc_1")
    with pytest.raises(UnknownReference):
        await keep_file(MongoStore(database), stored.id, owner="acc_2")
    await files.discard(stored.id)
    assert await files.get(stored.id) is not None, "what is kept is not discarded"
    assert await files.delete_owned_by("acc_1") >= 1
    assert await files.get(stored.id) is None
    with pytest.raises(UnknownReference):
        await keep_file(MongoStore(database), stored.id, owner="acc_1")


@pytest.mark.parametrize(
    ("head", "name", "media_type"),
    [
        (b"%PDF-1.7", "x.csv", PDF),
        (b"\x89PNG\r\n\x1a\n\0\0", "x.txt", PNG),
        (b"\xff\xd8\xff\xe0", "x.jpg", JPEG),
        (b"RIFF\x01\x02\x03\x04WEBPVP8 ", "x.webp", WEBP),
        (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml", "x.xlsx", XLSX),
        (b"PK\x03\x04\x14\0\x06\0docProps/app.xml", "x.DOCX", DOCX),
        (b"PK\x03\x04\x14\0\x06\0virus.exe", "x.xlsx", ZIP),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.xlsx", OLE),
        ("名称,地址".encode(), "x.csv", CSV),
        ("名称,地址".encode("gb18030"), "x.csv", CSV),
        ("\ufeff名称".encode("utf-16-le"), "x.csv", CSV),
        (b"name", "x", TEXT),
        (b"MZ\x90\0\x03\0", "x.csv", UNKNOWN),
    ],
)
def test_the_bytes_say_what_a_file_is(head: bytes, name: str, media_type: str):
    assert media_type_of(head, name) == media_type
