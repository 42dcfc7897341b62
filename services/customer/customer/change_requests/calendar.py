"""The passing of time: requests that are overdue are told of once, files that no request has named go."""

import asyncio

from chassis.command import Command
from chassis.journal import Cause
from chassis.parts import Context
from chassis.principal import SystemPrincipal
from chassis.work import UnitOfWork

from customer.change_requests.evidence import UNNAMED_FOR, remove_evidence
from customer.change_requests.model import WAITING, ChangeRequest, Evidence

EVERY_S = 300.0


class TellOverdueRequests(Command):
    """Escalate requests that should have been judged by now."""

    limit: int = 200


async def tell_overdue_requests(command: TellOverdueRequests, work: UnitOfWork) -> int:
    """How many were escalated or files removed, each at most `limit`."""
    overdue = await work.survey(
        ChangeRequest,
        {
            "status": {"$in": sorted(WAITING)},
            "due_on": {"$lt": work.today.isoformat()},
            "escalated_at": None,
        },
        sort=[("due_on", 1)],
        limit=command.limit,
    )
    for request in overdue:
        work.save(request, request.escalate(work.now))
    unnamed = await work.survey(Evidence, {"unnamed_since": {"$lte": work.now - UNNAMED_FOR}}, limit=command.limit)
    for evidence in unnamed:
        await remove_evidence(evidence, work)
    return max(len(overdue), len(unnamed))


async def tell_overdue_requests_as_days_pass(context: Context) -> None:
    """Do so every five minutes, batch by batch, for as long as it runs."""
    command = TellOverdueRequests()
    while True:
        done = await context.works.run(
            lambda work: tell_overdue_requests(command, work),
            principal=SystemPrincipal("customer.calendar"),
            cause=Cause(command=tell_overdue_requests.__name__),
        )
        if done.value < command.limit:
            await asyncio.sleep(EVERY_S)
