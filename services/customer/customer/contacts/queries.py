"""Reads of contacts."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from chassis.reads import Paging, Reads
from contracts.values import ContactStatus
from pydantic import BaseModel

from customer.contacts.affiliations import Affiliation
from customer.contacts.licence import plain_licence
from customer.contacts.mobile import e164
from customer.contacts.model import AlreadyRegistered, Contact
from customer.contacts.qualifications import Qualification
from customer.contacts.status import StatusEntry
from customer.search import matches_text
from customer.searching import search_page


class AffiliationOut(BaseModel):
    """Where a contact works from `valid_from` until `valid_to` (exclusive, null: until further notice)."""

    id: str
    account_id: str
    department_id: str | None
    role: str | None
    primary: bool
    share: int
    valid_from: date
    valid_to: date | None
    evidence: str | None

    @classmethod
    def of(cls, affiliation: Affiliation) -> "AffiliationOut":
        """The answer for an affiliation."""
        return cls(**dict(affiliation))


class QualificationOut(BaseModel):
    """A qualification; it holds from `valid_from` until `valid_to` (exclusive, null: for good)."""

    id: str
    kind: str
    number: str | None
    issuer: str | None
    valid_from: date | None
    valid_to: date | None

    @classmethod
    def of(cls, qualification: Qualification) -> "QualificationOut":
        """The answer for a qualification."""
        return cls(**dict(qualification))


class StatusOut(BaseModel):
    """The contact is worked with, or is not, from `on` until the next one's date."""

    status: ContactStatus
    on: date
    reason: str | None

    @classmethod
    def of(cls, entry: StatusEntry) -> "StatusOut":
        """The answer for a change of the status."""
        return cls(**dict(entry))


class ContactOut(BaseModel):
    """A contact as the API shows it: `affiliations` and `qualifications` of the date asked about, or all of them when
    none was; `status` is that of the date, or of today. An erased contact has no name."""

    id: str
    name: str | None
    title: str | None
    specialty: str | None
    mobile: str | None
    pinyin: str | None
    licence: str | None
    qualifications: list[QualificationOut]
    status: ContactStatus
    statuses: list[StatusOut]
    affiliations: list[AffiliationOut]
    erased: bool
    created_at: datetime
    recorded_at: datetime
    version: int

    @classmethod
    def of(cls, contact: Contact, as_of: date | None = None, *, today: date) -> "ContactOut":
        """The answer for a contact."""
        return cls(
            id=contact.id,
            name=contact.name,
            title=contact.title,
            specialty=contact.specialty,
            mobile=contact.mobile,
            pinyin=contact.pinyin,
            licence=contact.licence,
            qualifications=[
                QualificationOut.of(one) for one in contact.qualifications if as_of is None or one.holds_on(as_of)
            ],
            status=contact.status_on(as_of or today),
            statuses=[StatusOut.of(one) for one in contact.statuses],
            erased=contact.erasure is not None,
            affiliations=affiliations_of(contact, as_of),
            created_at=contact.created_at,
            recorded_at=contact.recorded_at,
            version=contact.version,
        )


class ContactName(BaseModel):
    """What a contact is called."""

    id: str
    name: str | None


def affiliations_of(contact: Contact, as_of: date | None) -> list[AffiliationOut]:
    """Affiliations that hold on a date, or all of them."""
    shown = contact.affiliations if as_of is None else contact.affiliations_on(as_of)
    return [AffiliationOut.of(one) for one in shown]


async def list_contacts(
    read: Reads,
    page: Paging,
    *,
    account_id: str | None,
    q: str | None,
    today: date,
    as_of: date | None,
    known_at: datetime | None,
) -> dict[str, Any]:
    """The contacts in scope; of an institution, those who work there or are to, or who work there on `as_of`."""

    def out(contact: Contact) -> ContactOut:
        return ContactOut.of(contact, as_of, today=today)

    if known_at is not None:
        fits = _believed_fit(account_id, q, as_of, today)
        return await read.page_known(
            Contact, known_at, page, keep=fits, out=out, mark=[account_id, q, as_of, today if account_id else None]
        )
    where: dict[str, Any] = {"survivor_id": None}
    if account_id is not None:
        where |= Contact.working_at(account_id, today, as_of=as_of)
    return await search_page(read, Contact, q, where, page, out=out, sortable={"created_at"})


def _believed_fit(account_id: str | None, q: str | None, as_of: date | None, today: date) -> Callable[[Contact], bool]:
    """The judgement of the filter in memory: what the store holds in its indexes is of now only."""

    def fits(contact: Contact) -> bool:
        there = contact.lasting(today) if as_of is None else contact.affiliations_on(as_of)
        return (
            not contact.is_merged
            and (not q or not q.strip() or matches_text(q, contact.dump()))
            and (account_id is None or any(one.account_id == account_id for one in there))
        )

    return fits


async def names_of(read: Reads, contact_ids: list[str]) -> dict[str, Any]:
    """Names of the contacts in scope, in the order asked for; ids out of scope are left out."""
    found = await read.find(Contact, {"_id": {"$in": contact_ids}}, limit=len(contact_ids))
    names = {contact.id: contact.name for contact in found}
    return {"items": [ContactName(id=one, name=names[one]) for one in contact_ids if one in names], "next": None}


async def with_the_match(
    refusal: AlreadyRegistered, mobile: str | None, licence: str | None, read: Reads
) -> AlreadyRegistered:
    """The refusal naming the contact that has one of the numbers already, if the caller can see it."""
    keys = {"mobile": e164(mobile) if mobile else None, "licence": plain_licence(licence) if licence else None}
    for name, number in keys.items():
        match = await read.find_one(Contact, {name: {"$eq": number, "$type": "string"}}) if number else None
        if match is not None:
            return AlreadyRegistered(contact_id=match.id)
    return refusal
