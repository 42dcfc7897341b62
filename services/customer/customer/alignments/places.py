"""What must be true of a territory and its representative."""

from datetime import date

from chassis.work import UnitOfWork
from contracts.values import UnitKind

from customer.employees.model import Employee
from customer.units.model import Unit

NOT_A_TERRITORY = "not_a_territory"
NOT_EMPLOYED = "representative_not_employed"
ELSEWHERE = "representative_elsewhere"


def shortcoming(employee: Employee, territory_path: str, day: date) -> str | None:
    """Why an employee cannot represent the company in a territory from a date; None when nothing is wrong.

    A position must hold on that date, in the territory or in a unit above it (a manager stands in for a vacancy).
    """
    positions = employee.positions_on(day)
    if not positions:
        return NOT_EMPLOYED
    return None if any(territory_path.startswith(one.unit_path) for one in positions) else ELSEWHERE


async def judge_cover(
    work: UnitOfWork, unit_id: str, employee_id: str, *, on: date, unit_field: str, employee_field: str
) -> None:
    """Collect what forbids that an employee covers a territory from a date, and hold both as they were read."""
    unit = await work.reference(Unit, unit_id, field=unit_field)
    employee = await work.reference(Employee, employee_id, field=employee_field)
    if unit is not None and unit.kind is not UnitKind.TERRITORY:
        work.violate(unit_field, NOT_A_TERRITORY, f"{unit.id} is a {unit.kind.value}")
    if unit is None or employee is None:
        return
    wrong = shortcoming(employee, unit.path, on)
    if wrong is not None:
        work.violate(employee_field, wrong, f"{employee.id} holds no position in or above {unit.id} on {on}")
    await work.require(unit)
    await work.require(employee)
