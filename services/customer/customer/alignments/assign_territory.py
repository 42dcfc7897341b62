"""Let a territory and its representative cover an institution for a product line."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import AccountId, EmployeeId, LineId, UnitId

from customer.accounts.model import Account
from customer.alignments.coverage import Coverage
from customer.alignments.model import Alignment
from customer.alignments.places import judge_cover
from customer.alignments.timeline import Assignment, assigned
from customer.lines.model import Line
from customer.planning import refuse_far_plans

INSTITUTION_CLOSED = "institution_closed"


class AssignTerritory(Command):
    """Cover an institution for a line from `valid_from` until `valid_to` (exclusive); a date ahead is a plan."""

    account_id: AccountId
    line_id: LineId
    unit_id: UnitId
    employee_id: EmployeeId
    valid_from: date
    valid_to: date | None = None


async def assign_territory(command: AssignTerritory, work: UnitOfWork) -> Alignment:
    """The alignment of the institution for the line, which is opened when there is none.

    Raises: AssignmentEndsBeforeItStarts, TwoPrimaryRepresentatives; RuleBroken with every other violation.
    """
    account = await work.reference(Account, command.account_id, field="account_id")
    await work.directory(Line, command.line_id, field="line_id")
    await judge_cover(
        work,
        command.unit_id,
        command.employee_id,
        on=command.valid_from,
        unit_field="unit_id",
        employee_field="employee_id",
    )
    refuse_far_plans(work, command.valid_from, field="valid_from")
    if account is not None and not account.takes_contacts(command.valid_from, command.valid_to, work.today):
        work.violate("account_id", INSTITUTION_CLOSED, "the institution is closed")
    new = Assignment(**command.model_dump(exclude={"account_id", "line_id"}))
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        work.violate("valid_to", "ends_before_it_starts", "an assignment ends after it has started")
    work.check()
    coverage = await Coverage.of([command.account_id], work)
    alignment = coverage.line_of(command.account_id, command.line_id)
    if alignment is None:
        alignment = Alignment.open(command.account_id, command.line_id, new)
        coverage.open(alignment, on=new.valid_from)
    else:
        event = alignment.rewrite(assigned(alignment.assignments, new), new.valid_from)
        coverage.change(alignment, event, on=new.valid_from)
    await work.require(coverage.accounts[command.account_id])
    await coverage.write(work)
    return alignment
