"""HTTP of where a contact works besides moves: further affiliations, their ends, roles, corrections, cancelled plans."""

from datetime import date

from chassis.http import Answer, Body, Page, Permission, Read, Router, Run
from contracts.ids import AffiliationId
from contracts.values import ContactStatus

from customer.contacts.affiliations import Share
from customer.contacts.cancel_affiliation import CancelAffiliation, cancel_affiliation
from customer.contacts.change_role import ChangeRole, change_role
from customer.contacts.change_status import ChangeContactStatus, change_contact_status
from customer.contacts.correct_affiliation import AffiliationCorrections, CorrectAffiliation, correct_affiliation
from customer.contacts.end_affiliation import EndAffiliation, end_affiliation
from customer.contacts.model import Contact
from customer.contacts.queries import AffiliationOut, ContactOut, affiliations_of
from customer.contacts.take_up_affiliation import AffiliationFacts, TakeUpAffiliation, take_up_affiliation
from customer.texts import Note, ShortText
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/contacts", tags=["contacts"])


class AffiliationBody(AffiliationFacts, Body):
    """A further affiliation: a second employment unless it says that it is the primary one; from today by default."""


class EndBody(Body):
    """The date from which the contact no longer works there, and why."""

    on: date
    reason: Note


class RoleBody(Body):
    """The role from `on`; the share stays unless another is given."""

    role: ShortText | None
    share: Share | None = None
    on: date


class AffiliationCorrectionsBody(AffiliationCorrections, Body):
    """What to correct: the fields that are sent change; `valid_to` null takes the end away."""


class CancellationBody(Body):
    """Why the plan is given up."""

    reason: Note


class StatusBody(Body):
    """Whether the contact is worked with, from today unless it says otherwise, and why."""

    status: ContactStatus
    reason: Note
    on: date | None = None


@router.get("/{contact_id}/affiliations", permission=Permission.CONTACTS_READ, response_model=Page[AffiliationOut])
async def get_affiliations(contact_id: str, read: Read, as_of: AsOf = None, known_at: KnownAt = None) -> Answer:
    """Where the contact works and worked, in order; `as_of` shows what holds on that date only."""
    contact = await read.at(Contact, contact_id, known_at=known_at)
    return Answer({"items": affiliations_of(contact, as_of), "next": None})


@router.post(
    "/{contact_id}/affiliations", status_code=201, permission=Permission.CONTACTS_MOVE, response_model=ContactOut
)
async def post_affiliation(contact_id: str, body: AffiliationBody, run: Run, today: Today) -> Answer:
    """Take up a further affiliation at any institution of the directory."""
    command = TakeUpAffiliation(contact_id=contact_id, **body.fields())
    contact = await run(take_up_affiliation, command, subject=contact_id, locks=[contact_id, body.account_id])
    return _answer(contact, today)


@router.patch(
    "/{contact_id}/affiliations/{affiliation_id}", permission=Permission.CONTACTS_MOVE, response_model=ContactOut
)
async def patch_affiliation(
    contact_id: str, affiliation_id: AffiliationId, body: AffiliationCorrectionsBody, run: Run, today: Today
) -> Answer:
    """Correct period or share of an affiliation; If-Match speaks of the contact."""
    command = CorrectAffiliation(contact_id=contact_id, affiliation_id=affiliation_id, **body.fields())
    contact = await run(correct_affiliation, command, subject=contact_id, require_match=True, locks=[contact_id])
    return _answer(contact, today)


@router.post(
    "/{contact_id}/affiliations/{affiliation_id}/end", permission=Permission.CONTACTS_MOVE, response_model=ContactOut
)
async def post_end(contact_id: str, affiliation_id: AffiliationId, body: EndBody, run: Run, today: Today) -> Answer:
    """End an affiliation without another in its place; a date in the future is a plan."""
    command = EndAffiliation(contact_id=contact_id, affiliation_id=affiliation_id, **body.fields())
    return _answer(await run(end_affiliation, command, subject=contact_id, locks=[contact_id]), today)


@router.post(
    "/{contact_id}/affiliations/{affiliation_id}/role", permission=Permission.CONTACTS_MOVE, response_model=ContactOut
)
async def post_role(contact_id: str, affiliation_id: AffiliationId, body: RoleBody, run: Run, today: Today) -> Answer:
    """Change the role at the same place from a date; the affiliation that holds from then on has an id of its own."""
    command = ChangeRole(contact_id=contact_id, affiliation_id=affiliation_id, **body.fields())
    return _answer(await run(change_role, command, subject=contact_id, locks=[contact_id]), today)


@router.post(
    "/{contact_id}/affiliations/{affiliation_id}/cancellation",
    permission=Permission.CONTACTS_MOVE,
    response_model=ContactOut,
)
async def post_cancellation(
    contact_id: str, affiliation_id: AffiliationId, body: CancellationBody, run: Run, today: Today
) -> Answer:
    """Take back what has not begun; the affiliation that it would have ended goes on."""
    command = CancelAffiliation(contact_id=contact_id, affiliation_id=affiliation_id, **body.fields())
    return _answer(await run(cancel_affiliation, command, subject=contact_id, locks=[contact_id]), today)


@router.post("/{contact_id}/status", permission=Permission.CONTACTS_WRITE, response_model=ContactOut)
async def post_status(contact_id: str, body: StatusBody, run: Run, today: Today) -> Answer:
    """Say whether the contact is worked with; a date in the future is a plan."""
    command = ChangeContactStatus(contact_id=contact_id, **body.fields())
    return _answer(await run(change_contact_status, command, subject=contact_id, locks=[contact_id]), today)


def _answer(contact: Contact, today: date) -> Answer:
    return Answer(ContactOut.of(contact, today=today), version=contact.version)
