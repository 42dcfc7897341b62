"""Pairs follow whatever happens to an institution or a contact.

The keys are derived in the same transaction as the change, so that they never lie. The comparison is left to this
reaction: it reads other entries, and a registration must not wait for it or fail with it. Of several events of an entry
that are taken in together the first is enough.
"""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events import REGISTRY, Event

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.duplicates.model import Kind
from customer.duplicates.refresh_candidates import refresh_once

_KIND_OF: dict[str, Kind] = {f"customer.{Account.KIND}": "account", f"customer.{Contact.KIND}": "contact"}


async def follow_the_entry(event: Event, work: UnitOfWork) -> None:
    """Compare again what the event is about, as it is now, whatever the event says."""
    if work.cause.subject is not None:
        await refresh_once(_KIND_OF[event.TOPIC], work.cause.subject, work)


for _event in list(REGISTRY.values()):
    if _event.TOPIC in _KIND_OF:
        follow_the_entry = reacts_to(_event)(follow_the_entry)
