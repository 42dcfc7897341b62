"""HTTP of contacts. Commands that meet on one contact or institution queue on its id instead of undoing one another."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Query, Read, Router, Run
from chassis.http.export import EXPORTED, Exports
from chassis.reads import Change
from contracts.ids import AccountId, ContactId, DepartmentId
from pydantic import Field
from starlette.responses import Response

from customer.contacts.correct_contact import ContactCorrections, CorrectContact, correct_contact
from customer.contacts.create_contact import CreateContact, FirstAffiliation, create_contact
from customer.contacts.exporting import COLUMNS, is_known
from customer.contacts.facts import ContactFacts
from customer.contacts.model import AlreadyRegistered, Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.contacts.qualifications import MAX_QUALIFICATIONS, QualificationEntry, QualificationFacts
from customer.contacts.queries import (
    ContactName,
    ContactOut,
    list_contacts,
    names_of,
    with_the_match,
)
from customer.redirecting import REDIRECTED, Redirect
from customer.texts import Name, Note, ShortText, absent
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/contacts", tags=["contacts"])

MAX_NAMES = 500


class QualificationBody(QualificationFacts, Body):
    """A qualification of a new contact."""


class QualificationEntryBody(QualificationEntry, Body):
    """A qualification in a list that replaces another; with the `id` of one there it is that one."""


class FirstAffiliationBody(FirstAffiliation, Body):
    """Where a new contact works; from today unless it says otherwise."""


class ContactBody(ContactFacts, Body):
    """A contact to register."""

    name: Name
    affiliation: FirstAffiliationBody
    qualifications: Annotated[list[QualificationBody], Field(max_length=MAX_QUALIFICATIONS)] = Field(
        default_factory=list
    )


class ContactCorrectionsBody(ContactCorrections, Body):
    """What to correct: the fields that are sent change, null clears what may be empty; `qualifications` replaces the
    list."""

    qualifications: Annotated[list[QualificationEntryBody], Field(max_length=MAX_QUALIFICATIONS)] = absent()


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
async def post_contact(body: ContactBody, run: Run, read: Read, today: Today) -> Answer:
    """Register a contact and where they work."""
    try:
        contact = await run(create_contact, CreateContact(**body.fields()), locks=[body.affiliation.account_id])
    except AlreadyRegistered as refusal:
        raise await with_the_match(refusal, body.mobile, body.licence, read) from refusal
    return Answer(ContactOut.of(contact, today=today), version=contact.version)


@router.get("", permission=Permission.CONTACTS_READ, response_model=Page[ContactOut], responses=EXPORTED)
async def get_contacts(
    read: Read,
    page: PageArgs,
    export: Exports,
    today: Today,
    account_id: AccountId | None = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    q: Annotated[str | None, Query(max_length=100, description="Part of the name, its pinyin or initials")] = None,
) -> Response:
    """The contacts in the caller's scope, as JSON or, by `Accept`, the whole list as a table.

    `account_id` shows those who work there or are to. With `as_of` it shows who works there on that date, and of
    everybody the affiliations of that date; `known_at` shows what was believed, and then the order is that of the ids.
    """
    return await export(
        page,
        lambda one: list_contacts(read, one, account_id=account_id, q=q, today=today, as_of=as_of, known_at=known_at),
        name="contacts",
        columns=COLUMNS,
        keep=is_known,
    )


@router.post("/names", permission=Permission.CONTACTS_READ, response_model=Page[ContactName])
async def post_names(body: NamesBody, read: Read) -> Answer:
    """Names of contacts in the caller's scope, for display; others are left out."""
    return Answer(await names_of(read, body.ids))


@router.get("/{contact_id}", permission=Permission.CONTACTS_READ, response_model=ContactOut, responses=REDIRECTED)
async def get_contact(
    contact_id: str, read: Read, redirect: Redirect, today: Today, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """One contact with the knowledge asked for; `as_of` shows the affiliations of that date only."""
    if elsewhere := await redirect(Contact, contact_id, known_at):
        return elsewhere
    contact = await read.at(Contact, contact_id, known_at=known_at)
    return Answer(ContactOut.of(contact, as_of, today=today), version=contact.version if known_at is None else None)


@router.patch("/{contact_id}", permission=Permission.CONTACTS_WRITE, response_model=ContactOut)
async def patch_contact(contact_id: str, body: ContactCorrectionsBody, run: Run, read: Read, today: Today) -> Answer:
    """Correct what is said of a contact; where the person works changes by a move."""
    command = CorrectContact(contact_id=contact_id, **body.fields())
    try:
        contact = await run(correct_contact, command, subject=contact_id, require_match=True, locks=[contact_id])
    except AlreadyRegistered as refusal:
        raise await with_the_match(refusal, body.mobile, body.licence, read) from refusal
    return Answer(ContactOut.of(contact, today=today), version=contact.version)


@router.post(
    "/{contact_id}/moves",
    status_code=201,
    permission=Permission.CONTACTS_MOVE,
    response_model=ContactOut,
    responses={200: {"model": ContactOut, "description": "The contact works there already; nothing was changed"}},
)
async def post_move(contact_id: str, body: MoveBody, run: Run, today: Today) -> Answer:
    """Move the primary employment; 200 and nothing recorded when the contact has that place on that date."""
    command = MoveContact(contact_id=contact_id, **body.fields())
    contact = await run(move_contact, command, subject=contact_id, locks=[contact_id, body.to_account_id])
    return Answer(ContactOut.of(contact, today=today), version=contact.version, status=200 if contact.unmoved else None)


@router.get("/{contact_id}/history", permission=Permission.CONTACTS_READ, response_model=Page[Change])
async def get_contact_history(contact_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first; personal fields are named without their values."""
    return Answer(await read.history(Contact, contact_id, page))
