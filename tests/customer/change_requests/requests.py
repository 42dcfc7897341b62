"""Short words for proposing and judging."""

from typing import Any

from chassis.principal import Principal
from chassis.testing import FakeUnitOfWork, a_rep, a_steward
from chassis.testing.fake import run_in
from chassis.testing.principals import NORTH
from customer.change_requests.judge_request import JudgeRequest, judge_request
from customer.change_requests.model import ChangeRequest, Judgement, Verdict
from customer.change_requests.proposals import ProposedFields
from customer.change_requests.propose_change import ProposeChange, propose_change
from customer.change_requests.submit_request import SubmitRequest, submit_request
from customer.change_requests.take_request import TakeRequest, take_request

REP = a_rep(path=NORTH)
STEWARD = a_steward()


def a_proposal(subject_id: str | None = "acc_A", *, kind: str = "account", **more: Any) -> ProposeChange:
    """Beds of hospital A, unless it says otherwise."""
    fields = more.pop("fields", {"beds": 700})
    body = {"subject": kind, "subject_id": subject_id, "reason": "the door plate says so", **more}
    return ProposeChange(fields=ProposedFields.model_validate(fields), **body)


def a_verdict(request: ChangeRequest, **verdicts: str) -> JudgeRequest:
    """Verdicts by field."""
    fields = {field: Judgement(verdict=Verdict(verdict)) for field, verdict in verdicts.items()}
    return JudgeRequest(request_id=request.id, fields=fields)


async def proposed(work: FakeUnitOfWork, command: ProposeChange | None = None, by: Principal = REP) -> ChangeRequest:
    """A draft."""
    return await run_in(work.next(principal=by), propose_change, command or a_proposal())


async def submitted(work: FakeUnitOfWork, command: ProposeChange | None = None, by: Principal = REP) -> ChangeRequest:
    """A request that waits."""
    request = await proposed(work, command, by)
    return await run_in(work.next(principal=by), submit_request, SubmitRequest(request_id=request.id))


async def in_review(work: FakeUnitOfWork, command: ProposeChange | None = None, by: Principal = REP) -> ChangeRequest:
    """A request that a steward has taken up."""
    request = await submitted(work, command, by)
    return await run_in(work.next(principal=STEWARD), take_request, TakeRequest(request_id=request.id))


async def judged(work: FakeUnitOfWork, request: ChangeRequest, **verdicts: str) -> ChangeRequest:
    """The request after the steward's verdict."""
    return await run_in(work.next(principal=STEWARD), judge_request, a_verdict(request, **verdicts))
