"""The marts of this process: opened or begun, kept up to date, and rebuilt beside themselves when asked.

A rebuild is a second generation with a projection of its own; questions go on being answered from the first until the
second stands nowhere behind it. Then the pointer on the shelf and this object change over at once.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import duckdb
from chassis.kafka import Kafka
from chassis.logs import logger
from chassis.mongo import Database
from chassis.parts import persistently
from chassis.refusals import Unavailable

from analytics.marts.file import UnusableFile
from analytics.marts.freshness import Freshness, freshness_of
from analytics.marts.generation import Generation
from analytics.marts.projecting import MartsProjection
from analytics.marts.shelf import Shelf
from analytics.settings import AnalyticsSettings

T = TypeVar("T")

REBUILT_FOR = "rebuilt_for"
"""Note in a generation: the latest request to rebuild that it answers, because it was begun after it."""

_log = logger("marts")


class Running:
    """A generation and the task that feeds it."""

    def __init__(self, generation: Generation, kafka: Kafka, database: Database) -> None:
        self.generation = generation
        self.projection = MartsProjection(generation, kafka, database)
        self._task = asyncio.create_task(persistently("feed the marts", self.projection.run), name="marts-feed")

    async def stop(self) -> None:
        """Stop feeding, let readers finish, close the file."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.generation.close()


class Marts:
    """What routes ask."""

    def __init__(self, settings: AnalyticsSettings, kafka: Kafka, database: Database) -> None:
        self._settings = settings
        self._kafka = kafka
        self._database = database
        self._shelf = Shelf(settings.duckdb_path)
        self._running: Running | None = None
        self._was_complete = False

    @property
    def open(self) -> bool:
        """True when questions can be answered, however far the marts have come."""
        return self._running is not None

    @property
    def failed(self) -> bool:
        """True when the engine has given the file in use up, so that only a new process can open it."""
        return self._running is not None and self._running.generation.failed

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    def freshness(self) -> Freshness:
        """How far the marts have come."""
        return freshness_of(self._running.projection.places() if self._running else [])

    async def read(self, question: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Answer a question from one snapshot of the generation in use. Raises: Unavailable before it is open."""
        if self._running is None:
            raise Unavailable("the marts are being opened", retry_after=1)
        return await self._running.generation.read(question)

    async def answered(self) -> str | None:
        """The latest request to rebuild that the generation in use answers."""
        if self._running is None:
            raise Unavailable("the marts are being opened", retry_after=1)
        return await self._running.generation.meta(REBUILT_FOR)

    async def start(self, latest_request: str | None) -> None:
        """Open the generation in use, or begin one; it then answers all requests up to `latest_request`.

        A file that cannot be used (damaged, of another schema) is replaced by a new generation.

        Raises: the engine's own exception when another process writes the file or the disk refuses it.
        """
        path = self._shelf.current()
        generation: Generation | None = None
        if path is not None:
            try:
                generation = await self._open(path)
            except UnusableFile as unusable:
                _log.error("the marts are begun anew", file=path.name, reason=str(unusable))
        if generation is None:
            path = self._shelf.next()
            generation = await self._open(path)
            await generation.set_meta(REBUILT_FOR, latest_request or "")
            self._shelf.point_to(path)
        self._shelf.remove_others(path)
        self._running = Running(generation, self._kafka, self._database)

    async def rebuild(self, request: str, told: Callable[[int], object] = lambda lag: None) -> None:
        """Make a new generation from the first event of every topic and answer from it as soon as it has caught up.

        `told` is called now and then with the number of records still to be read.

        Raises: the engine's own exception; the generation in use then stays.
        """
        old = self._running
        if old is None:
            raise Unavailable("the marts are being opened", retry_after=1)
        path = self._shelf.next()
        generation = await self._open(path)
        new = Running(generation, self._kafka, self._database)
        try:
            await generation.set_meta(REBUILT_FOR, request)
            while not new.projection.has_passed(old.projection):
                if generation.failed:
                    raise Unavailable("the engine has given up the new generation")
                told(sum(new.projection.lag().values()))
                await asyncio.sleep(0.05)
            self._shelf.point_to(path)
        except BaseException:
            await new.stop()
            self._shelf.remove_others(old.generation.path)
            raise
        self._running = new
        _log.info("answering from a new generation", file=path.name)
        await old.stop()
        self._shelf.remove_others(path)

    async def stop(self) -> None:
        """Stop feeding and close the file."""
        running, self._running = self._running, None
        if running is not None:
            await running.stop()

    async def check(self) -> str | None:
        """Readiness: opened, and once caught up with everything that was on the topics."""
        if self._running is None:
            return "the marts are being opened"
        if self.failed:
            return "the engine has failed"
        if not self._was_complete and not self._running.projection.caught_up.is_set():
            left = self.freshness().lag
            return "the broker has not been reached" if left is None else f"{left} records to be read"
        self._was_complete = True
        return None

    def stuck(self) -> str | None:
        """Liveness: the feed moves on or has nothing to do, and the engine works."""
        if self._running is None:
            return None
        if self.failed:
            return "the engine has given the marts up; only a new process can open them"
        return self._running.projection.stuck()

    async def _open(self, path: Path) -> Generation:
        return await Generation.open(
            path, memory_limit=self._settings.duckdb_memory_limit, threads=self._settings.duckdb_threads
        )
