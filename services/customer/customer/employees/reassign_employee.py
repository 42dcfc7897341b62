"""Change what an employee may do, where, and until when."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import UnitId

from customer.employees.model import Employee, Roles
from customer.texts import absent
from customer.units.model import Unit


class ReassignEmployee(Command):
    """The fields that are set change; `valid_to` null takes the end away."""

    employee_id: str
    roles: Roles = absent()
    unit_id: UnitId = absent()
    valid_to: date | None = None


async def reassign_employee(command: ReassignEmployee, work: UnitOfWork) -> Employee:
    """The employee afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale, UnknownReference, PositionEndsBeforeItStarts.
    """
    employee = await work.get(Employee, command.employee_id)
    named = command.model_fields_set
    unit_id, unit_path = employee.unit_id, employee.unit_path
    if "unit_id" in named:
        unit = await work.reference(Unit, command.unit_id, field="unit_id")
        work.check()
        assert unit is not None
        unit_id, unit_path = unit.id, unit.path
    event = employee.reassign(
        roles=command.roles if "roles" in named else employee.roles,
        unit_id=unit_id,
        unit_path=unit_path,
        valid_to=command.valid_to if "valid_to" in named else employee.valid_to,
    )
    if event:
        work.save(employee, event)
    return employee
