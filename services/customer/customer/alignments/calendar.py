"""The passing of time: planned assignments come into force without a command."""

import asyncio
import time

from chassis.journal import Cause
from chassis.parts import Context
from chassis.principal import SystemPrincipal

from customer.alignments.keep_in_force import BringIntoForce, bring_into_force

EVERY_S = 60.0
BATCH_S = 50.0
"""Longest transaction: below the database's own limit for its life (60 s)."""


async def align_as_days_pass(context: Context) -> None:
    """Bring due assignments into force, every minute and batch by batch, for as long as it runs."""
    command = BringIntoForce()
    while True:
        outcome = await context.works.run(
            lambda work: bring_into_force(command, work),
            principal=SystemPrincipal("customer.calendar"),
            cause=Cause(command=bring_into_force.__name__),
            deadline=time.monotonic() + BATCH_S,
        )
        if outcome.value < command.limit:
            await asyncio.sleep(EVERY_S)
