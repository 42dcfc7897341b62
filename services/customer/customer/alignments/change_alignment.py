"""Change who covers an institution for a product line."""

from datetime import date

from chassis.command import Command
from chassis.refusals import RuleBroken
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId, UnitId

from customer.alignments.coverage import Coverage
from customer.alignments.model import Alignment
from customer.alignments.places import judge_cover
from customer.alignments.timeline import changed, ended
from customer.planning import refuse_far_plans
from customer.texts import Note, absent


class EndsAndGoesOn(RuleBroken):
    """A change either ends an assignment or names who goes on."""

    code = "ends_and_goes_on"
    title = "A change that ends the coverage names no territory or representative"


class ChangeAlignment(Command):
    """From `valid_from` the territory or the representative is another one, or with `end` nobody.

    What is not named stays, so does what is planned to come after. A date in the past corrects what was believed, a date
    in the future is a plan.
    """

    alignment_id: str
    valid_from: date
    unit_id: UnitId = absent()
    employee_id: EmployeeId = absent()
    end: bool = False
    reason: Note | None = None


async def change_alignment(command: ChangeAlignment, work: UnitOfWork) -> Alignment:
    """The alignment afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale, NotCovered; RuleBroken with every violation.
    """
    found = await work.get(Alignment, command.alignment_id)
    named = command.model_fields_set
    on = command.valid_from
    refuse_far_plans(work, on, field="valid_from")
    unit_id = command.unit_id if "unit_id" in named else None
    employee_id = command.employee_id if "employee_id" in named else None
    if command.end and (unit_id or employee_id):
        work.violate("end", EndsAndGoesOn.code, EndsAndGoesOn.title)
    current = found.holding_on(on)
    if current is not None and not command.end:
        await judge_cover(
            work,
            unit_id or current.unit_id,
            employee_id or current.employee_id,
            on=on,
            unit_field="unit_id",
            employee_field="employee_id",
        )
    work.check()
    coverage = await Coverage.of([found.account_id], work)
    alignment = coverage.alignments[found.id]
    after = (
        ended(alignment.assignments, on=on)
        if command.end
        else changed(alignment.assignments, on=on, unit_id=unit_id, employee_id=employee_id)
    )
    event = alignment.rewrite(after, on)
    coverage.change(alignment, event, on=on, reason=command.reason)
    if event is not None:
        await coverage.write(work)
    return alignment
