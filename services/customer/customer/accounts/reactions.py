"""What follows an institution when other people see it."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import AccountCorrected, AccountRealigned

from customer.attachments.model import ATTACHMENTS
from customer.notes.model import NOTES
from customer.plans.model import PLANS

PAPERS = (NOTES, ATTACHMENTS, PLANS)


@reacts_to(AccountCorrected)
async def let_papers_follow_the_unit(event: AccountCorrected, work: UnitOfWork) -> None:
    """Notes, attachments and plan are seen by the people of the unit that owns the institution."""
    if "unit_id" in event.changed:
        await _order(event.account.account_id, work)


@reacts_to(AccountRealigned)
async def let_papers_follow_the_territories(event: AccountRealigned, work: UnitOfWork) -> None:
    """They are seen by the people of the territories that cover it."""
    await _order(event.account.account_id, work)


async def _order(account_id: str, work: UnitOfWork) -> None:
    for papers in PAPERS:
        await papers.order(account_id, work)
