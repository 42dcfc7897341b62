"""Change what an employee may do, where, and until when."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import UnitId

from customer.employees.model import Employee
from customer.employees.positions import Roles
from customer.texts import absent
from customer.units.model import Unit
from customer.units.tree import judge_unit


class ReassignEmployee(Command):
    """Change the main position from today, or the end of the employment, which `valid_to` null takes away."""

    employee_id: str
    roles: Roles = absent()
    unit_id: UnitId = absent()
    valid_to: date | None = None


async def reassign_employee(command: ReassignEmployee, work: UnitOfWork) -> Employee:
    """The employee afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale, UnknownReference, RuleBroken, Leaving; what `Employee.reassign` raises.
    """
    employee = await work.get(Employee, command.employee_id)
    named = command.model_fields_set
    unit_id, unit_path = employee.unit_id, employee.unit_path
    if "unit_id" in named:
        unit = await work.reference(Unit, command.unit_id, field="unit_id")
        await judge_unit(work, unit, field="unit_id", on=work.today)
        work.check()
        assert unit is not None
        unit_id, unit_path = unit.id, unit.path
    event = employee.reassign(
        roles=command.roles if "roles" in named else employee.roles,
        unit_id=unit_id,
        unit_path=unit_path,
        valid_to=command.valid_to if "valid_to" in named else employee.valid_to,
        today=work.today,
    )
    if event:
        work.save(employee, event)
    return employee
