"""What happens to alignments when something happens elsewhere."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import AccountCorrected

from customer.alignments.keep_in_force import stamp_institution


@reacts_to(AccountCorrected)
async def follow_the_owner(event: AccountCorrected, work: UnitOfWork) -> None:
    """The people of the unit that owns an institution see who covers it."""
    if "unit_id" in event.changed:
        await stamp_institution(event.account.account_id, work)
