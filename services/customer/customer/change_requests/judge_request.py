"""Judge a request field by field, and let what is accepted hold in the same breath."""

from typing import Annotated

from chassis.command import Command
from chassis.work import UnitOfWork
from pydantic import Field

from customer.change_requests.apply import apply_accepted, judge_completeness
from customer.change_requests.base import refuse_moved_base, subject_of
from customer.change_requests.model import ChangeRequest, Judgement, Verdict
from customer.texts import LongNote


class JudgeRequest(Command):
    """A verdict for each field. `base_version` says that the difference up to that version of the subject was seen."""

    request_id: str
    fields: dict[str, Judgement]
    note: LongNote | None = None
    base_version: Annotated[int, Field(ge=1)] | None = None


async def judge_request(command: JudgeRequest, work: UnitOfWork) -> ChangeRequest:
    """The request afterwards: rejected, or applied through the same use cases as direct writes, in this transaction.

    Raises: NotFound, Stale, IllegalStep, OwnRequest, ReviewedByAnother; RuleBroken with every violation; BaseMoved when
    an accepted field has moved; what applying raises.
    """
    request = await work.get(ChangeRequest, command.request_id)
    event = request.judge(
        _known(command, request, work), judge_id=work.principal.employee_id, note=command.note, at=work.now
    )
    judge_completeness(request, request.accepted, work)
    work.check()
    if request.accepted and not request.is_new:
        accepted = [one for one in request.proposals if one.verdict is Verdict.ACCEPT]
        subject = await subject_of(request, work)
        if command.base_version != subject.version:
            assert request.base_version is not None
            refuse_moved_base(accepted, request.base_version, subject, work)
    work.save(request, event, *await apply_accepted(request, work))
    return request


def _known(command: JudgeRequest, request: ChangeRequest, work: UnitOfWork) -> dict[str, Judgement]:
    work.collect(request.misjudged(command.fields))
    rejected = Judgement(verdict=Verdict.REJECT)
    return {one.field: command.fields.get(one.field, rejected) for one in request.proposals}
