"""The passing of time: cases that are overdue are told of once."""

import asyncio

from chassis.command import Command
from chassis.journal import Cause
from chassis.parts import Context
from chassis.principal import SystemPrincipal
from chassis.work import UnitOfWork

from customer.care.model import UNANSWERED, CareCase

EVERY_S = 300.0


class TellOverdueCases(Command):
    """Escalate cases that should have been answered by now."""

    limit: int = 200


async def tell_overdue_cases(command: TellOverdueCases, work: UnitOfWork) -> int:
    """How many were escalated, at most `limit`."""
    overdue = await work.survey(
        CareCase,
        {
            "status": {"$in": sorted(UNANSWERED)},
            "due_on": {"$lt": work.today.isoformat()},
            "escalated_at": None,
        },
        sort=[("due_on", 1)],
        limit=command.limit,
    )
    for case in overdue:
        work.save(case, case.escalate(work.now))
    return len(overdue)


async def tell_overdue_cases_as_days_pass(context: Context) -> None:
    """Do so every five minutes, batch by batch, for as long as it runs."""
    command = TellOverdueCases()
    while True:
        told = await context.works.run(
            lambda work: tell_overdue_cases(command, work),
            principal=SystemPrincipal("customer.calendar"),
            cause=Cause(command=tell_overdue_cases.__name__),
        )
        if told.value < command.limit:
            await asyncio.sleep(EVERY_S)
