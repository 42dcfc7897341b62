"""Give an employee a further position."""

from datetime import date

from chassis.command import Command
from chassis.ids import new_id
from chassis.work import UnitOfWork
from contracts.ids import LineId, PositionId, UnitId
from pydantic import Field

from customer.employees.model import Employee
from customer.employees.positions import Lines, Position, Roles, Share
from customer.lines.model import Line
from customer.planning import refuse_far_plans
from customer.units.model import Unit
from customer.units.tree import judge_unit


class TakePosition(Command):
    """Roles in a unit from a business date: today unless it says otherwise. A loader may give the id."""

    employee_id: str
    position_id: PositionId | None = None
    unit_id: UnitId
    roles: Roles
    line_ids: Lines = Field(default_factory=list)
    share: Share | None = None
    valid_from: date | None = None
    valid_to: date | None = None


async def take_position(command: TakePosition, work: UnitOfWork) -> Employee:
    """The employee afterwards.

    Raises: NotFound, Stale; RuleBroken with every violation; what `Employee.take` raises.
    """
    employee = await work.get(Employee, command.employee_id)
    valid_from = command.valid_from or work.today
    refuse_far_plans(work, valid_from, field="valid_from")
    unit = await work.reference(Unit, command.unit_id, field="unit_id")
    await judge_unit(work, unit, field="unit_id", on=valid_from)
    await judge_lines(work, command.line_ids)
    work.check()
    assert unit is not None
    position = Position(
        id=command.position_id or new_id("pos"),
        unit_id=unit.id,
        unit_path=unit.path,
        roles=command.roles,
        line_ids=command.line_ids,
        share=command.share,
        valid_from=valid_from,
        valid_to=command.valid_to,
    )
    work.save(employee, employee.take(position, work.today), valid_from=valid_from)
    return employee


async def judge_lines(work: UnitOfWork, line_ids: list[LineId]) -> None:
    """Collect lines that do not exist."""
    for position, line_id in enumerate(line_ids):
        await work.directory(Line, line_id, field=f"line_ids[{position}]")
