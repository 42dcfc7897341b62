"""Keep who may see a contact in step with what changed elsewhere: the calendar, and the alignment of institutions."""

from chassis.command import Command
from chassis.restamping import Followers
from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.contacts.visibility import restamp
from customer.following import follow_contact


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
        await follow_contact(contact.id, work)
    return len(due)


async def _follow(contact: Contact, work: UnitOfWork) -> bool:
    before = contact.visible
    await restamp(contact, work)
    return contact.visible != before


CONTACTS = Followers(
    name="contacts of an institution",
    model=Contact,
    rows=lambda account_id, today: Contact.working_at(account_id, today),
    restamp=_follow,
)
"""Everybody who works, or is to work, at an institution is seen by whoever sees the institution."""
