"""Events of territory alignment: who covers an institution for a product line, and the realignments that change many."""

from datetime import date
from enum import StrEnum

from contracts.events.base import Event, State
from contracts.ids import AccountId, AlignmentId, EmployeeId, LineId, RealignmentId, UnitId


class AssignmentState(State):
    """A territory and its primary representative, from `valid_from` until `valid_to` (exclusive).

    `realignment_id` is the realignment that said so, if one did.
    """

    unit_id: UnitId
    employee_id: EmployeeId
    valid_from: date
    valid_to: date | None = None
    realignment_id: RealignmentId | None = None


class AlignmentState(State):
    """Who covers, covered and is to cover an institution for a product line; assignments do not overlap."""

    alignment_id: AlignmentId
    account_id: AccountId
    line_id: LineId
    assignments: list[AssignmentState]


class AlignmentOpened(Event, type="customer.alignment-opened.v1", topic="customer.alignment"):
    """An institution is covered for a product line for the first time."""

    alignment: AlignmentState


class AlignmentChanged(Event, type="customer.alignment-changed.v1", topic="customer.alignment"):
    """The assignments changed, effective on `on`, which may lie ahead."""

    alignment: AlignmentState
    on: date


class RealignmentStatus(StrEnum):
    """A realignment is drafted, simulated and published; a later one that covers the same supersedes it."""

    DRAFT = "draft"
    SIMULATED = "simulated"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class RealignmentState(State):
    """A realignment of `items` institutions × product lines, in force from `effective_on`."""

    realignment_id: RealignmentId
    name: str
    effective_on: date
    state: RealignmentStatus
    items: int


class RealignmentDrafted(Event, type="customer.realignment-drafted.v1", topic="customer.realignment"):
    """A realignment was drafted."""

    realignment: RealignmentState


class RealignmentRevised(Event, type="customer.realignment-revised.v1", topic="customer.realignment"):
    """The draft was rewritten; what was simulated before no longer counts."""

    realignment: RealignmentState


class RealignmentSimulated(Event, type="customer.realignment-simulated.v1", topic="customer.realignment"):
    """It was simulated: `gaps`, `overlaps` and `orphaned` count what forbids the publication."""

    realignment: RealignmentState
    gaps: int
    overlaps: int
    orphaned: int


class RealignmentPublished(Event, type="customer.realignment-published.v1", topic="customer.realignment"):
    """It was decided; each alignment tells of its own change by its own event."""

    realignment: RealignmentState


class RealignmentSuperseded(Event, type="customer.realignment-superseded.v1", topic="customer.realignment"):
    """A later one covers everything that this one said."""

    realignment: RealignmentState
    by_realignment_id: RealignmentId
