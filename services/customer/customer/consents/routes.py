"""HTTP of consents."""

from chassis.http import Answer, Body, Page, Permission, Read, Router, Run

from customer.consents.model import Channel, Purpose
from customer.consents.queries import ConsentOut, consent_of, consents_of, with_merged
from customer.consents.record_consent import ConsentFacts, RecordConsent, record_consent
from customer.contacts.model import Contact
from customer.redirecting import REDIRECTED, Redirect
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/contacts", tags=["consents"])


class ConsentBody(ConsentFacts, Body):
    """What happened to the consent to a channel for a purpose; today unless it says otherwise."""


@router.post("/{contact_id}/consents", status_code=201, permission=Permission.CONSENTS_WRITE, response_model=ConsentOut)
async def post_consent(contact_id: str, body: ConsentBody, run: Run, read: Read, today: Today) -> Answer:
    """Record that the contact was asked for a consent, gave it or withdrew it; a withdrawal wins over any opt-in that
    is not both dated and recorded after it."""
    command = RecordConsent(contact_id=contact_id, **body.fields())
    contact = await run(record_consent, command, subject=contact_id, locks=[contact_id])
    return Answer(
        consent_of(await with_merged(read, contact), body.channel, body.purpose, today), version=contact.version
    )


@router.get(
    "/{contact_id}/consents",
    permission=Permission.CONSENTS_READ,
    response_model=Page[ConsentOut],
    responses=REDIRECTED,
)
async def get_consents(
    contact_id: str,
    read: Read,
    redirect: Redirect,
    today: Today,
    channel: Channel | None = None,
    purpose: Purpose | None = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Answer:
    """How the consents of a contact stand on a date; ask again at every use."""
    if elsewhere := await redirect(Contact, contact_id, known_at):
        return elsewhere
    contact = await read.at(Contact, contact_id, known_at=known_at)
    if known_at is None:
        contact = await with_merged(read, contact)
    return Answer({"items": consents_of(contact, as_of or today, channel=channel, purpose=purpose), "next": None})
