"""Close a care case."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.care.model import CareCase


class CloseCase(Command):
    """Nothing is left to do."""

    case_id: str


async def close_case(command: CloseCase, work: UnitOfWork) -> CareCase:
    """The case afterwards. Raises: NotFound, Stale, NotAnswered, IllegalCaseStep."""
    case = await work.get(CareCase, command.case_id)
    work.save(case, case.close(work.now))
    return case
