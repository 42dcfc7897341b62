"""Keep who sees an institution in step with what changed elsewhere: the calendar, the owning unit, the tree."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.alignments.coverage import Coverage
from customer.alignments.model import Alignment


class BringIntoForce(Command):
    """Stamp institutions by the assignments that have come into force by today."""

    limit: int = 100


async def bring_into_force(command: BringIntoForce, work: UnitOfWork) -> int:
    """How many alignments were due, at most `limit`; their institutions are seen by today's territories afterwards."""
    due = await work.survey(
        Alignment, {"restamp_on": {"$lte": work.today.isoformat()}}, sort=[("restamp_on", 1)], limit=command.limit
    )
    if due:
        await (await Coverage.of((one.account_id for one in due), work)).write(work)
    return len(due)


async def stamp_institution(account_id: str, work: UnitOfWork) -> None:
    """Stamp one institution and its alignments by today's units."""
    await (await Coverage.of([account_id], work)).write(work)
