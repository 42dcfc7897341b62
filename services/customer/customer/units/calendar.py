"""The passing of time in the organisation: planned moves take effect, and what is under moved units follows."""

import asyncio
import time
from functools import partial

from chassis.journal import Cause
from chassis.lease import Lease, hold_and_run
from chassis.parts import Context
from chassis.principal import SystemPrincipal

from customer.units.follow_paths import FollowPaths, follow_paths
from customer.units.move_unit import ApplyDueMoves, apply_due_moves

LOOK_EVERY_S = 1.0
CALENDAR_EVERY_S = 30.0
_BATCH_S = 50.0
"""Time for one batch: within what the database gives a transaction."""
_LEASE_S = 5.0
_PRINCIPAL = SystemPrincipal("customer.organisation")


async def follow_moves(context: Context) -> None:
    """Work off the units whose path has changed, batch by batch, in one process at a time, for as long as it runs."""
    lease = Lease(context.database, "paths", ttl_s=_LEASE_S)
    await hold_and_run(lease, [partial(_follow, context)], lambda held: None)


async def _follow(context: Context, lease: Lease) -> None:
    while True:
        outcome = await context.works.run(
            lambda work: follow_paths(FollowPaths(), work),
            principal=_PRINCIPAL,
            cause=Cause(command=follow_paths.__name__),
            deadline=time.monotonic() + _BATCH_S,
            within=lease.session,
        )
        if not outcome.value:
            await asyncio.sleep(LOOK_EVERY_S)


async def move_as_days_pass(context: Context) -> None:
    """Let planned moves take effect when their day has come, for as long as it runs."""
    command = ApplyDueMoves()
    while True:
        outcome = await context.works.run(
            lambda work: apply_due_moves(command, work),
            principal=_PRINCIPAL,
            cause=Cause(command=apply_due_moves.__name__),
        )
        if outcome.value < command.limit:
            await asyncio.sleep(CALENDAR_EVERY_S)
