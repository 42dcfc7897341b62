"""Requests to rebuild the marts, as documents of the collection `rebuild_requests` in the analytics database.

Whoever wants a rebuild (`terrain rebuild analytics`) inserts one document and may watch it:

    _id            any unique text; among several the one with the latest `requested_at` counts
    requested_at   datetime, UTC
    requested_by   who asked, for people

Every process of analytics looks once a second. When the generation that it answers from was begun for an earlier request
(or none), it builds a new one beside it and reports under its own name:

    processes.<name>   {state: "running" | "done" | "failed", started_at, records_left, finished_at?, detail?}

A failed rebuild leaves the marts as they are and is not tried again before the next request or start of the process.

`<name>` is `<host>_<port>` with dots replaced by dashes. A process that has no marts yet begins with a full build, which
answers all earlier requests; so does one that was killed during a rebuild, and begins it again.
"""

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from chassis.logs import logger
from chassis.mongo import Database, is_infrastructure
from chassis.parts import Context, alive

from analytics.marts.upkeep import Marts

REQUESTS = "rebuild_requests"
LOOK_EVERY_S = 1.0

_log = logger("marts")


@asynccontextmanager
async def keeping_marts(context: Context) -> AsyncIterator[None]:
    """Keep the marts of this process at `app.state.marts` for as long as the block lasts."""
    marts = Marts(context.settings, context.kafka, context.database)
    requests = RebuildRequests(context.database, process_name(context.settings.http_port))
    context.app.state.marts = marts
    context.health.checks["marts"] = marts.check
    context.health.probes["marts"] = marts.stuck

    async def keep() -> None:
        if not marts.open:
            await marts.start(await requests.latest())
        await requests.serve(marts)

    async def end_when_failed() -> None:
        while not marts.failed:  # noqa: ASYNC110 - which generation could fail changes with a rebuild
            await asyncio.sleep(LOOK_EVERY_S)
        _log.error("the engine has given the marts up: this process ends, another can open them")
        signal.raise_signal(signal.SIGTERM)

    try:
        async with alive("marts", keep), alive("marts-engine", end_when_failed):
            yield
    finally:
        await marts.stop()


class RebuildRequests:
    """The requests, as one process sees and answers them."""

    def __init__(self, database: Database, process: str) -> None:
        self._requests = database.collection(REQUESTS)
        self._process = process
        self._failed: str | None = None

    async def latest(self) -> str | None:
        """The request that counts; None when there was never one."""
        found = await self._requests.find_one({}, {"_id": 1}, sort=[("requested_at", -1), ("_id", -1)])
        return None if found is None else str(found["_id"])

    async def serve(self, marts: Marts) -> None:
        """Look for requests for ever. Raises when the database is away."""
        while True:
            latest = await self.latest()
            if latest is not None and latest not in (self._failed, await marts.answered()):
                await self._rebuild(marts, latest)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _rebuild(self, marts: Marts, request: str) -> None:
        _log.info("rebuilding the marts", request=request)
        left = 0

        def told(records: int) -> None:
            nonlocal left
            left = records

        await self._report(request, state="running", started_at=datetime.now(UTC))
        work = asyncio.ensure_future(marts.rebuild(request, told))
        try:
            while not work.done():
                await asyncio.wait([work], timeout=LOOK_EVERY_S)
                await self._report(request, records_left=left)
            await work
        except Exception as failure:
            self._failed = request
            _log.error("the rebuild failed; the marts stay as they are", request=request, exc_info=failure)
            detail = f"{type(failure).__name__}: {failure}"[:500]
            await self._report(request, state="failed", finished_at=datetime.now(UTC), detail=detail)
            return
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        await self._report(request, state="done", records_left=0, finished_at=datetime.now(UTC))

    async def _report(self, request: str, **values: Any) -> None:
        changes = {f"processes.{self._process}.{name}": value for name, value in values.items()}
        try:
            await self._requests.update_one({"_id": request}, {"$set": changes})
        except Exception as failure:
            if not is_infrastructure(failure):
                raise
            _log.warning("the progress of a rebuild is not reported", error=type(failure).__name__)


def process_name(port: int) -> str:
    """A name for this process that a document can have as a field."""
    return re.sub(r"[^0-9A-Za-z_-]", "-", f"{socket.gethostname()}_{port}")


__all__ = ["REQUESTS", "RebuildRequests", "keeping_marts", "process_name"]
