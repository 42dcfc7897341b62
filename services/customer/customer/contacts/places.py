"""What must be true of the place where a contact is to work."""

from datetime import date

from chassis.refusals import UnknownReference
from chassis.work import UnitOfWork

from customer.accounts.model import Account

INSTITUTION_CLOSED = "institution_closed"


async def judge_place(
    work: UnitOfWork,
    account: Account | None,
    department_id: str | None,
    *,
    start: date,
    until: date | None,
    account_field: str,
    department_field: str,
) -> None:
    """Collect what forbids working there from `start` until `until`, and hold the institution as it was read.

    The department must be one of the institution, and the institution not closed.
    """
    if account is None:
        return
    if department_id is not None and account.department(department_id) is None:
        work.violate(department_field, UnknownReference.code, f"{department_id} is no department of the institution")
    if not account.takes_contacts(start, until, work.today):
        work.violate(account_field, INSTITUTION_CLOSED, "the institution is closed")
    await work.require(account)
