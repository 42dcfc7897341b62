"""Give a planned visit up."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId
from pydantic import Field

from visits.visits.author import acting_author
from visits.visits.entities import CancellationReason
from visits.visits.model import Visit


class CancelVisit(Command):
    """Cancel, with the author's own words (personal, never published) and a code that others may count by."""

    visit_id: str
    reason: str = Field(min_length=1, max_length=500)
    reason_code: CancellationReason = CancellationReason.OTHER
    employee_id: EmployeeId | None = None


async def cancel_visit(command: CancelVisit, work: UnitOfWork) -> Visit:
    """The visit, cancelled. Raises: NotFound, NotTheAuthor, IllegalTransition (only what is planned can be)."""
    visit = await work.get(Visit, command.visit_id)
    visit.require_author(acting_author(work.principal, command.employee_id))
    work.save(visit, visit.cancel(command.reason_code, command.reason), reason=command.reason_code.value)
    return visit
