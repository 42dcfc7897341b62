"""Open a closed care case again."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.care.model import CareCase, Reopening
from customer.texts import Note
from customer.working_policy.model import policy_of


class ReopenCase(Command):
    """Something is left to do, for this reason."""

    case_id: str
    reason: Note


async def reopen_case(command: ReopenCase, work: UnitOfWork) -> CareCase:
    """The case afterwards, due anew and to be answered again. Raises: NotFound, Stale, IllegalCaseStep."""
    case = await work.get(CareCase, command.case_id)
    policy = await policy_of(work)
    due_on = policy.due(work.today, getattr(policy.care_days, case.care_kind.value))
    reopening = Reopening(reason=command.reason, by=work.principal.employee_id, at=work.now)
    work.save(case, case.reopen(reopening, due_on))
    return case
