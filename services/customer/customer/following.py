"""Change requests and care cases follow what they speak of, and who raised them."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import (
    AccountCorrected,
    AccountRealigned,
    AffiliationCancelled,
    AffiliationCorrected,
    ContactAffiliated,
    ContactLeft,
    ContactMoved,
    UnitMoved,
    UnitPathChanged,
)

from customer.about import followers
from customer.care.model import CareCase
from customer.change_requests.model import ChangeRequest

_KINDS = (followers(ChangeRequest), followers(CareCase))
FOLLOWING = tuple(one for kind in _KINDS for one in kind)


@reacts_to(AccountCorrected)
async def follow_the_unit_of_an_account(event: AccountCorrected, work: UnitOfWork) -> None:
    """The institution is another unit's."""
    if "unit_id" in event.changed:
        await _order(0, event.account.account_id, work)


@reacts_to(AccountRealigned)
async def follow_the_territories(event: AccountRealigned, work: UnitOfWork) -> None:
    """The institution is covered by others."""
    await _order(0, event.account.account_id, work)


@reacts_to(ContactMoved)
async def follow_who_moved(event: ContactMoved, work: UnitOfWork) -> None:
    """The contact works elsewhere."""
    await follow_contact(event.contact.contact_id, work)


@reacts_to(ContactAffiliated)
async def follow_who_came(event: ContactAffiliated, work: UnitOfWork) -> None:
    """The contact works at one more place."""
    await follow_contact(event.contact.contact_id, work)


@reacts_to(ContactLeft)
async def follow_who_left(event: ContactLeft, work: UnitOfWork) -> None:
    """The contact leaves a place."""
    await follow_contact(event.contact.contact_id, work)


@reacts_to(AffiliationCorrected)
async def follow_a_correction(event: AffiliationCorrected, work: UnitOfWork) -> None:
    """The contact has worked there for another time."""
    await follow_contact(event.contact.contact_id, work)


@reacts_to(AffiliationCancelled)
async def follow_a_cancellation(event: AffiliationCancelled, work: UnitOfWork) -> None:
    """The contact will not come there."""
    await follow_contact(event.contact.contact_id, work)


@reacts_to(UnitMoved)
async def follow_a_unit(event: UnitMoved, work: UnitOfWork) -> None:
    """Who raised it is elsewhere in the tree."""
    await _order(2, event.unit.unit_id, work)


@reacts_to(UnitPathChanged)
async def follow_a_path(event: UnitPathChanged, work: UnitOfWork) -> None:
    """So is who is further down."""
    await _order(2, event.unit.unit_id, work)


async def follow_contact(contact_id: str, work: UnitOfWork) -> None:
    """Let what speaks of a contact be seen by whoever sees the contact now."""
    await _order(1, contact_id, work)


async def _order(which: int, owner_id: str, work: UnitOfWork) -> None:
    for kind in _KINDS:
        await kind[which].order(owner_id, work)
