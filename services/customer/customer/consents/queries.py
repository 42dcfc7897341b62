"""Reads of consents."""

from datetime import date, datetime

from chassis.reads import Reads
from contracts.values import ConsentAct, ConsentStanding
from pydantic import BaseModel

from customer.consents.model import standing, subjects
from customer.contacts.model import Contact
from customer.contacts.same_person import merged_into


class ConsentEntryOut(BaseModel):
    """What happened to a consent on a date."""

    act: ConsentAct
    on: date
    expires_on: date | None
    evidence: str | None
    recorded: datetime
    by: str


class ConsentOut(BaseModel):
    """The consent to one channel for one purpose as it stands on a date; `allowed` says whether it may be used."""

    channel: str
    purpose: str
    state: ConsentStanding
    since: date | None
    expires_on: date | None
    allowed: bool
    entries: list[ConsentEntryOut]


async def with_merged(read: Reads, contact: Contact) -> Contact:
    """The contact with what the entries that were merged into it said too: who has withdrawn anywhere has withdrawn."""
    if not contact.absorbed:
        return contact
    same = await merged_into(read.store, [contact.id])
    entries = [*contact.consents, *(entry for one in same.values() for entry in one.consents)]
    return contact.model_copy(update={"consents": sorted(entries, key=lambda entry: entry.recorded)})


def consent_of(contact: Contact, channel: str, purpose: str, day: date) -> ConsentOut:
    """How one consent of a contact stands on a date; nobody may address an erased contact."""
    found = standing(contact.consents, channel, purpose, day)
    return ConsentOut(
        channel=channel,
        purpose=purpose,
        state=found.state,
        since=found.since,
        expires_on=found.expires_on,
        allowed=contact.allowed(channel, purpose, day),
        entries=[
            ConsentEntryOut(**one.model_dump(include=set(ConsentEntryOut.model_fields)))
            for one in contact.consents
            if (one.channel, one.purpose) == (channel, purpose)
        ],
    )


def consents_of(contact: Contact, day: date, *, channel: str | None, purpose: str | None) -> list[ConsentOut]:
    """All consents of a contact that something is known of, or those of a channel or a purpose."""
    return [
        consent_of(contact, *subject, day)
        for subject in subjects(contact.consents)
        if channel in (None, subject[0]) and purpose in (None, subject[1])
    ]
