"""Who may see a contact: whoever may see an institution where an affiliation has not ended."""

from collections.abc import Iterable

from chassis.work import UnitOfWork
from contracts.values import Stamp

from customer.accounts.model import Account
from customer.contacts.model import Contact


async def stamps_of(account_ids: Iterable[str], work: UnitOfWork) -> list[Stamp]:
    """The stamps of institutions, whoever asks."""
    stamps: list[Stamp] = []
    for account_id in sorted(set(account_ids)):
        account = await work.directory(Account, account_id, field="account_id")
        if account is not None:
            stamps += account.visible
    return stamps


async def restamp(contact: Contact, work: UnitOfWork) -> None:
    """Set the contact's stamps from those of its institutions; kept as they are once every affiliation has ended."""
    stamps = await stamps_of((one.account_id for one in contact.lasting(work.today)), work)
    contact.show_to(stamps or contact.visible, work.today)
