"""The parts of a running service beside its routes: relay, reactions, background loops. Each lives for as long as a block."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Flag, auto
from types import ModuleType
from typing import Any

from fastapi import FastAPI

from chassis.files import Files
from chassis.http.operations import Health
from chassis.kafka import Kafka
from chassis.lease import Lease, hold_and_run
from chassis.logs import logger
from chassis.metrics import RELAY_ACTIVE
from chassis.mongo import Database
from chassis.presence import Presence
from chassis.reactions import Reactions
from chassis.relay import Relay
from chassis.sealing import Sealer, ensure_relay
from chassis.works import Works

_LONGEST_PAUSE_S = 5.0
_PATIENCE_S = 120.0
"""Longer than the broker's and the database's own time limits together."""

_FILE_SWEEP_S = 600.0

_log = logger("service")


class Role(Flag):
    """Which parts of a service a process runs; they can be combined."""

    API = auto()
    """Serve the routes."""
    WORKER = auto()
    """Consume events and run the background loops."""
    RELAY = auto()
    """Stand for the relay's lease."""
    ALL = API | WORKER | RELAY


@dataclass
class Context:
    """What a part of a running process may use. `app.state` is for what routes need of a part."""

    service: str
    role: Role
    settings: Any
    """The service's own settings."""
    database: Database
    works: Works
    kafka: Kafka
    health: Health
    app: FastAPI


Part = Callable[[Context], AbstractAsyncContextManager[None]]
"""Something that lives as long as the process: entered when the database is there, left after the last request."""
Loop = Callable[[Context], Awaitable[None]]
"""A coroutine that runs as long as the process; started again with growing pauses when it fails."""


@asynccontextmanager
async def present(context: Context) -> AsyncGenerator[None, None]:
    """Be known as alive on the database, and abort what dead processes have left open there."""
    presence = Presence(context.database)
    context.database.note_session = presence.note
    await persistently("tell that this process is alive", presence.tell)
    async with alive("presence", presence.run):
        yield
    try:
        async with asyncio.timeout(2):
            await presence.leave()
    except Exception as failure:
        _log.info("left without a word", error=type(failure).__name__)


@asynccontextmanager
async def relaying(context: Context) -> AsyncGenerator[None, None]:
    """Send and seal what is in the journal for as long as this process holds the service's lease."""
    relay = Relay(context.service, context.database, context.kafka, watch=context.role == Role.RELAY)
    context.works.committed.append(relay.wake)
    sealer = Sealer(context.service, context.database)
    lease = Lease(context.database, "relay", ttl_s=context.settings.relay_lease_s)
    active = RELAY_ACTIVE.labels(context.service)

    async def check() -> str | None:
        return None if relay.healthy else "events cannot be sent"

    async def work() -> None:
        await ensure_relay(context.database)
        await hold_and_run(lease, [relay.run, sealer.run], lambda held: active.set(int(held)))

    def stuck() -> str | None:
        silent = time.monotonic() - relay.turned_at
        return f"the relay has not moved for {silent:.0f} s" if lease.held and silent > _PATIENCE_S else None

    context.health.probes["relay"] = stuck
    context.health.checks["relay"] = check
    async with alive("relay", work):
        yield


@asynccontextmanager
async def reacting(context: Context, modules: Sequence[ModuleType]) -> AsyncGenerator[None, None]:
    """Let the reactions of `modules` have the events of other services."""
    reactions = Reactions(context.service, modules, context.works, context.kafka)

    async def check() -> str | None:
        return "events wait for the database or the broker" if reactions.paused else None

    context.health.probes["reactions"] = reactions.stuck
    context.health.checks["reactions"] = check
    async with alive("reactions", reactions.run):
        yield


@asynccontextmanager
async def alive(name: str, action: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
    """Run an action in the background until the block ends; when it fails it is logged and started again."""
    task = asyncio.create_task(persistently(name, action), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def persistently(name: str, action: Callable[[], Awaitable[None]]) -> None:
    """Run an action until it has succeeded, with growing, jittered pauses between the tries."""
    pause = 0.1
    while True:
        try:
            await action()
            return
        except Exception as failure:
            _log.warning("trying_again", what=name, failure=type(failure).__name__, exc_info=failure)
        await asyncio.sleep(random.uniform(pause / 2, pause))
        pause = min(_LONGEST_PAUSE_S, pause * 2)


async def sweep_files(context: Context) -> None:
    """Remove uploads that nobody has kept, every ten minutes, for as long as it runs."""
    files = Files(context.database)
    while True:
        while await files.sweep(datetime.now(UTC)):
            pass
        await asyncio.sleep(_FILE_SWEEP_S)
