"""Correct what was recorded of an affiliation."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from pydantic import BaseModel, ConfigDict

from customer.accounts.model import Account
from customer.contacts import timeline
from customer.contacts.affiliations import Affiliation, Share
from customer.contacts.model import Contact
from customer.contacts.places import judge_place
from customer.contacts.visibility import restamp, stamps_of
from customer.planning import refuse_far_plans
from customer.texts import Note, absent


class AffiliationCorrections(BaseModel):
    """Period or share as they should have been recorded: the fields that are sent change; `valid_to` null takes the
    end away."""

    model_config = ConfigDict(extra="forbid")

    share: Share = absent()
    valid_from: date = absent()
    valid_to: date | None = None
    evidence: Note | None = None


class CorrectAffiliation(AffiliationCorrections, Command):
    """Overwrite period, share or evidence of an affiliation; what was believed before can still be asked for."""

    contact_id: str
    affiliation_id: str


async def correct_affiliation(command: CorrectAffiliation, work: UnitOfWork) -> Contact:
    """The contact afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale, Erased, EndsBeforeItStarts, TwoPrimaries, SharesExceedWhole, RuleBroken.
    """
    contact = await work.get(Contact, command.contact_id)
    before = timeline.found(contact.affiliations, command.affiliation_id)
    facts = {name: getattr(command, name) for name in command.model_fields_set & set(timeline.PERIOD_AND_SHARE)}
    event = contact.correct_affiliation(command.affiliation_id, facts)
    if event is None:
        return contact
    after = timeline.found(contact.affiliations, command.affiliation_id)
    if {"valid_from", "valid_to"} & set(event.changed):
        await _judge_period(after, work)
    await restamp(contact, work)
    work.save(contact, event, valid_from=min(before.valid_from, after.valid_from))
    work.emit_stamps(contact, await stamps_of((event.account_id,), work))
    return contact


async def _judge_period(affiliation: Affiliation, work: UnitOfWork) -> None:
    account = await work.directory(Account, affiliation.account_id, field="account_id")
    await judge_place(
        work,
        account,
        None,
        start=affiliation.valid_from,
        until=affiliation.valid_to,
        account_field="valid_to",
        department_field="valid_to",
    )
    refuse_far_plans(work, affiliation.valid_from, field="valid_from")
    work.check()
