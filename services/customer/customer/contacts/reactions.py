"""What happens to contacts when something happens elsewhere."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import AccountCorrected

from customer.contacts.restamp_contacts import restamp_contacts_of


@reacts_to(AccountCorrected)
async def follow_the_alignment(event: AccountCorrected, work: UnitOfWork) -> None:
    """Contacts are seen by the people of the unit that their institution is aligned to."""
    if {"unit_id", "unit_path"} & {*event.changed}:
        await restamp_contacts_of(event.account.account_id, work)
