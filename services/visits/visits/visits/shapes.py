"""What HTTP takes and gives of a visit."""

from datetime import date, datetime
from typing import Self

from chassis.http import Body
from contracts.ids import AccountId, ContactId, LotId, ProductId, VisitId
from contracts.values import Reaction, VisitState
from pydantic import AwareDatetime, BaseModel, Field

from visits.visits.entities import CancellationReason, Fix, VisitFlag
from visits.visits.model import Visit


class PlanBody(Body):
    """A planned visit; a device that works offline makes the id itself."""

    account_id: AccountId
    planned_at: AwareDatetime
    contact_ids: list[ContactId] = Field(default_factory=list[ContactId], max_length=50)
    visit_id: VisitId | None = None


class CheckInBody(Body):
    """Where and when, by the device: WGS 84 degrees and the radius of the fix's uncertainty in metres."""

    at: AwareDatetime
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    accuracy_m: float = Field(ge=0, le=100_000)


class CheckOutBody(Body):
    """When, and where if the device knows."""

    at: AwareDatetime
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000)


class DetailBody(Body):
    """A product in the order of the conversation, what was said, and the reaction on the adoption ladder."""

    product: ProductId
    message: str | None = Field(default=None, max_length=2_000)
    reaction: Reaction | None = None


class MaterialBody(Body):
    """Units of a lot left with one of the attendees."""

    lot_id: LotId
    contact_id: ContactId
    quantity: int = Field(ge=1, le=1_000_000)


class ReportBody(Body):
    """The whole report; what is not sent is empty afterwards."""

    attendees: list[ContactId] = Field(max_length=100)
    products: list[DetailBody] = Field(default_factory=list[DetailBody], max_length=50)
    feedback: str | None = Field(default=None, max_length=4_000)
    materials: list[MaterialBody] = Field(default_factory=list[MaterialBody], max_length=200)
    next_step: str | None = Field(default=None, max_length=2_000)


class SubmissionBody(Body):
    """When it was handed in by the device's clock, if that was earlier than now."""

    at: AwareDatetime | None = None


class CancellationBody(Body):
    """Why, in the author's words, and the kind of reason to count by."""

    reason: str = Field(min_length=1, max_length=500)
    reason_code: CancellationReason = CancellationReason.OTHER


class FixOut(BaseModel):
    """A check-in or check-out; the point is null when none was sent or it was erased."""

    at: datetime
    lat: float | None
    lon: float | None
    accuracy_m: float | None

    @classmethod
    def of(cls, at: datetime | None, fix: Fix | None) -> "FixOut | None":
        """None when it has not happened."""
        if at is None:
            return None
        if fix is None:
            return cls(at=at, lat=None, lon=None, accuracy_m=None)
        return cls(at=at, lat=fix.point.lat, lon=fix.point.lon, accuracy_m=fix.accuracy_m)


class DetailOut(BaseModel):
    """A product that was spoken about."""

    product: str
    message: str | None
    reaction: Reaction | None


class MaterialOut(BaseModel):
    """Units of a lot left with a contact."""

    lot_id: str
    contact_id: str
    quantity: int


class ReportOut(BaseModel):
    """The report as it was last written."""

    attendees: list[str]
    products: list[DetailOut]
    feedback: str | None
    materials: list[MaterialOut]
    next_step: str | None


class ReturnReasonOut(BaseModel):
    """Why the visit came back; `line` counts the report's materials from 0."""

    line: int | None
    code: str
    detail: str


class CancellationOut(BaseModel):
    """Why the visit was given up."""

    reason: str | None
    reason_code: CancellationReason


class VisitOut(BaseModel):
    """A visit. While it is `submitted`, `submitted_at` says since when it waits for promotion's answer."""

    id: str
    version: int
    recorded_at: datetime
    state: VisitState
    attempt: int
    account_id: str
    employee_id: str
    credited_unit_id: str
    planned_at: datetime
    planned_on: date
    contact_ids: list[str]
    visited_on: date | None
    check_in: FixOut | None
    distance_m: int | None
    allowed_m: int | None
    check_out: FixOut | None
    flags: list[VisitFlag]
    report: ReportOut | None
    submitted_at: datetime | None
    confirmed_at: datetime | None
    return_reasons: list[ReturnReasonOut]
    cancellation: CancellationOut | None

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """The visit as callers see it."""
        plain = visit.model_dump(include=set(cls.model_fields))
        cancelled = visit.cancellation and CancellationOut(
            reason=visit.cancellation_words, reason_code=visit.cancellation
        )
        return cls.model_validate(
            plain
            | {
                "recorded_at": visit.recorded_at,
                "check_in": FixOut.of(visit.checked_in_at, visit.check_in_fix),
                "check_out": FixOut.of(visit.checked_out_at, visit.check_out_fix),
                "report": _report_of(visit),
                "cancellation": cancelled,
            }
        )


def _report_of(visit: Visit) -> ReportOut | None:
    if not visit.reported:
        return None
    return ReportOut(
        attendees=list(visit.attendees),
        products=[DetailOut(product=d.product_id, message=d.message, reaction=d.reaction) for d in visit.products],
        feedback=visit.feedback,
        materials=[MaterialOut(lot_id=m.lot_id, contact_id=m.contact_id, quantity=m.quantity) for m in visit.materials],
        next_step=visit.next_step,
    )
