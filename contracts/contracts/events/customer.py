"""Events of the customer service: organisation, employees, institutions, contacts."""

from datetime import date, datetime

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import AccountId, AffiliationId, ContactId, DepartmentId, EmployeeId, UnitId
from contracts.roles import Role
from contracts.values import AccountKind, GeoPoint, Grade, Stage, UnitKind


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


class DepartmentState(State):
    """A department of an institution; volumes are per year."""

    department_id: DepartmentId
    name: str
    specialty: str | None = None
    outpatient_visits: int | None = None
    discharges: int | None = None


class AccountState(State):
    """An institution. `outpatient_visits` is per year. `unit_path` is where it is aligned today.

    `code` is the one under which authorities keep it.
    """

    account_id: AccountId
    name: str
    kind: AccountKind
    grade: Grade
    code: str | None = None
    division_code: str | None = None
    address: str | None = None
    telephone: str | None = None
    location: GeoPoint | None = None
    beds: int | None = None
    outpatient_visits: int | None = None
    unit_id: UnitId
    unit_path: str
    stage: Stage
    departments: list[DepartmentState] = Field(default_factory=list[DepartmentState])


class AccountCreated(Event, type="customer.account-created.v1", topic="customer.account"):
    """An institution was registered."""

    account: AccountState


class AccountCorrected(Event, type="customer.account-corrected.v1", topic="customer.account"):
    """Facts of an institution were corrected; `changed` names the fields."""

    account: AccountState
    changed: list[str]


class AccountStageChanged(Event, type="customer.account-stage-changed.v1", topic="customer.account"):
    """The life cycle went on, effective on `on` (business date)."""

    account: AccountState
    from_stage: Stage
    to_stage: Stage
    on: date


class AffiliationState(State):
    """A contact works at an institution from `valid_from` until `valid_to` (exclusive)."""

    affiliation_id: AffiliationId
    account_id: AccountId
    department_id: DepartmentId | None = None
    role: str | None = None
    primary: bool = True
    valid_from: date
    valid_to: date | None = None


class ContactState(State):
    """A contact without personal data: title, specialty and where the person works and worked."""

    contact_id: ContactId
    title: str | None = None
    specialty: str | None = None
    affiliations: list[AffiliationState]


class ContactCreated(Event, type="customer.contact-created.v1", topic="customer.contact"):
    """A contact was registered."""

    contact: ContactState


class ContactCorrected(Event, type="customer.contact-corrected.v1", topic="customer.contact"):
    """Facts of a contact were corrected; `changed` names the fields (personal ones too, without their values)."""

    contact: ContactState
    changed: list[str]


class ContactMoved(Event, type="customer.contact-moved.v1", topic="customer.contact"):
    """The primary employment moved to another institution, department or role, effective on `on`."""

    contact: ContactState
    from_account_id: AccountId
    from_department_id: DepartmentId | None = None
    to_account_id: AccountId
    to_department_id: DepartmentId | None = None
    role: str | None = None
    on: date
