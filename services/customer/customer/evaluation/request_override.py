"""Ask for another tier."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import ScoreSubject, Tier

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.evaluation.overrides import ScoreOverride
from customer.texts import Note


class RequestOverride(Command):
    """A subject is to count as a tier until a date (exclusive)."""

    subject: ScoreSubject
    subject_id: str
    tier: Tier
    reason: Note
    expires_on: date


async def request_override(command: RequestOverride, work: UnitOfWork) -> ScoreOverride:
    """The request, which somebody else decides.

    Raises: NotFound, Merged, Erased, RuleBroken for a date that has come; OverridePending at the end of the unit.
    """
    subject = await work.get(Account if command.subject is ScoreSubject.ACCOUNT else Contact, command.subject_id)
    if command.expires_on <= work.today:
        work.violate("expires_on", "not_in_the_future", "An override ends on a day to come")
    work.check()
    await work.require(subject)
    override = ScoreOverride(
        id=ScoreOverride.new_id(),
        **command.model_dump(),
        requested_by=work.principal.employee_id,
        requester=work.principal.subject,
        requested_at=work.now,
    )
    work.add(override, override.requested())
    work.emit_stamps(override, subject.visible)
    return override
