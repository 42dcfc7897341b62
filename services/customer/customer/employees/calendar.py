"""The passing of time: positions begin and end without a command."""

import asyncio

from chassis.journal import Cause
from chassis.parts import Context
from chassis.principal import SystemPrincipal

from customer.employees.end_position import SeeTheDay, see_the_day

EVERY_S = 30.0


async def change_positions_as_days_pass(context: Context) -> None:
    """Let positions begin and end on their days, batch by batch, for as long as it runs.

    What a login may do does not wait for this: the gateway derives it from the positions and the date.
    """
    command = SeeTheDay()
    while True:
        outcome = await context.works.run(
            lambda work: see_the_day(command, work),
            principal=SystemPrincipal("customer.calendar"),
            cause=Cause(command=see_the_day.__name__),
        )
        if outcome.value < command.limit:
            await asyncio.sleep(EVERY_S)
