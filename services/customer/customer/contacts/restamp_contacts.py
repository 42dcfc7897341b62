"""Keep who may see a contact in step with what changed elsewhere: the calendar, and the alignment of institutions."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.contacts.visibility import restamp


class RestampDueContacts(Command):
    """Restamp contacts of whom an affiliation has ended by today."""

    limit: int = 200


async def restamp_due_contacts(command: RestampDueContacts, work: UnitOfWork) -> int:
    """How many were restamped, at most `limit`."""
    due = await work.find(
        Contact, {"restamp_on": {"$lte": work.today.isoformat()}}, sort=[("restamp_on", 1)], limit=command.limit
    )
    for contact in due:
        await restamp(contact, work)
        work.save(contact)
    return len(due)


async def restamp_contacts_of(account_id: str, work: UnitOfWork) -> None:
    """Restamp everybody who works, or is to work, at an institution whose alignment has changed."""
    for contact in await work.find(Contact, Contact.working_at(account_id, work.today)):
        before = contact.visible
        await restamp(contact, work)
        if contact.visible != before:
            work.save(contact)
