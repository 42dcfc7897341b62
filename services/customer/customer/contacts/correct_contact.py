"""Correct what is said of a contact."""

from typing import Annotated

from chassis.command import Command
from chassis.work import UnitOfWork
from pydantic import Field

from customer.contacts.facts import ContactFacts, judged, judged_qualifications
from customer.contacts.model import Contact
from customer.contacts.qualifications import MAX_QUALIFICATIONS, QualificationEntry
from customer.texts import Name, absent


class ContactCorrections(ContactFacts):
    """The fields of a correction: those that are set change, null clears what may be empty."""

    name: Name = absent()
    qualifications: Annotated[list[QualificationEntry], Field(max_length=MAX_QUALIFICATIONS)] = absent()


class CorrectContact(ContactCorrections, Command):
    """Change facts of a contact; where the person works changes by a move."""

    contact_id: str


async def correct_contact(command: CorrectContact, work: UnitOfWork) -> Contact:
    """The contact afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale, Erased; RuleBroken with every violation; AlreadyRegistered at the end of the unit of work.
    """
    contact = await work.get(Contact, command.contact_id)
    named = command.model_fields_set - {"contact_id"}
    facts = judged({fact: getattr(command, fact) for fact in named}, work)
    if "qualifications" in named:
        facts["qualifications"] = judged_qualifications(contact.qualifications, command.qualifications, work)
    work.check()
    event = contact.correct(facts)
    if event:
        work.save(contact, event)
    return contact
