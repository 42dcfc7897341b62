"""Erase the person that a contact is."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.erasure.erasers import ERASERS
from customer.erasure.model import ErasedPart, Erasure, digest_of
from customer.erasure.person import person_of
from customer.texts import Note


class EraseContact(Command):
    """Make the person unidentifiable; facts stay."""

    contact_id: str
    reason: Note


async def erase_contact(command: EraseContact, work: UnitOfWork) -> Contact:
    """The contact afterwards; unchanged when it was erased before.

    Raises: NotFound, Stale, Merged, RuleBroken when the reason names the person.
    """
    erased = await work.find_one(Contact, {"_id": command.contact_id})
    if erased is not None and erased.erasure is not None and not erased.is_merged:
        return erased
    contact = await work.get(Contact, command.contact_id)
    person = await person_of(contact, work)
    if person.is_named_in(command.reason):
        work.violate(
            "reason", "reason_names_the_person", "what is to be forgotten cannot stand in the reason, which stays"
        )
    work.check()
    parts: list[ErasedPart] = []
    for erase in ERASERS:
        parts += await erase(person, work)
    fields = contact.clear_personal()
    versions = await work.forget(contact)
    own = ErasedPart(
        noun=Contact.KIND, aggregate_id=contact.id, fields=fields, versions=versions, digest=digest_of(contact)
    )
    erasure = Erasure(at=work.now, by=work.principal.subject, reason=command.reason, parts=[own, *parts])
    work.save(contact, contact.erase(erasure, work.today), valid_from=work.today)
    return contact
