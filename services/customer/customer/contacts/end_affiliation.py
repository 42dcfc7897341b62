"""End an affiliation without another one in its place."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.contacts.visibility import restamp, stamps_of
from customer.planning import refuse_far_plans
from customer.texts import Note


class EndAffiliation(Command):
    """Leave an institution on a business date, which may be planned; the last day there is the day before."""

    contact_id: str
    affiliation_id: str
    on: date
    reason: Note


async def end_affiliation(command: EndAffiliation, work: UnitOfWork) -> Contact:
    """The contact afterwards; nothing is recorded when the affiliation ends on that date already.

    Raises: NotFound, Stale, Erased, EndsBeforeItStarts, AffiliationEnded, RuleBroken.
    """
    contact = await work.get(Contact, command.contact_id)
    refuse_far_plans(work, command.on, field="on")
    work.check()
    event = contact.leave(command.affiliation_id, command.on)
    if event is None:
        return contact
    await restamp(contact, work)
    work.save(contact, event, valid_from=command.on, reason=command.reason)
    work.emit_stamps(contact, await stamps_of((event.account_id,), work))
    return contact
