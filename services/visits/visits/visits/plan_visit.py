"""Plan a visit."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import AccountId, ContactId, EmployeeId, VisitId
from pydantic import AwareDatetime, Field

from visits.known.model import KnownAccount, KnownEmployee
from visits.visits.affiliation import check_affiliated
from visits.visits.author import acting_author
from visits.visits.model import Visit
from visits.visits.refusals import VisitIdTaken
from visits.visits.rules import no_repeats, sane_instant


class PlanVisit(Command):
    """Plan a call at an institution. `visit_id` is a device's own id; `employee_id` is only for the system to give."""

    visit_id: VisitId | None = None
    account_id: AccountId
    planned_at: AwareDatetime
    contact_ids: list[ContactId] = Field(default_factory=list[ContactId], max_length=50)
    employee_id: EmployeeId | None = None


async def plan_visit(command: PlanVisit, work: UnitOfWork) -> Visit:
    """A planned visit, credited to the author's unit on the planned day.

    The same plan under the same client-made id again is the visit that there is. Raises: VisitIdTaken, NotTheAuthor; 422
    with everything that is wrong with the references and values.
    """
    author = acting_author(work.principal, command.employee_id)
    if command.visit_id:
        there = await work.find_one(Visit, {"_id": command.visit_id})
        if there is not None:
            if there.employee_id == author and there.same_plan(
                command.account_id, command.planned_at, command.contact_ids
            ):
                return there
            raise VisitIdTaken(f"{command.visit_id} was planned with other values")

    planned_on = work.date_of(command.planned_at)
    work.collect(sane_instant("planned_at", command.planned_at, work.now))
    work.collect(no_repeats("contact_ids", command.contact_ids))
    employee = await work.directory(KnownEmployee, author, field="employee_id")
    position = employee.position_on(planned_on) if employee else None
    if employee and position is None:
        work.violate("planned_at", "not_employed", f"you have no position on {planned_on.isoformat()}", settling=True)
    account = await work.reference(KnownAccount, command.account_id, field="account_id")
    if account is not None:
        if account.closed:
            work.violate("account_id", "account_closed", f"{account.id} is {account.stage.value}", settling=True)
        await check_affiliated(work, command.contact_ids, account_id=account.id, on=planned_on, field="contact_ids")
    work.check()
    assert account is not None  # check() has refused everything else
    assert position is not None
    await work.require(account)

    visit, planned = Visit.plan(
        visit_id=command.visit_id or Visit.new_id(),
        account_id=account.id,
        employee_id=author,
        unit_id=position.unit_id,
        unit_path=position.unit_path,
        planned_at=command.planned_at,
        planned_on=planned_on,
        contact_ids=command.contact_ids,
        account_stamps=account.visible,
    )
    work.add(visit, planned)
    return visit
