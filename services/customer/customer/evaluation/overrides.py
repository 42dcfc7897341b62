"""Overrides: a subject counts as another tier than its score says, for a time, because two people say so."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Document, Index
from chassis.principal import Principal
from chassis.refusals import Conflict, Forbidden
from contracts.events.customer import (
    ScoreOverrideApproved,
    ScoreOverrideErased,
    ScoreOverrideRejected,
    ScoreOverrideRequested,
    ScoreOverrideState,
)
from contracts.ids import EmployeeId
from contracts.personal import Personal
from contracts.values import OverrideStatus, ScoreSubject, Tier

from customer.texts import Note


class OverridePending(Conflict):
    """A request is decided before the next one is made."""

    code = "override_pending"
    title = "Another override of the same subject waits for its decision"


class OverrideDecided(Conflict):
    """A decision stands; a new request may follow."""

    code = "override_decided"
    title = "The override has been decided already"


class OverrideExpired(Conflict):
    """What is over before it begins is not approved."""

    code = "override_expired"
    title = "The override has expired before its decision"


class OwnRequest(Forbidden):
    """Nobody approves, or rejects, the own request."""

    code = "approver_is_requester"
    title = "Somebody else decides an override than who asked for it"


class ScoreOverride(Aggregate, kind="score-override", collection="score_overrides", prefix="sov"):
    """A request that a subject counts as `tier`, and its decision. An approved one holds from the day of the decision until
    `expires_on` (exclusive); of several the one approved last counts. It carries no stamps: whoever sees the subject sees it.
    """

    INDEXES: ClassVar[list[Index]] = [
        Index([("open_key", 1)], unique=True, where={"open_key": {"$type": "string"}}, refusal=OverridePending),
        Index([("subject_id", 1)]),
        Index([("state", 1)]),
    ]

    subject: ScoreSubject
    subject_id: str
    tier: Tier
    reason: Annotated[Note | None, Personal]
    expires_on: date
    state: OverrideStatus = OverrideStatus.REQUESTED
    requested_by: EmployeeId | None
    requester: str
    requested_at: datetime
    decided_by: EmployeeId | None = None
    decided_at: datetime | None = None
    decision_reason: Annotated[Note | None, Personal] = None
    effective_on: date | None = None

    def dump(self) -> Document:
        """The stored document, with the key that only undecided requests have."""
        key = self.subject_id if self.state is OverrideStatus.REQUESTED else None
        return {**super().dump(), "open_key": key}

    def requested(self) -> ScoreOverrideRequested:
        """The event of the request."""
        return ScoreOverrideRequested(override=self.told())

    def approve(self, by: Principal, *, reason: str | None, today: date, at: datetime) -> ScoreOverrideApproved:
        """Hold from today. Raises: OverrideDecided, OwnRequest, OverrideExpired."""
        self._require_another(by)
        if self.expires_on <= today:
            raise OverrideExpired(expires_on=self.expires_on.isoformat())
        self._decide(OverrideStatus.APPROVED, by, reason, at)
        self.effective_on = today
        return ScoreOverrideApproved(override=self.told())

    def reject(self, by: Principal, *, reason: str, at: datetime) -> ScoreOverrideRejected:
        """Never hold. Raises: OverrideDecided, OwnRequest."""
        self._require_another(by)
        self._decide(OverrideStatus.REJECTED, by, reason, at)
        return ScoreOverrideRejected(override=self.told())

    def holds_on(self, day: date) -> bool:
        """True when the subject counts as `tier` on that date, unless a later override says otherwise."""
        return self.effective_on is not None and self.effective_on <= day < self.expires_on

    def erased(self) -> ScoreOverrideErased:
        """The event of the person's words having been erased."""
        return ScoreOverrideErased(override=self.told())

    def told(self) -> ScoreOverrideState:
        """What events tell of it."""
        shown = ("subject", "subject_id", "tier", "state", "requested_by", "decided_by", "effective_on", "expires_on")
        return ScoreOverrideState(override_id=self.id, **{name: getattr(self, name) for name in shown})

    def _require_another(self, by: Principal) -> None:
        if self.state is not OverrideStatus.REQUESTED:
            raise OverrideDecided(state=self.state.value)
        if by.subject == self.requester or (by.employee_id is not None and by.employee_id == self.requested_by):
            raise OwnRequest

    def _decide(self, state: OverrideStatus, by: Principal, reason: str | None, at: datetime) -> None:
        self.state, self.decided_by, self.decided_at, self.decision_reason = state, by.employee_id, at, reason


def holding_on(overrides: Iterable[ScoreOverride], day: date) -> dict[str, ScoreOverride]:
    """By subject, the override that holds on a date: of several the one decided last."""
    found: dict[str, ScoreOverride] = {}
    for one in sorted(overrides, key=lambda one: (one.decided_at or one.requested_at, one.id)):
        if one.holds_on(day):
            found[one.subject_id] = one
    return found
