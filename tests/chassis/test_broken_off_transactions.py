"""A transaction that is broken off while the server owes an answer must not keep its documents locked."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from chassis.mongo import Database, connect, is_transient
from pymongo.errors import PyMongoError

pytestmark = pytest.mark.stack


class Wire:
    """A connection to the database that can be held: what is sent then arrives only afterwards."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        """Let nothing through."""
        self._open.clear()

    def release(self) -> None:
        """Let everything through, the latest connection's bytes first."""
        self._open.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            there, away = await asyncio.open_connection(*self._to)
            await asyncio.gather(self._pass(reader, away, held=True), self._pass(there, writer, held=False))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, held: bool) -> None:
        while data := await source.read(65536):
            if held and not self._open.is_set():
                await self._open.wait()
                late = b"update" in data
                await asyncio.sleep(0.3 if late else 0)
            sink.write(data)
            await sink.drain()
        sink.close()


@pytest_asyncio.fixture(loop_scope="session")
async def wire(database_uri: str) -> AsyncIterator[tuple[Wire, str]]:
    """The wire and the address of its near end."""
    parts = urlsplit(database_uri)
    made = Wire(parts.hostname or "127.0.0.1", parts.port or 27017)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield made, f"mongodb://127.0.0.1:{port}/?directConnection=true"
    server.close()


async def test_what_a_broken_off_transaction_touched_is_free_soon_after(
    wire: tuple[Wire, str], database_uri: str, database_name: str
):
    held, address = wire
    near, straight = connect(address, database_name), connect(database_uri, database_name)
    rows = straight.collection("rows")
    await rows.insert_one({"_id": "hot", "n": 0})

    async def touch() -> None:
        async with near.transaction() as session:
            await near.collection("rows").find_one({"_id": "hot"}, session=session)
            held.hold()
            await near.collection("rows").update_one({"_id": "hot"}, {"$inc": {"n": 1}}, session=session)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await touch()
    assert time.monotonic() - began < 2, "breaking off waits for the server"
    held.release()
    await asyncio.sleep(1.0)  # what was held has arrived
    began = time.monotonic()
    while not await _increments(straight):
        assert time.monotonic() - began < 10, "the document stays locked"
    found = await rows.find_one({"_id": "hot"})
    assert found is not None
    assert found["n"] == 1
    near.close()
    straight.close()


async def _increments(database: Database) -> bool:
    try:
        async with database.transaction() as session:
            await database.collection("rows").update_one({"_id": "hot"}, {"$inc": {"n": 1}}, session=session)
        return True
    except PyMongoError as failure:
        if is_transient(failure):
            return False
        raise
