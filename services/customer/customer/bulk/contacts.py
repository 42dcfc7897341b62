"""Contacts in bulk: rows without an id are registered, rows with one are corrected."""

from typing import Annotated

from chassis.http import Body
from chassis.refusals import MatchRequired, Stale
from chassis.work import UnitOfWork
from contracts.ids import ContactId
from pydantic import Field

from customer.contacts.correct_contact import ContactCorrections, CorrectContact, correct_contact
from customer.contacts.create_contact import CreateContact, FirstAffiliation, create_contact
from customer.contacts.licence import plain_licence
from customer.contacts.mobile import e164
from customer.contacts.model import AlreadyRegistered, Contact
from customer.contacts.qualifications import MAX_QUALIFICATIONS, QualificationEntry
from customer.texts import absent


class FirstAffiliationRow(FirstAffiliation, Body):
    """Where a new contact works."""


class QualificationRow(QualificationEntry, Body):
    """A qualification of a row."""


class ContactRow(ContactCorrections, Body):
    """A contact to register (`name` and `affiliation` are needed), or with `id` and `version` one to correct."""

    id: ContactId | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    affiliation: FirstAffiliationRow = absent()
    qualifications: Annotated[list[QualificationRow], Field(max_length=MAX_QUALIFICATIONS)] = absent()


async def carry_contact(row: ContactRow, work: UnitOfWork) -> tuple[Contact, bool]:
    """The contact, and whether it is new. Raises: what registering and correcting raise; AlreadyRegistered."""
    fields = row.fields()
    identifier, version = fields.pop("id", None), fields.pop("version", None)
    await _refuse_twin(fields.get("mobile"), fields.get("licence"), identifier, work)
    if identifier is None:
        return await create_contact(CreateContact(**fields), work), True
    if version is None:
        raise MatchRequired("send the version that was read", field="version")
    contact = await work.get(Contact, identifier)
    if contact.version != version:
        raise Stale(f"the present version is {contact.version}", version=contact.version)
    return await correct_contact(CorrectContact(contact_id=identifier, **fields), work), False


async def _refuse_twin(mobile: str | None, licence: str | None, own: str | None, work: UnitOfWork) -> None:
    keys = {"mobile": e164(mobile) if mobile else None, "licence": plain_licence(licence) if licence else None}
    for name, number in keys.items():
        twin = await work.find_one(Contact, {name: {"$eq": number, "$type": "string"}}) if number else None
        if twin is not None and twin.id != own:
            raise AlreadyRegistered(contact_id=twin.id)
