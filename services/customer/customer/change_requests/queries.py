"""Reads of change requests."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from chassis.reads import Paging, Reads
from pydantic import BaseModel

from customer.about import SUBJECTS, SubjectKind
from customer.change_requests.accuracy import Accuracy, accuracy_of, judged_within
from customer.change_requests.model import WAITING, ChangeRequest, Evidence, RequestStatus, Verdict
from customer.working_policy.model import POLICY_ID, WorkingPolicy

MOST_JUDGED = 5_000
"""Requests that an accuracy is computed over."""


class ProposalOut(BaseModel):
    """One field. `base` is what it was when the change was proposed, shown to who sees the subject."""

    field: str
    base: Any
    proposed: Any
    verdict: Verdict | None
    note: str | None


class EvidenceOut(BaseModel):
    """A file; `media_type` is what its bytes show."""

    id: str
    name: str | None
    media_type: str
    size: int
    sha256: str
    uploader_id: str | None
    created_at: datetime

    @classmethod
    def of(cls, evidence: Evidence) -> "EvidenceOut":
        """The answer for a file."""
        return cls(**{name: getattr(evidence, name) for name in cls.model_fields})


class AccuracyOut(BaseModel):
    """Accepted ÷ judged fields of a proposer in verdicts of persons; null per cent while nothing was judged.

    `accepted_by_rule`: the policy would let requests of this proposer through.
    """

    employee_id: str
    window_days: int
    accepted: int
    judged: int
    per_cent: float | None
    accepted_by_rule: bool


class RequestSummary(BaseModel):
    """A request in a list: fields and verdicts without values."""

    id: str
    subject: SubjectKind
    subject_id: str | None
    base_version: int | None
    status: RequestStatus
    outcome: RequestStatus | None
    fields: dict[str, Verdict | None]
    requester_id: str | None
    reviewer_id: str | None
    automatic: bool
    due_on: date | None
    overdue: bool
    escalated_at: datetime | None
    created_at: datetime
    submitted_at: datetime | None
    judged_at: datetime | None
    version: int

    @classmethod
    def of(cls, request: ChangeRequest, today: date) -> "RequestSummary":
        """The row of a request."""
        plain = cls.model_fields.keys() - {"fields", "overdue"}
        return cls(
            **{name: getattr(request, name) for name in plain},
            fields={one.field: one.verdict for one in request.proposals},
            overdue=request.is_overdue(today),
        )


class RequestOut(RequestSummary):
    """A request with its values, words and files."""

    proposals: list[ProposalOut]
    reason: str | None
    note: str | None
    evidence: list[EvidenceOut]
    requester_accuracy: AccuracyOut | None
    """Of today."""


async def shown(read: Reads, request: ChangeRequest, today: date, now: datetime) -> RequestOut:
    """The answer for a request."""
    sees = False
    if request.subject_id is not None:
        sees = await read.find_one(SUBJECTS[request.subject], {"_id": request.subject_id}) is not None
    files: list[Evidence] = []
    for identifier in request.evidence:
        file = await read.directory(Evidence, {"_id": identifier, "request_id": request.id, "removed_at": None})
        files += [file] if file else []
    accuracy = await accuracy_in(read, request.requester_id, now) if request.requester_id else None
    summary = RequestSummary.of(request, today)
    return RequestOut(
        **dict(summary),
        proposals=[
            ProposalOut(
                field=one.field,
                base=one.base if sees else None,
                proposed=one.proposed,
                verdict=one.verdict,
                note=one.note,
            )
            for one in request.proposals
        ],
        reason=request.reason,
        note=request.note,
        evidence=[EvidenceOut.of(one) for one in files],
        requester_accuracy=accuracy,
    )


async def accuracy_in(read: Reads, employee_id: str, now: datetime) -> AccuracyOut:
    """A proposer's accuracy, over the requests that the caller sees."""
    policy = await read.directory(WorkingPolicy, {"_id": POLICY_ID}) or WorkingPolicy(id=POLICY_ID)
    rule = policy.acceptance
    judged = await read.find(ChangeRequest, judged_within(employee_id, rule, now), limit=MOST_JUDGED)
    accuracy: Accuracy = accuracy_of(judged)
    return AccuracyOut(
        employee_id=employee_id,
        window_days=rule.window_days,
        accepted=accuracy.accepted,
        judged=accuracy.judged,
        per_cent=accuracy.per_cent,
        accepted_by_rule=accuracy.suffices(rule),
    )


@dataclass(frozen=True)
class RequestFilter:
    """What a list of requests is narrowed to."""

    status: RequestStatus | None = None
    outcome: RequestStatus | None = None
    subject: SubjectKind | None = None
    subject_id: str | None = None
    requester_id: str | None = None
    reviewer_id: str | None = None
    overdue: bool | None = None

    def where(self, today: date) -> dict[str, Any]:
        """The filter of the store."""
        plain = {name: value for name, value in asdict(self).items() if value is not None and name != "overdue"}
        where = {name: getattr(value, "value", value) for name, value in plain.items()}
        if self.overdue is None or (self.status is not None and self.status not in WAITING):
            return {**where, "_id": {"$in": []}} if self.overdue else where
        late = {"$lt": today.isoformat()}
        if self.overdue:
            return {"status": {"$in": sorted(WAITING)}, **where, "due_on": late}
        if self.status is not None:
            return {**where, "due_on": {"$not": late}}
        return {**where, "$nor": [{"status": {"$in": sorted(WAITING)}, "due_on": late}]}


async def list_requests(read: Reads, page: Paging, wanted: RequestFilter, today: date) -> dict[str, Any]:
    """The requests in scope that fit."""
    return await read.page(
        ChangeRequest,
        wanted.where(today),
        page,
        out=lambda request: RequestSummary.of(request, today),
        sortable={"created_at"},
    )
