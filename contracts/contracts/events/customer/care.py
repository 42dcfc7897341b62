"""Events of customer care: cases and plans. Words stay in the store."""

from datetime import date, datetime

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import CareCaseId, CarePlanId, EmployeeId, UnitId, VisitId


class CareCaseState(State):
    """Somebody's concern, or an occasion to care for somebody, without its words.

    `kind` is `inquiry`, `complaint` or `occasion`, `status` `open`, `assigned`, `answered` or `closed`; `plan_id` names
    the plan that an occasion is from.
    """

    case_id: CareCaseId
    kind: str
    subject: str
    subject_id: str
    visit_id: VisitId | None = None
    status: str
    opened_by: EmployeeId | None = None
    assignee_id: EmployeeId | None = None
    answers: int = 0
    reopened: int = 0
    due_on: date
    plan_id: CarePlanId | None = None
    occasion_on: date | None = None
    created_at: datetime


class CareCaseOpened(Event, type="customer.care-case-opened.v1", topic="customer.care-case"):
    """A concern was raised, or an occasion has come up."""

    case: CareCaseState


class CareCaseAssigned(Event, type="customer.care-case-assigned.v1", topic="customer.care-case"):
    """Somebody is to answer it."""

    case: CareCaseState


class CareCaseAnswered(Event, type="customer.care-case-answered.v1", topic="customer.care-case"):
    """It was answered, perhaps not for the first time."""

    case: CareCaseState


class CareCaseClosed(Event, type="customer.care-case-closed.v1", topic="customer.care-case"):
    """Nothing is left to do."""

    case: CareCaseState


class CareCaseReopened(Event, type="customer.care-case-reopened.v1", topic="customer.care-case"):
    """Something is left to do after all."""

    case: CareCaseState


class CareCaseEscalated(Event, type="customer.care-case-escalated.v1", topic="customer.care-case"):
    """It was due and nobody has answered."""

    case: CareCaseState


class CareCaseErased(Event, type="customer.care-case-erased.v1", topic="customer.care-case"):
    """The person was erased: the words are gone."""

    case: CareCaseState


class CareOccasionState(State):
    """A day of every year on which the segment is cared for; no `month`: the day on which each was registered."""

    name: str
    month: int | None = None
    day: int | None = None
    lead_days: int


class CarePlanState(State):
    """Whom the company cares for on which days; empty lists of the segment stand for everything."""

    plan_id: CarePlanId
    name: str
    status: str
    subject: str
    unit_id: UnitId
    kinds: list[str] = Field(default_factory=list[str])
    grades: list[str] = Field(default_factory=list[str])
    specialties: list[str] = Field(default_factory=list[str])
    tiers: list[str] = Field(default_factory=list[str])
    occasions: list[CareOccasionState]


class CarePlanChanged(Event, type="customer.care-plan-changed.v1", topic="customer.care-plan"):
    """A care plan was made, changed or ended."""

    plan: CarePlanState
