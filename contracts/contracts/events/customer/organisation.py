"""Events of the organisation: units and the people who work for the company."""

from datetime import date, datetime

from contracts.events.base import Event, State
from contracts.ids import EmployeeId, UnitId
from contracts.roles import Role
from contracts.values import UnitKind


class UnitState(State):
    """An organisation unit; `path` is `/` + the ids from the root down to and including itself, each followed by `/`."""

    unit_id: UnitId
    name: str
    kind: UnitKind
    parent_id: UnitId | None
    path: str


class UnitCreated(Event, type="customer.unit-created.v1", topic="customer.unit"):
    """An organisation unit was opened."""

    unit: UnitState


class EmployeeState(State):
    """An employee without personal data; `username` is the login's identifier, which need not name the person."""

    employee_id: EmployeeId
    username: str
    roles: list[Role]
    unit_id: UnitId
    unit_path: str
    valid_from: date
    valid_to: date | None = None


class EmployeeHired(Event, type="customer.employee-hired.v1", topic="customer.employee"):
    """An employee got a position and an invitation to choose a password.

    The invitation itself (256 random bits) is told once to whoever hired; here is only its SHA-256 in hexadecimal.
    """

    employee: EmployeeState
    invitation_sha256: str
    invitation_expires_at: datetime


class EmployeeReassigned(Event, type="customer.employee-reassigned.v1", topic="customer.employee"):
    """Roles, unit or the end of the position changed."""

    employee: EmployeeState
