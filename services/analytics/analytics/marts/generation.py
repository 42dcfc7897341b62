"""The marts in use: one thread writes, a few read, and the event loop never waits for the engine."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any, TypeVar

import duckdb
from chassis.sequencing import Place
from contracts.envelope import Envelope
from contracts.events import Event

from analytics.marts.file import Applied, MartFile

T = TypeVar("T")

READERS = 2

BLAMES_A_RECORD = (duckdb.DataError, duckdb.InvalidInputException)
"""What the engine raises for a value that it cannot hold."""


class EngineAway(ConnectionError):
    """The engine could not store: disk, memory, or its own failure. No record is to blame; it is to be tried again."""


class Generation:
    """One file of marts, from its first event on. Make it with `open`, end it with `close`."""

    def __init__(self, file: MartFile, writer: ThreadPoolExecutor) -> None:
        self.path = file.path
        self.failed = False
        """True when the engine has given this file up: only a new process can open it again."""
        self._file = file
        self._writer = writer
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="marts-read")
        self._of_thread = local()

    @classmethod
    async def open(cls, path: Path | None, *, memory_limit: str = "512MB", threads: int = 2) -> "Generation":
        """Open the marts at `path` (in memory when None).

        Raises: OtherSchema; the engine's own exception when the file is in use or broken.
        """
        writer = ThreadPoolExecutor(1, thread_name_prefix="marts-write")
        loop = asyncio.get_running_loop()
        try:
            file = await loop.run_in_executor(
                writer, lambda: MartFile(path, memory_limit=memory_limit, threads=threads)
            )
        except BaseException:
            writer.shutdown(wait=False)
            raise
        return cls(file, writer)

    async def apply(
        self, records: Sequence[tuple[Envelope, Event]], places: Mapping[Place, Applied], progress: Mapping[str, int]
    ) -> None:
        """Put records, each the next of its aggregate, into the marts and move on, in one transaction.

        Raises: EngineAway when the engine is at fault; anything else blames a record. Nothing has changed then.
        """
        try:
            await self._write(lambda: self._file.apply(records, places, progress))
        except BLAMES_A_RECORD:
            raise
        except duckdb.Error as failure:
            if isinstance(failure, duckdb.FatalException):
                self.failed = True
            raise EngineAway(f"{type(failure).__name__}: {failure}") from failure

    async def places(self) -> dict[Place, Applied]:
        """Where the marts stand in every partition that has been read."""
        return await self._write(self._file.places)

    async def progress(self, aggregates: Sequence[str]) -> dict[str, int]:
        """The sequence last applied of each of these aggregates; those never seen are left out."""
        return await self._write(lambda: self._file.progress(aggregates))

    async def meta(self, name: str) -> str | None:
        """A note kept in the file."""
        return await self._write(lambda: self._file.meta(name))

    async def set_meta(self, name: str, value: str) -> None:
        """Keep a note in the file."""
        await self._write(lambda: self._file.set_meta(name, value))

    async def read(self, question: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Run `question` on a connection of a reading thread, all its statements on one snapshot.

        When the caller gives up (deadline), the statement that is running is interrupted.
        """
        used: list[duckdb.DuckDBPyConnection] = []
        asked = asyncio.get_running_loop().run_in_executor(self._readers, self._answer, question, used)
        try:
            return await asked
        except asyncio.CancelledError:
            if used:
                used[0].interrupt()
            raise
        except duckdb.FatalException:
            self.failed = True
            raise

    async def close(self) -> None:
        """Let running readers finish, write everything out and let the file go."""
        await asyncio.to_thread(self._readers.shutdown)
        await self._write(self._file.close)
        self._writer.shutdown(wait=False)

    async def _write(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, action)

    def _answer(self, question: Callable[[Any], T], used: list[duckdb.DuckDBPyConnection]) -> T:
        connection: duckdb.DuckDBPyConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._file.reader()
        used.append(connection)
        connection.execute("BEGIN TRANSACTION READ ONLY")
        try:
            return question(connection)
        finally:
            used.clear()
            connection.execute("ROLLBACK")
