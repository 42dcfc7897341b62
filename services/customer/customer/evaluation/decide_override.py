"""Approve or reject another tier."""

from chassis.command import Command
from chassis.refusals import NotFound
from chassis.work import UnitOfWork
from contracts.values import ScoreSubject, Stamp

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.evaluation.overrides import ScoreOverride
from customer.texts import Note


class ApproveOverride(Command):
    """The subject counts as the tier asked for from today."""

    override_id: str
    reason: Note | None = None


class RejectOverride(Command):
    """The subject keeps its tier."""

    override_id: str
    reason: Note


async def approve_override(command: ApproveOverride, work: UnitOfWork) -> ScoreOverride:
    """The override, in force. Raises: NotFound, Stale, Merged, OverrideDecided, OwnRequest, OverrideExpired."""
    override, stamps = await _in_scope(command.override_id, work)
    event = override.approve(work.principal, reason=command.reason, today=work.today, at=work.now)
    work.save(override, event, valid_from=work.today)
    work.emit_stamps(override, stamps)
    return override


async def reject_override(command: RejectOverride, work: UnitOfWork) -> ScoreOverride:
    """The override, rejected. Raises: NotFound, Stale, Merged, OverrideDecided, OwnRequest."""
    override, stamps = await _in_scope(command.override_id, work)
    work.save(override, override.reject(work.principal, reason=command.reason, at=work.now))
    work.emit_stamps(override, stamps)
    return override


async def _in_scope(override_id: str, work: UnitOfWork) -> tuple[ScoreOverride, list[Stamp]]:
    """The override of a subject in scope, and who sees the subject."""
    found = await work.survey(ScoreOverride, {"_id": override_id})
    if not found:
        raise NotFound(f"{override_id} does not exist")
    override = found[0]
    subject = await work.find_one(_model(override.subject), {"_id": override.subject_id})
    if subject is None:
        raise NotFound(f"{override_id} does not exist")
    gone = subject.gone()
    if gone is not None:
        raise gone
    work.match(override)
    return override, subject.visible


def _model(subject: ScoreSubject) -> type[Account] | type[Contact]:
    return Account if subject is ScoreSubject.ACCOUNT else Contact
