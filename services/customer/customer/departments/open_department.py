"""Open a department."""

from chassis.command import Command
from chassis.refusals import Conflict
from chassis.work import UnitOfWork

from customer.accounts.facts import MAX_DEPARTMENTS, DepartmentEntry, DepartmentFacts
from customer.accounts.model import Account


class TooManyDepartments(Conflict):
    """Departments live inside their institution's document."""

    code = "too_many_departments"
    title = f"An institution has at most {MAX_DEPARTMENTS} departments"


class OpenDepartment(DepartmentFacts, Command):
    """Add a department to an institution."""

    account_id: str


async def open_department(command: OpenDepartment, work: UnitOfWork) -> Account:
    """The institution afterwards; the department is its last.

    Raises: NotFound, Stale, TooManyDepartments; RuleBroken with every violation.
    """
    account = await work.get(Account, command.account_id)
    if len(account.departments) >= MAX_DEPARTMENTS:
        raise TooManyDepartments
    account.open_department(DepartmentEntry(**{name: getattr(command, name) for name in DepartmentFacts.model_fields}))
    work.collect(account.broken_rules())
    work.check()
    work.save(account, account.corrected(["departments"], work.today))
    return account
