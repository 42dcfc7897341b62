"""Hire an employee."""

from datetime import date, datetime, timedelta

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId, UnitId

from customer.employees.model import Employee, Invitation, Roles, Username
from customer.texts import Name
from customer.units.model import Unit

INVITATION_LIFETIME = timedelta(days=7)


class CreateEmployee(Command):
    """Give somebody a position and an invitation to choose a password.

    `employee_id`, `invitation` and `invitation_expires_at` are for loaders; the API does not take them.
    """

    employee_id: EmployeeId | None = None
    name: Name
    username: Username
    roles: Roles
    unit_id: UnitId
    valid_from: date | None = None
    valid_to: date | None = None
    invitation: Invitation | None = None
    invitation_expires_at: datetime | None = None


async def create_employee(command: CreateEmployee, work: UnitOfWork) -> Employee:
    """The new employee, whose `invitation` can be told once.

    Raises: UnknownReference, PositionEndsBeforeItStarts; UsernameTaken at the end of the unit of work.
    """
    unit = await work.reference(Unit, command.unit_id, field="unit_id")
    work.check()
    assert unit is not None
    employee = Employee.hire(
        id=command.employee_id or Employee.new_id(),
        name=command.name,
        username=command.username,
        roles=command.roles,
        unit_id=unit.id,
        unit_path=unit.path,
        valid_from=command.valid_from or work.today,
        valid_to=command.valid_to,
        invitation=command.invitation,
    )
    expires_at = command.invitation_expires_at or work.now + INVITATION_LIFETIME
    work.add(employee, employee.hired(invitation_expires_at=expires_at), valid_from=employee.valid_from)
    return employee
