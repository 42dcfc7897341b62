"""HTTP of change requests. Commands that meet on one request, or on its subject, queue."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from chassis.files import Files
from chassis.http import Answer, Body, Form, Page, PageArgs, Permission, Query, Read, Router, Run, Upload
from chassis.http.facts import edge_of
from chassis.reads import Change, Reads
from chassis.refusals import NotFound
from contracts.ids import EmployeeId, EvidenceId
from fastapi import Depends, Request
from pydantic import BeforeValidator, Field, create_model
from starlette.responses import Response, StreamingResponse

from customer.about import SubjectId, SubjectKind
from customer.accounts.facts import MAX_DEPARTMENTS, DepartmentEntry
from customer.change_requests.evidence import MAX_BYTES, MEDIA_TYPES, UploadEvidence, upload_evidence
from customer.change_requests.impact import ImpactOut, impact_of
from customer.change_requests.judge_request import JudgeRequest, judge_request
from customer.change_requests.model import MAX_EVIDENCE, ChangeRequest, Evidence, Judgement, RequestStatus
from customer.change_requests.proposals import (
    ProposedAffiliation,
    ProposedEnd,
    ProposedFields,
    ProposedGrade,
    ProposedMove,
    ProposedParent,
    ProposedRole,
    ProposedStage,
    ProposedStatus,
)
from customer.change_requests.propose_change import ProposeChange, propose_change
from customer.change_requests.queries import (
    AccuracyOut,
    EvidenceOut,
    RequestFilter,
    RequestOut,
    RequestSummary,
    accuracy_in,
    list_requests,
    shown,
)
from customer.change_requests.revise_request import ReviseRequest, revise_request
from customer.change_requests.submit_request import SubmitRequest, submit_request
from customer.change_requests.take_request import TakeRequest, take_request
from customer.change_requests.withdraw_request import WithdrawRequest, withdraw_request
from customer.contacts.qualifications import MAX_QUALIFICATIONS, QualificationEntry
from customer.texts import LongNote, absent
from customer.timetravel import KnownAt, Today

router = Router(prefix="/change-requests", tags=["change requests"])

UPLOAD = Upload(max_bytes=MAX_BYTES, media_types=MEDIA_TYPES)


def _now(request: Request) -> datetime:
    works = edge_of(request).works
    assert works is not None, "the customer service has units of work"
    return works.clock.now()


Now = Annotated[datetime, Depends(_now)]


class DepartmentBody(DepartmentEntry, Body):
    """A department in a list that replaces another."""


class QualificationBody(QualificationEntry, Body):
    """A qualification in a list that replaces another."""


class StageBody(ProposedStage, Body):
    """The institution enters a stage."""


class GradeBody(ProposedGrade, Body):
    """The institution gets another grade."""


class ParentBody(ProposedParent, Body):
    """The institution belongs to another one, or to none."""


class AffiliationBody(ProposedAffiliation, Body):
    """An employment."""


class MoveBody(ProposedMove, Body):
    """The primary employment moves."""


class RoleBody(ProposedRole, Body):
    """Another role, or share, at the same place."""


class EndBody(ProposedEnd, Body):
    """The contact leaves a place."""


class StatusBody(ProposedStatus, Body):
    """The contact is worked with, or not any more."""


class FieldsBody(ProposedFields, Body):
    """Proposed values by field: those of an institution, or those of a contact."""

    departments: Annotated[list[DepartmentBody], Field(max_length=MAX_DEPARTMENTS)] = absent()
    qualifications: Annotated[list[QualificationBody], Field(max_length=MAX_QUALIFICATIONS)] = absent()
    stage: StageBody = absent()
    regrade: GradeBody = absent()
    parent: ParentBody = absent()
    affiliation: AffiliationBody = absent()
    move: MoveBody = absent()
    role: RoleBody = absent()
    end: EndBody = absent()
    status: StatusBody = absent()


class _AsCommand(Body):
    """A body with a part called `fields`, which bodies call their own."""

    def sent(self) -> dict[str, Any]:
        """What the caller sent, under the names that commands have."""
        return {("fields" if name == "fields_" else name): value for name, value in self.fields().items()}


class RequestBody(_AsCommand):
    """A change to propose; without `subject_id`, something new. `base_version` is the version that was read."""

    subject: SubjectKind
    subject_id: SubjectId | None = None
    base_version: Annotated[int, Field(ge=1)] | None = None
    fields_: FieldsBody = Field(alias="fields")
    reason: LongNote
    evidence: Annotated[list[EvidenceId], Field(max_length=MAX_EVIDENCE)] = Field(default_factory=list)


class RequestCorrectionsBody(_AsCommand):
    """What is sent of a draft changes; `fields` and `evidence` replace all of theirs."""

    base_version: Annotated[int, Field(ge=1)] | None = None
    fields_: FieldsBody = Field(default_factory=lambda: None, alias="fields")  # pyright: ignore
    reason: LongNote = absent()
    evidence: Annotated[list[EvidenceId], Field(max_length=MAX_EVIDENCE)] = absent()


class JudgementBody(Judgement, Body):
    """The verdict on one field; the bare word will do."""


def _spelt_out(value: Any) -> Any:
    return {"verdict": value} if isinstance(value, str) else value


_verdicts: dict[str, Any] = {
    field: (Annotated[JudgementBody, BeforeValidator(_spelt_out)], absent()) for field in ProposedFields.model_fields
}
VerdictsBody: type[Body] = create_model(
    "VerdictsBody", __base__=Body, __doc__="A verdict for each proposed field.", **_verdicts
)


class VerdictBody(_AsCommand):
    """A verdict for each field; `base_version`: the difference up to that version of the subject was seen."""

    fields_: VerdictsBody = Field(alias="fields")  # pyright: ignore
    note: LongNote | None = None
    base_version: Annotated[int, Field(ge=1)] | None = None


@router.post("", status_code=201, permission=Permission.CHANGE_REQUESTS_WRITE, response_model=RequestOut)
async def post_request(body: RequestBody, run: Run, read: Read, today: Today, now: Now) -> Answer:
    """Draft a request about what one sees, an institution of the directory, or something new."""
    request = await run(propose_change, ProposeChange(**body.sent()), locks=[one for one in [body.subject_id] if one])
    return await _answer(read, request, today, now)


@router.get("", permission=Permission.CHANGE_REQUESTS_READ, response_model=Page[RequestSummary])
async def get_requests(
    read: Read,
    page: PageArgs,
    today: Today,
    status: RequestStatus | None = None,
    outcome: RequestStatus | None = None,
    subject: SubjectKind | None = None,
    subject_id: SubjectId | None = None,
    requester_id: EmployeeId | None = None,
    reviewer_id: EmployeeId | None = None,
    overdue: Annotated[bool | None, Query(description="Should have been judged before today")] = None,
) -> Answer:
    """The requests in scope: about what the caller sees, or raised by its units; sort by `created_at`."""
    wanted = RequestFilter(status, outcome, subject, subject_id, requester_id, reviewer_id, overdue)
    return Answer(await list_requests(read, page, wanted, today))


@router.get("/accuracy", permission=Permission.CHANGE_REQUESTS_READ, response_model=AccuracyOut)
async def get_accuracy(read: Read, now: Now, employee_id: EmployeeId) -> Answer:
    """How often a proposer has been right, within the window of the policy."""
    return Answer(await accuracy_in(read, employee_id, now))


@router.post(
    "/evidence",
    status_code=201,
    permission=Permission.CHANGE_REQUESTS_WRITE,
    response_model=EvidenceOut,
    upload=UPLOAD,
)
async def post_evidence(form: Form, run: Run) -> Answer:
    """Upload a file of at most 10 MB for a request to name; one that none names within a week goes."""
    evidence = await run(upload_evidence, UploadEvidence(file_id=form.file.id))
    return Answer(EvidenceOut.of(evidence), version=evidence.version, location=evidence.id)


@router.get("/{request_id}", permission=Permission.CHANGE_REQUESTS_READ, response_model=RequestOut)
async def get_request(request_id: str, read: Read, today: Today, now: Now, known_at: KnownAt = None) -> Answer:
    """One request with its values, as it is or as it was known at an instant."""
    request = await read.at(ChangeRequest, request_id, known_at=known_at)
    answer = await shown(read, request, today, now)
    return Answer(answer, version=request.version if known_at is None else None)


@router.patch("/{request_id}", permission=Permission.CHANGE_REQUESTS_WRITE, response_model=RequestOut)
async def patch_request(
    request_id: str, body: RequestCorrectionsBody, run: Run, read: Read, today: Today, now: Now
) -> Answer:
    """Change a draft of one's own."""
    command = ReviseRequest(request_id=request_id, **body.sent())
    locks = await _locks(read, request_id)
    request = await run(revise_request, command, subject=request_id, require_match=True, locks=locks)
    return await _answer(read, request, today, now)


@router.post("/{request_id}/submission", permission=Permission.CHANGE_REQUESTS_WRITE, response_model=RequestOut)
async def post_submission(request_id: str, run: Run, read: Read, today: Today, now: Now) -> Answer:
    """Hand a draft in; `applied` at once where the policy lets the proposer's requests through."""
    locks = await _locks(read, request_id)
    request = await run(submit_request, SubmitRequest(request_id=request_id), subject=request_id, locks=locks)
    return await _answer(read, request, today, now)


@router.post("/{request_id}/withdrawal", permission=Permission.CHANGE_REQUESTS_WRITE, response_model=RequestOut)
async def post_withdrawal(request_id: str, run: Run, read: Read, today: Today, now: Now) -> Answer:
    """Take a request back, as long as it is not judged."""
    command = WithdrawRequest(request_id=request_id)
    request = await run(withdraw_request, command, subject=request_id, locks=[request_id])
    return await _answer(read, request, today, now)


@router.post("/{request_id}/review", permission=Permission.CHANGE_REQUESTS_JUDGE, response_model=RequestOut)
async def post_review(request_id: str, run: Run, read: Read, today: Today, now: Now) -> Answer:
    """Take a request up, also from another steward."""
    request = await run(take_request, TakeRequest(request_id=request_id), subject=request_id, locks=[request_id])
    return await _answer(read, request, today, now)


@router.post("/{request_id}/verdict", permission=Permission.CHANGE_REQUESTS_JUDGE, response_model=RequestOut)
async def post_verdict(request_id: str, body: VerdictBody, run: Run, read: Read, today: Today, now: Now) -> Answer:
    """Judge every field; what is accepted holds at once. 412 with the difference when an accepted field has moved."""
    command = JudgeRequest(request_id=request_id, **body.sent())
    locks = await _locks(read, request_id)
    request = await run(judge_request, command, subject=request_id, locks=locks)
    return await _answer(read, request, today, now)


@router.get("/{request_id}/impact", permission=Permission.CHANGE_REQUESTS_READ, response_model=ImpactOut)
async def get_impact(request_id: str, read: Read, today: Today) -> Answer:
    """What it would touch: territories, contacts and planned visits, as far as the caller sees."""
    return Answer(await impact_of(read, await read.get(ChangeRequest, request_id), today))


@router.get("/{request_id}/history", permission=Permission.CHANGE_REQUESTS_READ, response_model=Page[Change])
async def get_request_history(request_id: str, read: Read, page: PageArgs) -> Answer:
    """What became of it, when and by whom, oldest first; values and words are named only."""
    return Answer(await read.history(ChangeRequest, request_id, page))


@router.get(
    "/{request_id}/evidence/{evidence_id}/content",
    permission=Permission.CHANGE_REQUESTS_READ,
    streaming=True,
    response_class=Response,
    responses={200: {"description": "The file's bytes", "content": {"application/octet-stream": {}}}},
)
async def get_content(request_id: str, evidence_id: str, read: Read) -> Response:
    """Download a file; browsers are told to save it and not to guess what it is."""
    request = await read.get(ChangeRequest, request_id)
    evidence = await read.directory(Evidence, {"_id": evidence_id, "request_id": request.id, "removed_at": None})
    if evidence is None:
        raise NotFound(f"{evidence_id} does not exist")
    headers = {
        "content-length": str(evidence.size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(evidence.name or evidence.id, safe='')}",
        "x-content-type-options": "nosniff",
    }
    content = Files(read.database).read(evidence.file_id)
    return StreamingResponse(content, media_type=evidence.media_type, headers=headers)


async def _locks(read: Reads, request_id: str) -> Sequence[str]:
    request = await read.get(ChangeRequest, request_id)
    return [request_id, *([request.subject_id] if request.subject_id else [])]


async def _answer(read: Reads, request: ChangeRequest, today: date, now: datetime) -> Answer:
    return Answer(await shown(read, request, today, now), version=request.version)
