"""Close a department."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.accounts.model import Account
from customer.departments.use import refuse_while_in_use


class CloseDepartment(Command):
    """Take a department away in which nobody works."""

    account_id: str
    department_id: str


async def close_department(command: CloseDepartment, work: UnitOfWork) -> Account:
    """The institution afterwards. Raises: NotFound, UnknownDepartment, Stale, DepartmentInUse."""
    account = await work.get(Account, command.account_id)
    account.close_department(command.department_id)
    await refuse_while_in_use(account.id, [command.department_id], work)
    work.save(account, account.corrected(["departments"], work.today))
    return account
