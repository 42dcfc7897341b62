"""Change a draft."""

from typing import Annotated

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EvidenceId
from pydantic import Field

from customer.about import restamp
from customer.change_requests.base import subject_of
from customer.change_requests.evidence import name_evidence
from customer.change_requests.model import MAX_EVIDENCE, ChangeRequest
from customer.change_requests.proposals import ProposedFields
from customer.change_requests.propose_change import RequestFacts, based, proposed_fields
from customer.texts import LongNote, absent


class RequestCorrections(RequestFacts):
    """What is sent changes; `fields` and `evidence` replace all of theirs."""

    fields: ProposedFields = absent()
    reason: LongNote = absent()
    evidence: Annotated[list[EvidenceId], Field(max_length=MAX_EVIDENCE)] = absent()


class ReviseRequest(RequestCorrections, Command):
    """Say a draft anew."""

    request_id: str


async def revise_request(command: ReviseRequest, work: UnitOfWork) -> ChangeRequest:
    """The draft afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale, NotTheRequester, IllegalStep, BaseMoved; RuleBroken with every violation.
    """
    request = await work.get(ChangeRequest, command.request_id)
    request.own(work.principal.employee_id)
    before = request.model_copy(deep=True)
    named = command.model_fields_set
    event = request.revise({name: getattr(command, name) for name in named & {"reason"}})
    new = request.subject_id is None
    values = {one.field: one.proposed for one in request.proposals}
    if "fields" in named:
        values = proposed_fields(command, request.subject, new=new, work=work)
    if "evidence" in named:
        request.evidence = await name_evidence(command.evidence, request.id, before.evidence, work)
    work.check()
    if "fields" in named or "base_version" in named:
        subject = None if new else await subject_of(request, work)
        base_version = command.base_version if "base_version" in named else request.base_version
        rebased = command.model_copy(update={"base_version": base_version})
        request.base_version, request.proposals = await based(rebased, request.subject, subject, values, work)
    if request != before:
        await restamp(request, work)
        work.save(request, event)
    return request
