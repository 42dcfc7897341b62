"""The visit: one call of one representative at one institution.

`planned → checked_in → checked_out → submitted → confirmed`, `submitted → returned → submitted` (attempt + 1),
`planned → cancelled`. While `submitted` nothing changes until promotion has answered for the attempt.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.refusals import Violation
from contracts.events.promotion import RefusalReason
from contracts.events.visits import (
    VisitCancelled,
    VisitCheckedIn,
    VisitCheckedOut,
    VisitConfirmed,
    VisitContactsChanged,
    VisitPlanned,
    VisitReported,
    VisitReturned,
    VisitSnapshot,
    VisitSubmitted,
)
from contracts.ids import AccountId, ContactId, EmployeeId, UnitId
from contracts.personal import Personal
from contracts.values import GeoPoint, Stamp, VisitState
from pydantic import Field

from visits.visits.distance import distance_m
from visits.visits.entities import CancellationReason, Detail, Drop, Fix, PlacedFix, ReturnReason, VisitFlag
from visits.visits.refusals import AnotherVisitOpen, IllegalTransition, NotTheAuthor, SubmissionTooLate
from visits.visits.rules import MAX_AHEAD, too_fast

CREDITED_ACCURACY_M = 200
"""A fix's own uncertainty widens the radius by this much at most."""

FINISHED = frozenset({VisitState.CONFIRMED, VisitState.LOCKED, VisitState.CANCELLED, VisitState.MISSED})
"""States in which the author has nothing left to do."""


WORDS = frozenset({"feedback", "next_step", "cancellation_words", "products"})
"""Fields that are, or hold, what is written freely about a visit and may speak of those who were met."""


class Visit(Aggregate, kind="visit", collection="visits", prefix="vis"):
    """A call at an institution. Points and free words are personal: they stay in this document and in `identities`.

    `credited_*` are the author's unit on the planned day and never change. Device times are `…_at` of check-in and
    check-out; `submitted_at` is the server's and shows since when the visit waits for promotion.
    """

    INDEXES: ClassVar[list[Index]] = [
        Index([("employee_id", 1)], unique=True, where={"state": "checked_in"}, refusal=AnotherVisitOpen),
        Index([("employee_id", 1), ("audience", 1), ("checked_out_at", -1)]),
        Index([("employee_id", 1), ("planned_at", -1)]),
        Index([("account_id", 1), ("planned_at", -1)]),
        Index([("contact_ids", 1), ("planned_at", -1)]),
        Index([("attendees", 1)]),
        Index([("removed_contact_ids", 1)]),
        Index([("audience", 1), ("planned_at", -1)]),
        Index([("planned_at", -1)]),
    ]

    state: VisitState = VisitState.PLANNED
    attempt: int = 0
    """Submissions so far; promotion's answers name the attempt they speak of."""
    account_id: AccountId
    employee_id: EmployeeId
    credited_unit_id: UnitId
    credited_path: str
    planned_at: datetime
    planned_on: date
    """Business date of `planned_at`."""
    contact_ids: list[ContactId] = Field(default_factory=list[ContactId])
    removed_contact_ids: list[ContactId] = Field(default_factory=list[ContactId])
    """Planned once, but moved to another institution before the day."""

    visited_on: date | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    distance_m: int | None = None
    allowed_m: int | None = None
    """What the distance was compared with: radius + accuracy as far as it counts."""
    flags: list[VisitFlag] = Field(default_factory=list[VisitFlag])
    check_in_fix: Annotated[Fix | None, Personal] = None
    check_out_fix: Annotated[Fix | None, Personal] = None

    reported: bool = False
    attendees: list[ContactId] = Field(default_factory=list[ContactId])
    products: list[Detail] = Field(default_factory=list[Detail])
    materials: list[Drop] = Field(default_factory=list[Drop])
    feedback: Annotated[str | None, Personal] = None
    next_step: Annotated[str | None, Personal] = None

    submitted_at: datetime | None = None
    confirmed_at: datetime | None = None
    return_reasons: list[ReturnReason] = Field(default_factory=list[ReturnReason])
    cancellation: CancellationReason | None = None
    cancellation_words: Annotated[str | None, Personal] = None

    # -- the plan --

    @classmethod
    def plan(
        cls,
        *,
        visit_id: str,
        account_id: AccountId,
        employee_id: EmployeeId,
        unit_id: UnitId,
        unit_path: str,
        planned_at: datetime,
        planned_on: date,
        contact_ids: list[ContactId],
        account_stamps: list[Stamp],
    ) -> tuple["Visit", VisitPlanned]:
        """A new visit, credited to the author's unit, seen by that unit and by whoever sees the institution today."""
        visit = cls(
            id=visit_id,
            account_id=account_id,
            employee_id=employee_id,
            credited_unit_id=unit_id,
            credited_path=unit_path,
            planned_at=planned_at,
            planned_on=planned_on,
            contact_ids=contact_ids,
        )
        visit.stamp(unit_path, account_stamps)
        return visit, VisitPlanned(visit=visit.snapshot())

    def same_plan(self, account_id: str, planned_at: datetime, contact_ids: list[str]) -> bool:
        """True when this visit was planned with just these values (a device that repeats itself)."""
        once = {*self.contact_ids, *self.removed_contact_ids}
        return (self.account_id, self.planned_at) == (account_id, planned_at) and once == set(contact_ids)

    def stamp(self, author_path: str, account_stamps: list[Stamp]) -> bool:
        """Say who sees this; True when that changes.

        The credited unit and the institution's alignment of today always, the author's present unit until it is finished.
        """
        paths = [self.credited_path] if self.state in FINISHED else [self.credited_path, author_path]
        stamps = [Stamp(path=path) for path in dict.fromkeys(paths)]
        stamps += [stamp for stamp in account_stamps if stamp not in stamps]
        changed = stamps != self.visible
        if changed:
            self.visible = stamps
        return changed

    def drop_contacts(self, gone: list[ContactId]) -> VisitContactsChanged | None:
        """Take contacts off a planned visit that no longer work there; None when nothing changes."""
        removed = [contact for contact in self.contact_ids if contact in gone]
        if self.state is not VisitState.PLANNED or not removed:
            return None
        self.contact_ids = [contact for contact in self.contact_ids if contact not in removed]
        self.removed_contact_ids = [*self.removed_contact_ids, *removed]
        return VisitContactsChanged(visit=self.snapshot(), removed=removed)

    def forget_words(self) -> bool:
        """Drop what was written freely; False when nothing was."""
        texts = (self.feedback, self.next_step, self.cancellation_words, *(one.message for one in self.products))
        self.feedback = self.next_step = self.cancellation_words = None
        self.products = [one.model_copy(update={"message": None}) for one in self.products]
        return any(text is not None for text in texts)

    def cancel(self, reason: CancellationReason, words: str | None) -> VisitCancelled:
        """Give a planned visit up. Raises: IllegalTransition."""
        self.require_state("cancel", VisitState.PLANNED)
        self.state = VisitState.CANCELLED
        self.cancellation, self.cancellation_words = reason, words
        return VisitCancelled(visit=self.snapshot(), reason_code=reason.value)

    # -- at the institution --

    def check_in(
        self,
        *,
        at: datetime,
        on: date,
        fix: Fix,
        now: datetime,
        institution: GeoPoint | None,
        radius_m: int,
        previous: PlacedFix | None,
    ) -> VisitCheckedIn:
        """Arrive. What looks odd is flagged, not refused; `previous` is the representative's last check-out before `at`.

        Raises: IllegalTransition. `at` must have passed `rules.device_time`.
        """
        self.require_state("check_in", VisitState.PLANNED)
        self.state = VisitState.CHECKED_IN
        self.checked_in_at, self.visited_on, self.check_in_fix = at, on, fix
        if at > now:
            self._flag(VisitFlag.CLOCK_AHEAD)
        self.allowed_m = radius_m + round(min(fix.accuracy_m, CREDITED_ACCURACY_M))
        if institution is None:
            self._flag(VisitFlag.LOCATION_UNKNOWN)
        else:
            self.distance_m = distance_m(fix.point, institution)
            if self.distance_m > self.allowed_m:
                self._flag(VisitFlag.LOCATION_EXCEPTION)
        if previous and too_fast(previous, PlacedFix(at=at, fix=fix)):
            self._flag(VisitFlag.TELEPORT)
        return VisitCheckedIn(visit=self.snapshot())

    def check_out(self, *, at: datetime, fix: Fix | None, now: datetime) -> VisitCheckedOut:
        """Leave. Raises: IllegalTransition. `at` must have passed `rules.device_time` and `rules.not_before`."""
        self.require_state("check_out", VisitState.CHECKED_IN)
        self.state = VisitState.CHECKED_OUT
        self.checked_out_at, self.check_out_fix = at, fix
        if at > now:
            self._flag(VisitFlag.CLOCK_AHEAD)
        return VisitCheckedOut(visit=self.snapshot())

    def left(self) -> PlacedFix | None:
        """Where and when the representative was last known to be in this visit; None before the check-out."""
        fix = self.check_out_fix or self.check_in_fix
        return PlacedFix(at=self.checked_out_at, fix=fix) if self.checked_out_at and fix else None

    # -- the report --

    def write_report(
        self,
        *,
        attendees: list[ContactId],
        products: list[Detail],
        feedback: str | None,
        materials: list[Drop],
        next_step: str | None,
    ) -> VisitReported:
        """Write or rewrite the report. Raises: IllegalTransition. The content must have passed `rules`."""
        self.require_reportable()
        self.reported = True
        self.attendees, self.products, self.materials = attendees, products, materials
        self.feedback, self.next_step = feedback, next_step
        return VisitReported(visit=self.snapshot())

    def require_reportable(self) -> None:
        """A report is written at the institution, after it, or after a return. Raises: IllegalTransition."""
        self.require_state("report", VisitState.CHECKED_IN, VisitState.CHECKED_OUT, VisitState.RETURNED)

    # -- the submission --

    def submit(self, *, at: datetime, now: datetime, due_within: timedelta) -> VisitSubmitted:
        """Hand the report in, by the device's clock at `at`; promotion answers for the new attempt.

        Raises: IllegalTransition, SubmissionTooLate (first submission only, counted from the device's check-out).
        `at` must have passed `rules.device_time`, the report `submission_violations`.
        """
        self.require_submittable()
        if self.attempt == 0 and self.checked_out_at and at - self.checked_out_at > due_within:
            due_at = self.checked_out_at + due_within
            raise SubmissionTooLate(f"The report was due at {due_at.isoformat()}.", due_at=due_at.isoformat())
        if now - at > MAX_AHEAD:
            self._flag(VisitFlag.SUBMITTED_OFFLINE)
        self.state = VisitState.SUBMITTED
        self.attempt += 1
        self.submitted_at, self.return_reasons = now, []
        return VisitSubmitted(visit=self.snapshot())

    def require_submittable(self) -> None:
        """Only a visit that was left, or came back, is handed in. Raises: IllegalTransition."""
        self.require_state("submit", VisitState.CHECKED_OUT, VisitState.RETURNED)

    def submission_violations(self) -> list[Violation]:
        """Everything that the report lacks for a submission."""
        if not self.reported:
            return [Violation("report_missing", "The visit has no report yet.", "report")]
        if not self.attendees:
            return [Violation("attendees_missing", "The report names nobody who was met.", "report.attendees")]
        return []

    def confirm(self, attempt: int, now: datetime) -> VisitConfirmed | None:
        """Promotion booked the attempt's materials; None when this does not speak of the attempt that waits."""
        if not self._awaits(attempt):
            return None
        self.state, self.confirmed_at = VisitState.CONFIRMED, now
        return VisitConfirmed(visit=self.snapshot())

    def give_back(self, attempt: int, reasons: list[RefusalReason]) -> VisitReturned | None:
        """Promotion refused the attempt; None when this does not speak of the attempt that waits."""
        if not self._awaits(attempt):
            return None
        self.state = VisitState.RETURNED
        self.return_reasons = [ReturnReason(line=r.line, code=r.code, detail=r.detail) for r in reasons]
        return VisitReturned(visit=self.snapshot(), reasons=reasons)

    def _awaits(self, attempt: int) -> bool:
        return self.state is VisitState.SUBMITTED and self.attempt == attempt

    # -- every room --

    def require_author(self, employee_id: str | None) -> None:
        """Raises: NotTheAuthor."""
        if employee_id != self.employee_id:
            raise NotTheAuthor()

    def require_state(self, wanted: str, *allowed: VisitState) -> None:
        """Raises: IllegalTransition, naming the present state and those from which `wanted` is possible."""
        if self.state not in allowed:
            raise IllegalTransition(
                f"A visit that is {self.state.value} cannot take {wanted}.",
                state=self.state.value,
                allowed_from=[state.value for state in allowed],
            )

    def snapshot(self) -> VisitSnapshot:
        """The public state for events: no points, no words."""
        return VisitSnapshot.model_validate({**self.public_state(), "visit_id": self.id})

    def _flag(self, flag: VisitFlag) -> None:
        if flag not in self.flags:
            self.flags = [*self.flags, flag]
