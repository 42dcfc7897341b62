"""HTTP of employees. Commands that meet on one employee queue on its id."""

from datetime import date

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change
from contracts.ids import LineId, UnitId
from contracts.roles import Role
from pydantic import Field

from customer.employees.create_employee import CreateEmployee, create_employee
from customer.employees.end_position import EndPosition, end_position
from customer.employees.model import Employee, Username
from customer.employees.positions import Lines, Roles, Share
from customer.employees.queries import EmployeeOut, HiredOut, hired, list_employees
from customer.employees.reassign_employee import ReassignEmployee, reassign_employee
from customer.employees.take_position import TakePosition, take_position
from customer.texts import Name, absent
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/employees", tags=["employees"])


class PositionBody(Body):
    """A position to take; it starts today unless it says otherwise, and without `line_ids` is for all product lines."""

    unit_id: UnitId
    roles: Roles
    line_ids: Lines = Field(default_factory=list)
    share: Share | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class EmployeeBody(PositionBody):
    """An employee to hire, with the first position."""

    name: Name
    username: Username


class ReassignmentBody(Body):
    """What to change of the main position, from today, and of the end of the employment, which null takes away."""

    roles: Roles = absent()
    unit_id: UnitId = absent()
    valid_to: date | None = None


class PositionEndBody(Body):
    """The first day without the position, today unless it says otherwise."""

    on: date | None = None


@router.post("", status_code=201, permission=Permission.EMPLOYEES_WRITE, response_model=HiredOut | EmployeeOut)
async def post_employee(body: EmployeeBody, run: Run, today: Today) -> Answer:
    """Hire an employee; the answer tells the invitation, a repeated one does not."""
    employee = await run(create_employee, CreateEmployee(**body.fields()), locks=[body.unit_id])
    return Answer(hired(employee, today), version=employee.version)


@router.get("", permission=Permission.EMPLOYEES_READ, response_model=Page[EmployeeOut])
async def get_employees(
    read: Read,
    page: PageArgs,
    today: Today,
    unit_id: UnitId | None = None,
    role: Role | None = None,
    line_id: LineId | None = None,
    username: Username | None = None,
    as_of: AsOf = None,
) -> Answer:
    """The employees in the caller's scope; `unit_id` takes in the units below it, `line_id` positions for all lines."""
    found = await list_employees(
        read, page, today, unit_id=unit_id, role=role, line_id=line_id, username=username, as_of=as_of
    )
    return Answer(found)


@router.get("/{employee_id}", permission=Permission.EMPLOYEES_READ, response_model=EmployeeOut)
async def get_employee(
    employee_id: str, read: Read, today: Today, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """One employee, on the date and with the knowledge asked for."""
    employee = await read.at(Employee, employee_id, known_at=known_at)
    return Answer(EmployeeOut.of(employee, as_of or today), version=employee.version if known_at is None else None)


@router.patch("/{employee_id}", permission=Permission.EMPLOYEES_WRITE, response_model=EmployeeOut)
async def patch_employee(employee_id: str, body: ReassignmentBody, run: Run, today: Today) -> Answer:
    """Change roles and unit of the main position from today, or the end of the employment."""
    employee = await run(
        reassign_employee,
        ReassignEmployee(employee_id=employee_id, **body.fields()),
        subject=employee_id,
        require_match=True,
        locks=[employee_id],
    )
    return Answer(EmployeeOut.of(employee, today), version=employee.version)


@router.post(
    "/{employee_id}/positions", status_code=201, permission=Permission.EMPLOYEES_WRITE, response_model=EmployeeOut
)
async def post_position(employee_id: str, body: PositionBody, run: Run, today: Today) -> Answer:
    """Give the employee a further position; what the login may do and see follows within a minute."""
    command = TakePosition(employee_id=employee_id, **body.fields())
    employee = await run(take_position, command, subject=employee_id, locks=[employee_id, body.unit_id])
    return Answer(
        EmployeeOut.of(employee, today), version=employee.version, location=f"/api/v1/employees/{employee_id}"
    )


@router.post(
    "/{employee_id}/positions/{position_id}/end", permission=Permission.EMPLOYEES_WRITE, response_model=EmployeeOut
)
async def post_position_end(
    employee_id: str, position_id: str, body: PositionEndBody, run: Run, today: Today
) -> Answer:
    """End a position; one that has not begun and would end before it starts is dropped."""
    command = EndPosition(employee_id=employee_id, position_id=position_id, **body.fields())
    employee = await run(end_position, command, subject=employee_id, locks=[employee_id])
    return Answer(EmployeeOut.of(employee, today), version=employee.version)


@router.get("/{employee_id}/history", permission=Permission.EMPLOYEES_READ, response_model=Page[Change])
async def get_employee_history(employee_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first."""
    return Answer(await read.history(Employee, employee_id, page))
