"""Hand a visit's report in."""

from datetime import timedelta

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId
from pydantic import AwareDatetime

from visits.settings import terms
from visits.visits.author import acting_author
from visits.visits.model import Visit
from visits.visits.rules import device_time, not_before


class SubmitVisit(Command):
    """Hand in, at `at` by the device's clock (now when it is not given)."""

    visit_id: str
    at: AwareDatetime | None = None
    employee_id: EmployeeId | None = None


async def submit_visit(command: SubmitVisit, work: UnitOfWork) -> Visit:
    """The visit, waiting for promotion's answer to this attempt.

    Raises: NotFound, NotTheAuthor, IllegalTransition, SubmissionTooLate; 422 with everything that is missing.
    """
    visit = await work.get(Visit, command.visit_id)
    visit.require_author(acting_author(work.principal, command.employee_id))
    visit.require_submittable()
    at = command.at or work.now
    if command.at is not None:
        work.collect(device_time("at", at, work.now))
        work.collect(not_before("submitted_before_out", "at", at, visit.checked_out_at))
    work.collect(visit.submission_violations())
    work.check()

    work.save(visit, visit.submit(at=at, now=work.now, due_within=timedelta(hours=terms().submission_due_hours)))
    return visit
