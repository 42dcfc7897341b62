"""The passing of time in the organisation: planned moves take effect, and what is under moved units follows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.journal import Cause
from chassis.parts import Context
from chassis.principal import SystemPrincipal
from chassis.work import UnitOfWork

from customer.units.follow_paths import FollowPaths, follow_paths
from customer.units.move_unit import ApplyDueMoves, apply_due_moves

LOOK_EVERY_S = 1.0
CALENDAR_EVERY_S = 30.0


async def follow_moves(context: Context) -> None:
    """Work off the units whose path has changed, batch by batch, for as long as it runs."""
    while True:
        if not await _run(context, follow_paths, FollowPaths()):
            await asyncio.sleep(LOOK_EVERY_S)


async def move_as_days_pass(context: Context) -> None:
    """Let planned moves take effect when their day has come, for as long as it runs."""
    command = ApplyDueMoves()
    while True:
        if await _run(context, apply_due_moves, command) < command.limit:
            await asyncio.sleep(CALENDAR_EVERY_S)


async def _run(context: Context, use_case: Callable[[Any, UnitOfWork], Awaitable[int]], command: Any) -> int:
    outcome = await context.works.run(
        lambda work: use_case(command, work),
        principal=SystemPrincipal("customer.organisation"),
        cause=Cause(command=use_case.__name__),
    )
    return outcome.value
