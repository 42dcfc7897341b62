"""A care case: `open → assigned → answered → closed`, and open again when something is left to do."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from chassis.aggregate import Entity, Index
from chassis.refusals import Conflict
from contracts.events.customer import (
    CareCaseAnswered,
    CareCaseAssigned,
    CareCaseClosed,
    CareCaseErased,
    CareCaseEscalated,
    CareCaseOpened,
    CareCaseReopened,
    CareCaseState,
)
from contracts.ids import CarePlanId, EmployeeId, VisitId
from contracts.personal import Personal
from pydantic import Field

from customer.about import About
from customer.texts import LongNote, Note

MAX_ANSWERS = 100


class CareKind(StrEnum):
    """What a case is."""

    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    OCCASION = "occasion"


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    CLOSED = "closed"


UNANSWERED = frozenset({CaseStatus.OPEN, CaseStatus.ASSIGNED})
"""Somebody is to answer, by the day it is due."""


class IllegalCaseStep(Conflict):
    """A case goes its way step by step."""

    code = "illegal_transition"
    title = "The case has no such step"


class NotAnswered(Conflict):
    """A case is closed once it was answered, again after it was reopened."""

    code = "not_answered"
    title = "A case cannot be closed without an answer"


class TooManyAnswers(Conflict):
    """A case is no conversation without an end."""

    code = "too_many_answers"
    title = f"A case has at most {MAX_ANSWERS} answers"


class CareAnswer(Entity):
    """What was said, or done, about it."""

    text: Annotated[LongNote | None, Personal] = None
    author_id: EmployeeId | None
    at: datetime


class Reopening(Entity):
    """Why a closed case was opened again."""

    reason: Annotated[Note | None, Personal] = None
    by: EmployeeId | None
    at: datetime


class CareCase(About, kind="care-case", collection="care_cases", prefix="car"):
    """Somebody's concern, or an occasion to care for somebody. Words may speak of people: they stay in the store."""

    INDEXES: ClassVar[list[Index]] = [
        *About.INDEXES,
        Index([("status", 1), ("due_on", 1)]),
        Index([("assignee_id", 1)]),
        Index([("created_at", 1)]),
        Index([("due_on", 1)]),
        Index([("plan_id", 1)]),
    ]

    care_kind: CareKind
    text: Annotated[LongNote | None, Personal] = None
    visit_id: VisitId | None = None
    """The visit at which it came up; visits are another service's, and the id is taken as it is given."""
    status: CaseStatus = CaseStatus.OPEN
    opened_by: EmployeeId | None
    assignee_id: EmployeeId | None = None
    answers: list[CareAnswer] = Field(default_factory=list[CareAnswer])
    reopenings: list[Reopening] = Field(default_factory=list[Reopening])
    due_on: date
    created_at: datetime
    closed_at: datetime | None = None
    escalated_at: datetime | None = None
    plan_id: CarePlanId | None = None
    occasion: str | None = None
    """What the plan calls the day."""
    occasion_on: date | None = None

    def is_overdue(self, today: date) -> bool:
        """True when somebody should have answered by now."""
        return self.status in UNANSWERED and self.due_on < today

    def opened(self) -> CareCaseOpened:
        """The event of its beginning."""
        return CareCaseOpened(case=self.state())

    def assign(self, employee_id: str) -> CareCaseAssigned | None:
        """Let somebody answer it; None when that is so. Raises: IllegalCaseStep."""
        if self.status is CaseStatus.CLOSED:
            raise IllegalCaseStep(status=self.status.value)
        if self.assignee_id == employee_id and self.status is not CaseStatus.OPEN:
            return None
        self.assignee_id = employee_id
        if self.status is CaseStatus.OPEN:
            self.status = CaseStatus.ASSIGNED
        return CareCaseAssigned(case=self.state())

    def answer(self, answer: CareAnswer) -> CareCaseAnswered:
        """Have been answered, perhaps once more. Raises: IllegalCaseStep, TooManyAnswers."""
        if self.status is CaseStatus.CLOSED:
            raise IllegalCaseStep(status=self.status.value)
        if len(self.answers) >= MAX_ANSWERS:
            raise TooManyAnswers
        self.answers = [*self.answers, answer]
        self.status = CaseStatus.ANSWERED
        return CareCaseAnswered(case=self.state())

    def close(self, at: datetime) -> CareCaseClosed:
        """Be done with. Raises: NotAnswered, IllegalCaseStep."""
        if self.status in UNANSWERED:
            raise NotAnswered(status=self.status.value)
        if self.status is CaseStatus.CLOSED:
            raise IllegalCaseStep(status=self.status.value)
        self.status, self.closed_at = CaseStatus.CLOSED, at
        return CareCaseClosed(case=self.state())

    def reopen(self, reopening: Reopening, due_on: date) -> CareCaseReopened:
        """Be open again for who had it, and due anew. Raises: IllegalCaseStep."""
        if self.status is not CaseStatus.CLOSED:
            raise IllegalCaseStep(status=self.status.value)
        self.reopenings = [*self.reopenings, reopening]
        self.status = CaseStatus.ASSIGNED if self.assignee_id else CaseStatus.OPEN
        self.due_on, self.closed_at, self.escalated_at = due_on, None, None
        return CareCaseReopened(case=self.state())

    def escalate(self, at: datetime) -> CareCaseEscalated:
        """Be told of as overdue."""
        self.escalated_at = at
        return CareCaseEscalated(case=self.state())

    def erased(self) -> CareCaseErased:
        """The event of an erasure; what is personal has been cleared."""
        return CareCaseErased(case=self.state())

    def state(self) -> CareCaseState:
        """What events tell of it."""
        assert self.subject_id is not None, "a case is about somebody"
        return CareCaseState(
            case_id=self.id,
            kind=self.care_kind.value,
            subject=self.subject.value,
            subject_id=self.subject_id,
            visit_id=self.visit_id,
            status=self.status.value,
            opened_by=self.opened_by,
            assignee_id=self.assignee_id,
            answers=len(self.answers),
            reopened=len(self.reopenings),
            due_on=self.due_on,
            plan_id=self.plan_id,
            occasion_on=self.occasion_on,
            created_at=self.created_at,
        )
