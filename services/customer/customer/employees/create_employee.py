"""Hire an employee."""

from datetime import date, datetime, timedelta

from chassis.command import Command
from chassis.ids import new_id
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId, UnitId
from pydantic import Field

from customer.employees.model import Employee, Invitation, Username, distinct
from customer.employees.positions import Lines, Position, Roles, Share
from customer.employees.take_position import judge_lines
from customer.texts import Name
from customer.units.model import Unit
from customer.units.tree import judge_unit

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
    line_ids: Lines = Field(default_factory=list)
    share: Share | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    invitation: Invitation | None = None
    invitation_expires_at: datetime | None = None


async def create_employee(command: CreateEmployee, work: UnitOfWork) -> Employee:
    """The new employee, whose `invitation` can be told once.

    Raises: UnknownReference, PositionEndsBeforeItStarts; UsernameTaken at the end of the unit of work.
    """
    valid_from = command.valid_from or work.today
    unit = await work.reference(Unit, command.unit_id, field="unit_id")
    await judge_unit(work, unit, field="unit_id", on=valid_from)
    await judge_lines(work, command.line_ids)
    work.check()
    assert unit is not None
    employee = Employee.hire(
        id=command.employee_id or Employee.new_id(),
        name=command.name,
        username=command.username,
        position=Position(
            id=new_id("pos"),
            unit_id=unit.id,
            unit_path=unit.path,
            roles=distinct(command.roles),
            line_ids=command.line_ids,
            share=command.share,
            valid_from=valid_from,
            valid_to=command.valid_to,
        ),
        invitation=command.invitation,
        today=work.today,
    )
    expires_at = command.invitation_expires_at or work.now + INVITATION_LIFETIME
    work.add(employee, employee.hired(invitation_expires_at=expires_at), valid_from=employee.valid_from)
    return employee
