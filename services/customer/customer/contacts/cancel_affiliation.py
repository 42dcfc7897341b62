"""Cancel what was planned: a move, a further affiliation, another role."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.contacts.visibility import restamp, stamps_of
from customer.texts import Note


class CancelAffiliation(Command):
    """Take back an affiliation that has not begun; the one that it would have ended goes on."""

    contact_id: str
    affiliation_id: str
    reason: Note


async def cancel_affiliation(command: CancelAffiliation, work: UnitOfWork) -> Contact:
    """The contact afterwards. Raises: NotFound, Stale, Erased, AlreadyInForce, OnlyAffiliation."""
    contact = await work.get(Contact, command.contact_id)
    event = contact.cancel(command.affiliation_id, work.today)
    await restamp(contact, work)
    work.save(contact, event, valid_from=event.on, reason=command.reason)
    work.emit_stamps(contact, await stamps_of((event.account_id,), work))
    return contact
