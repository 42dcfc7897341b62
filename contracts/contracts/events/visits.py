"""Events of the visits service. Points, feedback and next steps are personal and stay in its store."""

from datetime import date, datetime

from pydantic import Field

from contracts.events.base import Event, State
from contracts.events.promotion import DisbursementLine, RefusalReason
from contracts.ids import AccountId, ClearanceId, ContactId, EmployeeId, ProductId, UnitId, VisitId
from contracts.values import Reaction, VisitState


class DetailedProduct(State):
    """A product that was spoken about, in the order of the conversation, and how far the contact has come with it."""

    product_id: ProductId
    reaction: Reaction | None = None


class VisitSnapshot(State):
    """A visit. `credited_*` are the author's unit on the day of the visit and never change."""

    visit_id: VisitId
    account_id: AccountId
    employee_id: EmployeeId
    credited_unit_id: UnitId
    credited_path: str
    state: VisitState
    attempt: int
    planned_at: datetime
    visited_on: date | None = None
    """Business date of the check-in, in the organisation's time zone."""
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    distance_m: int | None = None
    contact_ids: list[ContactId]
    attendees: list[ContactId] = Field(default_factory=list[ContactId])
    products: list[DetailedProduct] = Field(default_factory=list[DetailedProduct])
    materials: list[DisbursementLine] = Field(default_factory=list[DisbursementLine])


class VisitPlanned(Event, type="visits.visit-planned.v1", topic="visits.visit"):
    """A visit was planned."""

    visit: VisitSnapshot


class VisitContactsChanged(Event, type="visits.visit-contacts-changed.v1", topic="visits.visit"):
    """Contacts left a planned visit, because they no longer work at its institution on that day."""

    visit: VisitSnapshot
    removed: list[ContactId]


class VisitCheckedIn(Event, type="visits.visit-checked-in.v1", topic="visits.visit"):
    """The representative arrived."""

    visit: VisitSnapshot


class VisitCheckedOut(Event, type="visits.visit-checked-out.v1", topic="visits.visit"):
    """The representative left."""

    visit: VisitSnapshot


class VisitReported(Event, type="visits.visit-reported.v1", topic="visits.visit"):
    """The report was written or rewritten."""

    visit: VisitSnapshot


class VisitSubmitted(Event, type="visits.visit-submitted.v1", topic="visits.visit"):
    """The report was handed in; promotion answers for (visit, attempt) whether the materials can be booked."""

    visit: VisitSnapshot


class VisitConfirmed(Event, type="visits.visit-confirmed.v1", topic="visits.visit"):
    """Report and stock are committed."""

    visit: VisitSnapshot


class VisitReturned(Event, type="visits.visit-returned.v1", topic="visits.visit"):
    """The visit came back to its author."""

    visit: VisitSnapshot
    reasons: list[RefusalReason]


class VisitCancelled(Event, type="visits.visit-cancelled.v1", topic="visits.visit"):
    """The visit will not take place."""

    visit: VisitSnapshot
    reason_code: str


class ClearanceState(State):
    """What visits answers to the attempt number `attempt` to close an institution."""

    clearance_id: ClearanceId
    account_id: AccountId
    attempt: int
    clear: bool


class AccountClearedOfVisits(Event, type="visits.account-cleared.v1", topic="visits.clearance"):
    """No visit of the institution is open, and none will be planned while it closes or is closed."""

    clearance: ClearanceState


class AccountHeldByVisits(Event, type="visits.account-held.v1", topic="visits.clearance"):
    """These visits are not over; another answer follows when they are. No new ones will be planned."""

    clearance: ClearanceState
    visit_ids: list[VisitId]
