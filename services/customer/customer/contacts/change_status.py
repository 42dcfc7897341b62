"""Say whether a contact is worked with."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import ContactStatus

from customer.contacts.model import Contact
from customer.contacts.status import StatusEntry
from customer.planning import refuse_far_plans
from customer.texts import Note


class ChangeContactStatus(Command):
    """Be active, or not any more, from a business date; today unless it says otherwise, in the future as a plan."""

    contact_id: str
    status: ContactStatus
    reason: Note
    on: date | None = None


async def change_contact_status(command: ChangeContactStatus, work: UnitOfWork) -> Contact:
    """The contact afterwards; nothing is recorded when the status is that of the date.

    Raises: NotFound, Stale, Erased, StatusBeforeLast, RuleBroken.
    """
    contact = await work.get(Contact, command.contact_id)
    on = command.on or work.today
    refuse_far_plans(work, on, field="on")
    work.check()
    event = contact.change_status(StatusEntry(status=command.status, on=on, reason=command.reason))
    if event is not None:
        work.save(contact, event, valid_from=on, reason=command.reason)
    return contact
