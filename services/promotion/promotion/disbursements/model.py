"""The decision on a visit's materials: one aggregate per visit, one attempt per submission."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from chassis.aggregate import Aggregate, Entity, Index
from chassis.ids import tail
from contracts.events.promotion import (
    DisbursementBooked,
    DisbursementLine,
    DisbursementRefused,
    DisbursementState,
    RefusalReason,
)
from contracts.ids import AccountId, ContactId, DisbursementId, EmployeeId, LotId, MovementId, VisitId
from contracts.values import Stamp
from pydantic import Field


class Decision(StrEnum):
    """What became of an attempt."""

    BOOKED = "booked"
    REFUSED = "refused"


class Line(Entity):
    """Units of a lot left with a contact. `quantity` is as reported: a refused one may be anything."""

    lot_id: LotId
    contact_id: ContactId
    quantity: int


class Reason(Entity):
    """Why an attempt was refused; `line` counts the visit's materials from 0, None speaks of the whole."""

    line: int | None = None
    code: str
    detail: str


class Attempt(Entity):
    """One submission of the visit and promotion's answer to it."""

    number: int
    decision: Decision
    decided_at: datetime
    lines: list[Line] = Field(default_factory=list[Line])
    reasons: list[Reason] = Field(default_factory=list[Reason])
    movement_ids: list[MovementId] = Field(default_factory=list[MovementId])


def disbursement_id(visit_id: VisitId) -> DisbursementId:
    """The id of the visit's disbursement: always the same."""
    return f"dsb_{tail(visit_id)}"


class Disbursement(Aggregate, kind="disbursement", collection="disbursements", prefix="dsb"):
    """What a visit leaves with a customer (发放). Each attempt is decided once; after a booking nothing more is booked."""

    INDEXES: ClassVar[list[Index]] = [Index([("account_id", 1)]), Index([("employee_id", 1)])]

    visit_id: VisitId
    account_id: AccountId
    employee_id: EmployeeId
    attempts: list[Attempt] = Field(default_factory=list[Attempt])

    @classmethod
    def open(cls, *, visit_id: VisitId, account_id: AccountId, employee_id: EmployeeId, path: str) -> "Disbursement":
        """A disbursement without a decision yet; `path` is the unit that the visit is credited to."""
        return cls(
            id=disbursement_id(visit_id),
            visit_id=visit_id,
            account_id=account_id,
            employee_id=employee_id,
            visible=[Stamp(path=path)],
        )

    @property
    def booked(self) -> bool:
        """True when an attempt was booked."""
        return any(attempt.decision is Decision.BOOKED for attempt in self.attempts)

    def has_decided(self, attempt: int) -> bool:
        """True when the attempt has its answer."""
        return any(decided.number == attempt for decided in self.attempts)

    def book(
        self, attempt: int, lines: list[DisbursementLine], movement_ids: list[MovementId], at: datetime
    ) -> DisbursementBooked:
        """The attempt's materials were taken from stock.

        Raises: ValueError when it was decided before, or another attempt booked.
        """
        if self.booked:
            raise ValueError(f"{self.id} is booked already")
        self._decide(attempt, Decision.BOOKED, lines, [], movement_ids, at)
        return DisbursementBooked(disbursement=self._state(attempt, Decision.BOOKED), lines=lines)

    def refuse(
        self, attempt: int, lines: list[DisbursementLine], reasons: list[RefusalReason], at: datetime
    ) -> DisbursementRefused:
        """Nothing of the attempt was taken.

        Raises: ValueError when it was decided before.
        """
        self._decide(attempt, Decision.REFUSED, lines, reasons, [], at)
        return DisbursementRefused(disbursement=self._state(attempt, Decision.REFUSED), reasons=reasons)

    def _decide(
        self,
        attempt: int,
        decision: Decision,
        lines: list[DisbursementLine],
        reasons: list[RefusalReason],
        movement_ids: list[MovementId],
        at: datetime,
    ) -> None:
        if self.has_decided(attempt):
            raise ValueError(f"attempt {attempt} of {self.id} is decided already")
        self.attempts = [
            *self.attempts,
            Attempt(
                number=attempt,
                decision=decision,
                decided_at=at,
                lines=[Line(**line.model_dump()) for line in lines],
                reasons=[Reason(**reason.model_dump()) for reason in reasons],
                movement_ids=movement_ids,
            ),
        ]

    def _state(self, attempt: int, decision: Decision) -> DisbursementState:
        return DisbursementState(disbursement_id=self.id, visit_id=self.visit_id, attempt=attempt, state=decision.value)
