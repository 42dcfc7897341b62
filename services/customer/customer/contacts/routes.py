"""HTTP of contacts. Commands that meet on one contact or institution queue on its id instead of undoing one another."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Query, Read, Router, Run
from chassis.reads import Change
from contracts.ids import AccountId, ContactId, DepartmentId
from pydantic import Field

from customer.contacts.correct_contact import ContactCorrections, CorrectContact, correct_contact
from customer.contacts.create_contact import CreateContact, FirstAffiliation, create_contact
from customer.contacts.facts import ContactFacts
from customer.contacts.mobile import e164
from customer.contacts.model import AlreadyRegistered, Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.contacts.queries import (
    AffiliationOut,
    ContactName,
    ContactOut,
    affiliations_of,
    list_contacts,
    names_of,
    with_the_match,
)
from customer.texts import Name, Note, ShortText
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/contacts", tags=["contacts"])

MAX_NAMES = 500


class FirstAffiliationBody(FirstAffiliation, Body):
    """Where a new contact works; from today unless it says otherwise."""


class ContactBody(ContactFacts, Body):
    """A contact to register."""

    name: Name
    affiliation: FirstAffiliationBody


class ContactCorrectionsBody(ContactCorrections, Body):
    """What to correct: the fields that are sent change, null clears what may be empty."""


class MoveBody(Body):
    """A move of the primary employment.

    The role that is not sent stays as it is; so does the department within the same institution.
    """

    to_account_id: AccountId
    to_department_id: DepartmentId | None = None
    role: ShortText | None = None
    on: date
    evidence: Note | None = None


class NamesBody(Body):
    """Contacts whose names are asked for."""

    ids: Annotated[list[ContactId], Field(min_length=1, max_length=MAX_NAMES)]


@router.post("", status_code=201, permission=Permission.CONTACTS_WRITE, response_model=ContactOut)
async def post_contact(body: ContactBody, run: Run, read: Read) -> Answer:
    """Register a contact and where they work."""
    try:
        contact = await run(create_contact, CreateContact(**body.fields()), locks=[body.affiliation.account_id])
    except AlreadyRegistered as refusal:
        raise await with_the_match(refusal, e164(body.mobile or ""), read) from refusal
    return Answer(ContactOut.of(contact), version=contact.version)


@router.get("", permission=Permission.CONTACTS_READ, response_model=Page[ContactOut])
async def get_contacts(
    read: Read,
    page: PageArgs,
    today: Today,
    account_id: AccountId | None = None,
    q: Annotated[str | None, Query(max_length=100, description="Part of the name, its pinyin or initials")] = None,
) -> Answer:
    """The contacts in the caller's scope; `account_id` shows those who work there or are to."""
    return Answer(await list_contacts(read, page, account_id=account_id, q=q, today=today))


@router.post("/names", permission=Permission.CONTACTS_READ, response_model=Page[ContactName])
async def post_names(body: NamesBody, read: Read) -> Answer:
    """Names of contacts in the caller's scope, for display; others are left out."""
    return Answer(await names_of(read, body.ids))


@router.get("/{contact_id}", permission=Permission.CONTACTS_READ, response_model=ContactOut)
async def get_contact(contact_id: str, read: Read, as_of: AsOf = None, known_at: KnownAt = None) -> Answer:
    """One contact with the knowledge asked for; `as_of` shows the affiliations of that date only."""
    contact = await read.at(Contact, contact_id, known_at=known_at)
    return Answer(ContactOut.of(contact, as_of), version=contact.version if known_at is None else None)


@router.patch("/{contact_id}", permission=Permission.CONTACTS_WRITE, response_model=ContactOut)
async def patch_contact(contact_id: str, body: ContactCorrectionsBody, run: Run, read: Read) -> Answer:
    """Correct what is said of a contact; where the person works changes by a move."""
    command = CorrectContact(contact_id=contact_id, **body.fields())
    try:
        contact = await run(correct_contact, command, subject=contact_id, require_match=True, locks=[contact_id])
    except AlreadyRegistered as refusal:
        raise await with_the_match(refusal, e164(body.mobile or ""), read) from refusal
    return Answer(ContactOut.of(contact), version=contact.version)


@router.post(
    "/{contact_id}/moves",
    status_code=201,
    permission=Permission.CONTACTS_MOVE,
    response_model=ContactOut,
    responses={200: {"model": ContactOut, "description": "The contact works there already; nothing was changed"}},
)
async def post_move(contact_id: str, body: MoveBody, run: Run) -> Answer:
    """Move the primary employment; 200 and nothing recorded when the contact has that place on that date."""
    command = MoveContact(contact_id=contact_id, **body.fields())
    contact = await run(move_contact, command, subject=contact_id, locks=[contact_id, body.to_account_id])
    return Answer(ContactOut.of(contact), version=contact.version, status=200 if contact.unmoved else None)


@router.get("/{contact_id}/affiliations", permission=Permission.CONTACTS_READ, response_model=Page[AffiliationOut])
async def get_affiliations(contact_id: str, read: Read, as_of: AsOf = None, known_at: KnownAt = None) -> Answer:
    """Where the contact works and worked, in order; `as_of` shows what holds on that date only."""
    contact = await read.at(Contact, contact_id, known_at=known_at)
    return Answer({"items": affiliations_of(contact, as_of), "next": None})


@router.get("/{contact_id}/history", permission=Permission.CONTACTS_READ, response_model=Page[Change])
async def get_contact_history(contact_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first; personal fields are named without their values."""
    return Answer(await read.history(Contact, contact_id, page))
