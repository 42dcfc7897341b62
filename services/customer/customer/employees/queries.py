"""Reads of employees."""

from datetime import date
from typing import Any

from chassis.reads import Paging, Reads
from contracts.roles import Role
from pydantic import BaseModel

from customer.employees.model import Employee
from customer.employees.positions import Position
from customer.units.model import Unit, at_or_below


class PositionOut(BaseModel):
    """A position from `valid_from` until `valid_to` (exclusive); without `line_ids` it is for all product lines."""

    id: str
    unit_id: str
    unit_path: str
    roles: list[Role]
    line_ids: list[str]
    share: int | None
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, position: Position) -> "PositionOut":
        """The answer for a position."""
        return cls(**dict(position))


class EmployeeOut(BaseModel):
    """An employee as the API shows it.

    `roles`, `unit_id` and `unit_path` are those of the main position of the date asked about, or of the one nearest to
    it; `employed` tells whether any position holds then. `positions` are all of them.
    """

    id: str
    name: str | None
    username: str
    roles: list[Role]
    unit_id: str
    unit_path: str
    valid_from: date
    valid_to: date | None
    employed: bool
    positions: list[PositionOut]
    leaves_on: date | None
    closed_on: date | None
    version: int

    @classmethod
    def of(cls, employee: Employee, on: date) -> "EmployeeOut":
        """The answer for an employee, as of a date."""
        main = employee.main_on(on)
        return cls(
            id=employee.id,
            name=employee.name,
            username=employee.username,
            roles=main.roles,
            unit_id=main.unit_id,
            unit_path=main.unit_path,
            valid_from=employee.valid_from,
            valid_to=employee.valid_to,
            employed=bool(employee.positions_on(on)),
            positions=[PositionOut.of(one) for one in employee.positions],
            leaves_on=employee.leaves_on,
            closed_on=employee.closed_on,
            version=employee.version,
        )


class HiredOut(EmployeeOut):
    """A new employee with the invitation to choose a password, which is told this once."""

    invitation: str


def hired(employee: Employee, on: date) -> EmployeeOut:
    """The answer to a hiring; a repeated one cannot tell the invitation again."""
    shown = EmployeeOut.of(employee, on)
    if employee.invitation is None:
        return shown
    return HiredOut(**shown.model_dump(), invitation=employee.invitation)


async def list_employees(
    read: Reads,
    page: Paging,
    today: date,
    *,
    unit_id: str | None = None,
    role: Role | None = None,
    line_id: str | None = None,
    username: str | None = None,
    as_of: date | None = None,
) -> dict[str, Any]:
    """The employees in scope who have such a position, now or planned, or on the date asked about.

    `unit_id` takes in the units below it; `line_id` takes in positions for all lines.
    """
    position: dict[str, Any] = {}
    if unit_id is not None:
        unit = await read.find_one(Unit, {"_id": unit_id})
        if unit is None:
            return {"items": [], "next": None}
        position["unit_path"] = at_or_below(unit)
    if role is not None:
        position["roles"] = role.value
    if line_id is not None:
        position["line_ids"] = {"$in": [line_id, []]}
    if as_of is not None:
        position["valid_from"] = {"$lte": as_of.isoformat()}
        position["valid_to"] = {"$not": {"$lte": as_of.isoformat()}}
    elif position:
        position["valid_to"] = {"$not": {"$lte": today.isoformat()}}
    where: dict[str, Any] = {"positions": {"$elemMatch": position}} if position else {}
    if username is not None:
        where["username"] = username
    return await read.page(
        Employee,
        where,
        page,
        out=lambda employee: EmployeeOut.of(employee, as_of or today),
        sortable={"username", "valid_from"},
        default_sort="username",
    )
