"""The influence that a command speaks of, with the two persons."""

from chassis.work import UnitOfWork
from contracts.values import Stamp

from customer.contacts.model import Contact
from customer.influence.model import Influence


async def influence_between(influence_id: str, work: UnitOfWork) -> tuple[Influence, list[Stamp]]:
    """The influence, and who is told of what happens to it: whoever sees one of the two persons.

    Raises: NotFound when the influence, or one of the persons, is absent or out of scope; Stale; Erased.
    """
    influence = await work.get(Influence, influence_id)
    stamps: list[Stamp] = []
    for contact_id in (influence.from_contact_id, influence.to_contact_id):
        contact: Contact = await work.get(Contact, contact_id)
        await work.require(contact)
        stamps += contact.visible
    return influence, stamps
