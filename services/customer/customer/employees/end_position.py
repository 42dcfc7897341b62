"""End one of an employee's positions."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.employees.model import Employee
from customer.planning import refuse_far_plans


class EndPosition(Command):
    """End a position; `on` is the first day without it, today unless it says otherwise."""

    employee_id: str
    position_id: str
    on: date | None = None


async def end_position(command: EndPosition, work: UnitOfWork) -> Employee:
    """The employee afterwards; nothing is recorded when it ends then already.

    Raises: NotFound, Stale, RuleBroken; what `Employee.end` raises.
    """
    employee = await work.get(Employee, command.employee_id)
    on = command.on or work.today
    refuse_far_plans(work, on, field="on")
    work.check()
    event = employee.end(command.position_id, on, work.today)
    if event:
        work.save(employee, event, valid_from=on)
    return employee


class SeeTheDay(Command):
    """Let positions begin and end whose day has come."""

    limit: int = 100


async def see_the_day(command: SeeTheDay, work: UnitOfWork) -> int:
    """How many employees were due, at most `limit`."""
    due = await work.find(
        Employee, {"due_on": {"$lte": work.today.isoformat()}}, sort=[("due_on", 1)], limit=command.limit
    )
    for employee in due:
        event = employee.see_the_day(work.today)
        work.save(employee, *([event] if event else []), valid_from=work.today)
    return len(due)
