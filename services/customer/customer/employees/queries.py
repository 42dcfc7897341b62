"""Reads of employees."""

from datetime import date
from typing import Any

from chassis.reads import Paging, Reads
from contracts.roles import Role
from pydantic import BaseModel

from customer.employees.model import Employee
from customer.units.model import Unit, at_or_below


class EmployeeOut(BaseModel):
    """An employee as the API shows it."""

    id: str
    name: str | None
    username: str
    roles: list[Role]
    unit_id: str
    unit_path: str
    valid_from: date
    valid_to: date | None
    version: int

    @classmethod
    def of(cls, employee: Employee) -> "EmployeeOut":
        """The answer for an employee."""
        return cls(
            id=employee.id,
            name=employee.name,
            username=employee.username,
            roles=employee.roles,
            unit_id=employee.unit_id,
            unit_path=employee.unit_path,
            valid_from=employee.valid_from,
            valid_to=employee.valid_to,
            version=employee.version,
        )


class HiredOut(EmployeeOut):
    """A new employee with the invitation to choose a password, which is told this once."""

    invitation: str


def hired(employee: Employee) -> EmployeeOut:
    """The answer to a hiring; a repeated one cannot tell the invitation again."""
    shown = EmployeeOut.of(employee)
    if employee.invitation is None:
        return shown
    return HiredOut(**shown.model_dump(), invitation=employee.invitation)


async def list_employees(
    read: Reads,
    page: Paging,
    *,
    unit_id: str | None = None,
    role: Role | None = None,
    username: str | None = None,
) -> dict[str, Any]:
    """The employees in scope; `unit_id` takes in the units below it."""
    where: dict[str, Any] = {}
    if unit_id is not None:
        unit = await read.find_one(Unit, {"_id": unit_id})
        if unit is None:
            return {"items": [], "next": None}
        where["unit_path"] = at_or_below(unit)
    if role is not None:
        where["roles"] = role.value
    if username is not None:
        where["username"] = username
    return await read.page(
        Employee, where, page, out=EmployeeOut.of, sortable={"username", "valid_from"}, default_sort="username"
    )
