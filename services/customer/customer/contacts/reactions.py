"""What happens to contacts when something happens elsewhere."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import AccountCorrected, AccountRealigned

from customer.contacts.restamp_contacts import CONTACTS


@reacts_to(AccountCorrected)
async def follow_the_alignment(event: AccountCorrected, work: UnitOfWork) -> None:
    """Contacts are seen by the people of the unit that owns their institution."""
    if "unit_id" in event.changed:
        await CONTACTS.order(event.account.account_id, work)


@reacts_to(AccountRealigned)
async def follow_the_territories(event: AccountRealigned, work: UnitOfWork) -> None:
    """Contacts are seen by the people of the territories that cover their institution."""
    await CONTACTS.order(event.account.account_id, work)
