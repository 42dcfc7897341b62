"""A change request: `draft → submitted → in_review → approved | partly | rejected → applied`, or `withdrawn`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from chassis.aggregate import Aggregate, Entity, Index
from chassis.refusals import Conflict, Forbidden, Violation
from contracts.events.customer import (
    ChangeRequestApplied,
    ChangeRequestDrafted,
    ChangeRequestErased,
    ChangeRequestEscalated,
    ChangeRequestJudged,
    ChangeRequestRevised,
    ChangeRequestState,
    ChangeRequestSubmitted,
    ChangeRequestTaken,
    ChangeRequestWithdrawn,
    ProposalState,
)
from contracts.ids import EmployeeId, EvidenceId
from contracts.personal import Personal
from pydantic import Field

from customer.about import About
from customer.texts import LongNote, Note

MAX_EVIDENCE = 10


class RequestStatus(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PARTLY = "partly"
    REJECTED = "rejected"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"


WAITING = frozenset({RequestStatus.SUBMITTED, RequestStatus.IN_REVIEW})
"""A steward is to do something, by the day it is due."""
OPEN = WAITING | {RequestStatus.DRAFT}
"""Not over yet."""


class Verdict(StrEnum):
    """What becomes of one proposed field."""

    ACCEPT = "accept"
    REJECT = "reject"


class IllegalStep(Conflict):
    """A request goes its way once, and not backwards."""

    code = "illegal_transition"
    title = "The request has no such step"


class NotTheRequester(Forbidden):
    """Only who proposes may change, submit or withdraw."""

    code = "not_the_requester"
    title = "The request is somebody else's"


class OwnRequest(Forbidden):
    """Nobody judges the own proposal."""

    code = "own_request"
    title = "A request is judged by somebody else than its requester"


class ReviewedByAnother(Conflict):
    """Who has taken a request up judges it; another steward takes it over first."""

    code = "reviewed_by_another"
    title = "Another steward has taken the request up"


class Proposal(Entity):
    """One field: what it was when the change was proposed, what it is to be, and the verdict."""

    field: str
    base: Annotated[Any, Personal] = None
    proposed: Annotated[Any, Personal] = None
    verdict: Verdict | None = None
    note: Annotated[Note | None, Personal] = None


class Judgement(Entity):
    """The verdict on one field, in words perhaps."""

    verdict: Verdict
    note: Note | None = None


class ChangeRequest(About, kind="change-request", collection="change_requests", prefix="crq"):
    """What somebody would have changed. Values and words may identify people: they stay in the store."""

    INDEXES: ClassVar[list[Index]] = [
        *About.INDEXES,
        Index([("status", 1), ("due_on", 1)]),
        Index([("requester_id", 1), ("judged_at", 1)]),
        Index([("created_at", 1)]),
    ]

    base_version: int | None = None
    proposals: list[Proposal]
    reason: Annotated[LongNote | None, Personal] = None
    evidence: list[EvidenceId] = Field(default_factory=list[EvidenceId])
    status: RequestStatus = RequestStatus.DRAFT
    outcome: RequestStatus | None = None
    """`approved`, `partly` or `rejected`; a request that was applied was one of the first two."""
    requester_id: EmployeeId | None
    reviewer_id: EmployeeId | None = None
    note: Annotated[LongNote | None, Personal] = None
    """What the steward says of the whole."""
    automatic: bool = False
    """Accepted by rule, not by a person."""
    due_on: date | None = None
    created_at: datetime
    submitted_at: datetime | None = None
    judged_at: datetime | None = None
    escalated_at: datetime | None = None

    @property
    def is_new(self) -> bool:
        """True when something is proposed that is not there yet."""
        return self.base_version is None

    @property
    def accepted(self) -> dict[str, Any]:
        """The values that were accepted, by field."""
        return {one.field: one.proposed for one in self.proposals if one.verdict is Verdict.ACCEPT}

    def is_overdue(self, today: date) -> bool:
        """True when somebody should have judged it by now."""
        return self.status in WAITING and self.due_on is not None and self.due_on < today

    def own(self, employee_id: str | None) -> None:
        """Raises: NotTheRequester."""
        if employee_id is None or employee_id != self.requester_id:
            raise NotTheRequester

    def drafted(self) -> ChangeRequestDrafted:
        """The event of its beginning."""
        return ChangeRequestDrafted(request=self.state())

    def revise(self, facts: Mapping[str, Any]) -> ChangeRequestRevised:
        """Overwrite what a draft says. Raises: IllegalStep."""
        self._leave(RequestStatus.DRAFT)
        for name, value in facts.items():
            setattr(self, name, value)
        return ChangeRequestRevised(request=self.state())

    def submit(self, at: datetime, due_on: date) -> ChangeRequestSubmitted:
        """Wait for a steward. Raises: IllegalStep."""
        self._leave(RequestStatus.DRAFT)
        self.status, self.submitted_at, self.due_on = RequestStatus.SUBMITTED, at, due_on
        return ChangeRequestSubmitted(request=self.state())

    def withdraw(self) -> ChangeRequestWithdrawn:
        """Take it back, as long as it is not judged. Raises: IllegalStep."""
        self._leave(*OPEN)
        self.status = RequestStatus.WITHDRAWN
        return ChangeRequestWithdrawn(request=self.state())

    def take(self, reviewer_id: str | None) -> ChangeRequestTaken | None:
        """Be taken up by a steward, or taken over by another; None when this one has it. Raises: IllegalStep, OwnRequest."""
        self._leave(*WAITING)
        self._foreign(reviewer_id)
        if self.status is RequestStatus.IN_REVIEW and self.reviewer_id == reviewer_id:
            return None
        self.status, self.reviewer_id = RequestStatus.IN_REVIEW, reviewer_id
        return ChangeRequestTaken(request=self.state())

    def misjudged(self, verdicts: Mapping[str, Judgement]) -> list[Violation]:
        """What is wrong with verdicts: each field has one, and no other field has."""
        proposed = [one.field for one in self.proposals]
        missing = [
            Violation("verdict_missing", "the field has no verdict", f"fields.{field}")
            for field in proposed
            if field not in verdicts
        ]
        return missing + [
            Violation("field_not_proposed", "nothing was proposed for the field", f"fields.{field}")
            for field in verdicts
            if field not in proposed
        ]

    def judge(
        self, verdicts: Mapping[str, Judgement], *, judge_id: str | None, note: str | None, at: datetime
    ) -> ChangeRequestJudged:
        """Have a verdict for each field. Raises: IllegalStep, OwnRequest, ReviewedByAnother."""
        self._leave(RequestStatus.IN_REVIEW)
        self._foreign(judge_id)
        if judge_id != self.reviewer_id:
            raise ReviewedByAnother(reviewer_id=self.reviewer_id)
        return self._judged(verdicts, note, at)

    def accept_by_rule(self, at: datetime) -> ChangeRequestJudged:
        """Have all fields accepted without a person. Raises: IllegalStep."""
        self._leave(RequestStatus.SUBMITTED)
        self.automatic = True
        return self._judged({one.field: Judgement(verdict=Verdict.ACCEPT) for one in self.proposals}, None, at)

    def apply(self, subject_id: str) -> ChangeRequestApplied:
        """What was accepted holds now. Raises: IllegalStep."""
        self._leave(RequestStatus.APPROVED, RequestStatus.PARTLY)
        self.status, self.subject_id = RequestStatus.APPLIED, subject_id
        return ChangeRequestApplied(request=self.state())

    def escalate(self, at: datetime) -> ChangeRequestEscalated:
        """Be told of as overdue."""
        self.escalated_at = at
        return ChangeRequestEscalated(request=self.state())

    def erased(self) -> ChangeRequestErased:
        """The event of an erasure; what is personal has been cleared. What was not judged yet is over."""
        if self.status in OPEN:
            self.status = RequestStatus.WITHDRAWN
        return ChangeRequestErased(request=self.state())

    def state(self) -> ChangeRequestState:
        """What events tell of it."""
        return ChangeRequestState(
            request_id=self.id,
            subject=self.subject.value,
            subject_id=self.subject_id,
            base_version=self.base_version,
            status=self.status.value,
            outcome=self.outcome.value if self.outcome else None,
            fields=[
                ProposalState(field=one.field, verdict=one.verdict.value if one.verdict else None)
                for one in self.proposals
            ],
            requester_id=self.requester_id,
            reviewer_id=self.reviewer_id,
            evidence=len(self.evidence),
            due_on=self.due_on,
            automatic=self.automatic,
            created_at=self.created_at,
        )

    def _judged(self, verdicts: Mapping[str, Judgement], note: str | None, at: datetime) -> ChangeRequestJudged:
        self.proposals = [
            one.model_copy(update={"verdict": verdicts[one.field].verdict, "note": verdicts[one.field].note})
            for one in self.proposals
        ]
        self.outcome = self.status = outcome_of([verdicts[one.field].verdict for one in self.proposals])
        self.judged_at, self.note = at, note
        return ChangeRequestJudged(request=self.state())

    def _foreign(self, judge_id: str | None) -> None:
        if judge_id is None or judge_id == self.requester_id:
            raise OwnRequest

    def _leave(self, *steps: RequestStatus) -> None:
        if self.status not in steps:
            raise IllegalStep(status=self.status.value)


def outcome_of(verdicts: Sequence[Verdict]) -> RequestStatus:
    """How a request was judged as a whole."""
    accepted = sum(one is Verdict.ACCEPT for one in verdicts)
    if accepted == len(verdicts):
        return RequestStatus.APPROVED
    return RequestStatus.PARTLY if accepted else RequestStatus.REJECTED


class Evidence(Aggregate, kind="change-request-evidence", collection="change_request_evidence", prefix="evd"):
    """An uploaded file that a request may name. It is seen through the request only; unnamed ones go after a week."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("request_id", 1)]),
        Index([("unnamed_since", 1)]),
    ]

    file_id: str
    name: Annotated[str | None, Personal]
    media_type: str
    size: int
    sha256: str
    uploader_id: EmployeeId | None
    request_id: str | None = None
    unnamed_since: datetime | None = None
    removed_at: datetime | None = None
    created_at: datetime
