"""Assign a care case."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId
from contracts.roles import COMPANY_WIDE

from customer.care.model import CareCase
from customer.employees.model import Employee


class AssignCase(Command):
    """Let an employee answer it."""

    case_id: str
    employee_id: EmployeeId


async def assign_case(command: AssignCase, work: UnitOfWork) -> CareCase:
    """The case afterwards; nothing is recorded when the employee has it.

    Raises: NotFound, Stale, IllegalCaseStep; RuleBroken when the employee is not there today or could not see it.
    """
    case = await work.get(CareCase, command.case_id)
    employee = await work.reference(Employee, command.employee_id, field="employee_id")
    if employee is not None:
        positions = employee.positions_on(work.today)
        if not positions:
            work.violate("employee_id", "employee_not_working", "the employee holds no position today")
        elif not any(
            COMPANY_WIDE.intersection(position.roles) or stamp.path.startswith(position.unit_path)
            for position in positions
            for stamp in case.visible
        ):
            work.violate("employee_id", "employee_out_of_scope", "the employee does not see whom it is about")
    work.check()
    event = case.assign(command.employee_id)
    if event is not None:
        assert employee is not None
        await work.require(employee)
        work.save(case, event)
    return case
