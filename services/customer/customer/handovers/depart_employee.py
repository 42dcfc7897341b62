"""Let an employee hand in the notice."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId

from customer.employees.model import Employee
from customer.handovers.model import Handover
from customer.planning import refuse_far_plans
from customer.texts import Note


class DepartEmployee(Command):
    """All positions end; `on` is the first day without them, perhaps in the past."""

    employee_id: str
    on: date
    reason: Note
    successor_id: EmployeeId | None = None


async def depart_employee(command: DepartEmployee, work: UnitOfWork) -> Handover:
    """The handover, with the employee's positions ended.

    Raises: NotFound, Stale, UnknownReference, RuleBroken, Leaving, PositionEndsBeforeItStarts.
    """
    employee = await work.get(Employee, command.employee_id)
    refuse_far_plans(work, command.on, field="on")
    if command.successor_id is not None:
        successor = await work.reference(Employee, command.successor_id, field="successor_id")
        await judge_successor(work, successor, employee.id, field="successor_id")
    work.check()
    event = employee.depart(command.on, work.today)
    work.save(employee, event, valid_from=command.on)
    last = [one for one in employee.positions if one.valid_to == command.on] or [employee.main_on(command.on)]
    handover = Handover.open(
        employee_id=employee.id,
        successor_id=command.successor_id,
        places=[(one.unit_id, one.unit_path) for one in last],
        leaves_on=command.on,
        reason=command.reason,
    )
    work.add(handover, handover.opened(), valid_from=command.on)
    return handover


async def judge_successor(work: UnitOfWork, successor: Employee | None, leaver_id: str, *, field: str) -> None:
    """Collect what forbids taking over, and hold the successor as read."""
    if successor is None:
        return
    if successor.id == leaver_id or successor.leaves_on is not None:
        work.violate(field, "successor_leaves", f"{successor.id} is leaving")
    await work.require(successor)
