"""Hand a request in; where the policy says so and the proposer has been right so far, it is accepted at once."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.about import restamp
from customer.change_requests.accuracy import accuracy_of, judged_within
from customer.change_requests.apply import apply_accepted, judge_completeness
from customer.change_requests.base import refuse_moved_base, subject_of
from customer.change_requests.model import ChangeRequest
from customer.working_policy.model import WorkingPolicy, policy_of


class SubmitRequest(Command):
    """Let stewards have it."""

    request_id: str


async def submit_request(command: SubmitRequest, work: UnitOfWork) -> ChangeRequest:
    """The request afterwards: submitted, or applied by rule.

    Raises: NotFound, Stale, NotTheRequester, IllegalStep, BaseMoved; RuleBroken when something new lacks what it needs;
    what applying raises.
    """
    request = await work.get(ChangeRequest, command.request_id)
    request.own(work.principal.employee_id)
    policy = await policy_of(work)
    submitted = request.submit(work.now, policy.due(work.today, policy.request_days))
    judge_completeness(request, {one.field: one.proposed for one in request.proposals}, work)
    work.check()
    if not request.is_new:
        subject = await subject_of(request, work)
        assert request.base_version is not None
        refuse_moved_base(request.proposals, request.base_version, subject, work)
    await restamp(request, work)
    if await _is_let_through(request, policy, work):
        judged = request.accept_by_rule(work.now)
        work.save(request, submitted, judged, *await apply_accepted(request, work))
    else:
        work.save(request, submitted)
    return request


async def _is_let_through(request: ChangeRequest, policy: WorkingPolicy, work: UnitOfWork) -> bool:
    rule = policy.acceptance
    fields = {f"{request.subject.value}.{one.field}" for one in request.proposals}
    if not rule.enabled or request.is_new or not fields.issubset(rule.fields):
        return False
    if not work.principal.sees((await subject_of(request, work)).visible):
        return False
    judged = await work.survey(ChangeRequest, judged_within(request.requester_id, rule, work.now))
    return accuracy_of(judged).suffices(rule)
