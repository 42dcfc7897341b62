"""Events of the organisation: units and the people who work for the company."""

from datetime import date, datetime

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import EmployeeId, LineId, PositionId, UnitId
from contracts.roles import Role
from contracts.values import UnitKind


class UnitParentPeriod(State):
    """A unit stands below `parent_id` (null: below none) from `valid_from` until `valid_to` (exclusive)."""

    parent_id: UnitId | None = None
    valid_from: date
    valid_to: date | None = None


class UnitState(State):
    """An organisation unit; `path` is `/` + the ids from the root down to and including itself, each followed by `/`.

    `parent_id` and `path` are those of the day of the event; `parents` is where the unit stood, stands and is planned to
    stand. Events from before that was told do not have it.
    """

    unit_id: UnitId
    name: str
    kind: UnitKind
    parent_id: UnitId | None
    path: str
    opened_on: date | None = None
    closed_on: date | None = None
    """The first day without it."""
    parents: list[UnitParentPeriod] = Field(default_factory=list[UnitParentPeriod])


class UnitCreated(Event, type="customer.unit-created.v1", topic="customer.unit"):
    """An organisation unit was opened."""

    unit: UnitState


class UnitRenamed(Event, type="customer.unit-renamed.v1", topic="customer.unit"):
    """A unit has another name."""

    unit: UnitState


class UnitMovePlanned(Event, type="customer.unit-move-planned.v1", topic="customer.unit"):
    """A unit will stand below `to_parent_id` from `on`; a later plan for the same date takes this one's place."""

    unit: UnitState
    to_parent_id: UnitId
    on: date


class UnitMoved(Event, type="customer.unit-moved.v1", topic="customer.unit"):
    """A unit stands below another since `on`, with everything under it.

    The paths of what is under it follow: each unit tells so by `customer.unit-path-changed.v1`, employees and
    institutions by their own events.
    """

    unit: UnitState
    from_parent_id: UnitId
    to_parent_id: UnitId
    from_path: str
    on: date


class UnitPathChanged(Event, type="customer.unit-path-changed.v1", topic="customer.unit"):
    """A unit above this one has moved, so that this one's path is another."""

    unit: UnitState
    from_path: str


class UnitClosed(Event, type="customer.unit-closed.v1", topic="customer.unit"):
    """A unit on which nothing depended was closed."""

    unit: UnitState


class PositionState(State):
    """A position from `valid_from` until `valid_to` (exclusive; None: until further notice).

    `line_ids` are the product lines it is for, none: all of them; `share` is in per cent of the working time.
    """

    position_id: PositionId
    unit_id: UnitId
    unit_path: str
    roles: list[Role]
    line_ids: list[LineId] = Field(default_factory=list[LineId])
    share: int | None = None
    valid_from: date
    valid_to: date | None = None


class EmployeeState(State):
    """An employee without personal data; `username` is the login's identifier, which need not name the person.

    `roles`, `unit_id` and `unit_path` are those of the main position of the day, `valid_from` and `valid_to` the whole
    time of employment. `positions` are all of them, past and planned ones too, oldest first. Who leaves hands over own
    stock and advances from `leaves_on` until the record is closed on `closed_on`.
    """

    employee_id: EmployeeId
    username: str
    roles: list[Role]
    unit_id: UnitId
    unit_path: str
    valid_from: date
    valid_to: date | None = None
    positions: list[PositionState] = Field(default_factory=list[PositionState])
    leaves_on: date | None = None
    closed_on: date | None = None


class EmployeeHired(Event, type="customer.employee-hired.v1", topic="customer.employee"):
    """An employee got a position and an invitation to choose a password.

    The invitation itself (256 random bits) is told once to whoever hired; here is only its SHA-256 in hexadecimal.
    """

    employee: EmployeeState
    invitation_sha256: str
    invitation_expires_at: datetime


class EmployeeReassigned(Event, type="customer.employee-reassigned.v1", topic="customer.employee"):
    """Positions changed, or the main one did as a date came, or the employee is to leave or has left."""

    employee: EmployeeState
