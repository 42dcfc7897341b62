"""Say that a pair is not one."""

from chassis.command import Command
from chassis.refusals import NotFound
from chassis.work import UnitOfWork

from customer.duplicates.model import AlreadyDismissed, Candidate, Dismissal, Standing
from customer.duplicates.queries import seen_by
from customer.texts import Note


class DismissDuplicate(Command):
    """Dismiss a pair for as long as neither side changes materially."""

    candidate_id: str
    reason: Note


async def dismiss_duplicate(command: DismissDuplicate, work: UnitOfWork) -> Dismissal:
    """The dismissal; a later one of the same pair, after a change, takes its place.

    Raises: NotFound when the caller does not see both sides; AlreadyDismissed.
    """
    found = await work.find(Candidate, {"_id": command.candidate_id, **seen_by(work.principal)}, limit=1)
    if not found:
        raise NotFound(f"{command.candidate_id} does not exist")
    pair = found[0]
    if pair.standing is Standing.DISMISSED:
        raise AlreadyDismissed
    there = await work.find_one(Dismissal, {"_id": pair.dismissal_id})
    dismissal = there or Dismissal(
        id=pair.dismissal_id,
        of=pair.kind,
        left_id=pair.left_id,
        right_id=pair.right_id,
        left_digest=None,
        right_digest=None,
        reason=None,
        dismissed_by=work.principal.subject,
        dismissed_at=work.now,
    )
    dismissal.left_digest, dismissal.right_digest = pair.left_digest, pair.right_digest
    dismissal.reason, dismissal.visible = command.reason, pair.visible
    dismissal.dismissed_by, dismissal.dismissed_at = work.principal.subject, work.now
    if there is None:
        work.add(dismissal, dismissal.dismissed(pair.score))
    else:
        work.save(dismissal, dismissal.dismissed(pair.score))
    pair.standing = Standing.DISMISSED
    await work.put(pair)
    return dismissal
