"""Record that a contact was asked for a consent, gave it or withdrew it."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import ConsentAct
from pydantic import BaseModel, ConfigDict

from customer.consents.model import Channel, ConsentEntry, Purpose
from customer.contacts.model import Contact
from customer.planning import refuse_far_plans, refuse_future
from customer.texts import Note


class ConsentFacts(BaseModel):
    """What happened to the consent to a channel for a purpose; today unless it says otherwise.

    An opt-in needs evidence, and may expire.
    """

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    purpose: Purpose
    act: ConsentAct
    on: date | None = None
    expires_on: date | None = None
    evidence: Note | None = None


class RecordConsent(ConsentFacts, Command):
    """Record what happened to a consent of a contact."""

    contact_id: str


async def record_consent(command: RecordConsent, work: UnitOfWork) -> Contact:
    """The contact afterwards; nothing is recorded when the last entry says the same.

    Raises: NotFound, Stale, Erased, ConsentWithdrawn, RuleBroken with every violation.
    """
    contact = await work.get(Contact, command.contact_id)
    on = command.on or work.today
    refuse_future(work, on, field="on")
    if command.act is ConsentAct.OPT_IN and command.evidence is None:
        work.violate("evidence", "evidence_required", "an opt-in is shown by something: a form, a message, a call")
    if command.expires_on is not None:
        if command.act is not ConsentAct.OPT_IN:
            work.violate("expires_on", "expiry_without_opt_in", "only an opt-in expires")
        elif command.expires_on <= on:
            work.violate("expires_on", "ends_before_it_starts", f"it is given on {on}")
        refuse_far_plans(work, command.expires_on, field="expires_on")
    work.check()
    entry = ConsentEntry(
        channel=command.channel,
        purpose=command.purpose,
        act=command.act,
        on=on,
        expires_on=command.expires_on,
        evidence=command.evidence,
        recorded=work.now,
        by=work.principal.subject,
    )
    event = contact.consent(entry)
    if event is not None:
        work.save(contact, event, valid_from=on)
    return contact
