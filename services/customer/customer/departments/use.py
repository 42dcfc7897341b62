"""Whether contacts work in a department."""

from collections.abc import Collection

from chassis.work import UnitOfWork

from customer.accounts.model import DepartmentInUse
from customer.contacts.model import Contact


async def refuse_while_in_use(account_id: str, gone: Collection[str], work: UnitOfWork) -> None:
    """Contacts are read here and guarded there: whoever affiliates a contact requires the institution to stay as it was.

    Raises: DepartmentInUse.
    """
    if not gone:
        return
    for contact in await work.find(Contact, Contact.working_at(account_id, work.today)):
        used = set(gone).intersection(one.department_id or "" for one in contact.lasting(work.today))
        if used:
            raise DepartmentInUse(departments=sorted(used))
