"""HTTP of employees."""

from datetime import date

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from contracts.ids import UnitId
from contracts.roles import Role

from customer.employees.create_employee import CreateEmployee, create_employee
from customer.employees.model import Employee, Roles, Username
from customer.employees.queries import EmployeeOut, HiredOut, hired, list_employees
from customer.employees.reassign_employee import ReassignEmployee, reassign_employee
from customer.texts import Name, absent

router = Router(prefix="/employees", tags=["employees"])


class EmployeeBody(Body):
    """An employee to hire; the position starts today unless it says otherwise."""

    name: Name
    username: Username
    roles: Roles
    unit_id: UnitId
    valid_from: date | None = None
    valid_to: date | None = None


class ReassignmentBody(Body):
    """What to change of a position; `valid_to` null takes the end away."""

    roles: Roles = absent()
    unit_id: UnitId = absent()
    valid_to: date | None = None


@router.post("", status_code=201, permission=Permission.EMPLOYEES_WRITE, response_model=HiredOut | EmployeeOut)
async def post_employee(body: EmployeeBody, run: Run) -> Answer:
    """Hire an employee; the answer tells the invitation, a repeated one does not."""
    employee = await run(create_employee, CreateEmployee(**body.fields()))
    return Answer(hired(employee), version=employee.version)


@router.get("", permission=Permission.EMPLOYEES_READ, response_model=Page[EmployeeOut])
async def get_employees(
    read: Read,
    page: PageArgs,
    unit_id: UnitId | None = None,
    role: Role | None = None,
    username: Username | None = None,
) -> Answer:
    """The employees in the caller's scope; `unit_id` takes in the units below it."""
    return Answer(await list_employees(read, page, unit_id=unit_id, role=role, username=username))


@router.get("/{employee_id}", permission=Permission.EMPLOYEES_READ, response_model=EmployeeOut)
async def get_employee(employee_id: str, read: Read) -> Answer:
    """One employee."""
    employee = await read.get(Employee, employee_id)
    return Answer(EmployeeOut.of(employee), version=employee.version)


@router.patch("/{employee_id}", permission=Permission.EMPLOYEES_WRITE, response_model=EmployeeOut)
async def patch_employee(employee_id: str, body: ReassignmentBody, run: Run) -> Answer:
    """Change roles, unit or end of a position."""
    employee = await run(
        reassign_employee,
        ReassignEmployee(employee_id=employee_id, **body.fields()),
        subject=employee_id,
        require_match=True,
    )
    return Answer(EmployeeOut.of(employee), version=employee.version)
