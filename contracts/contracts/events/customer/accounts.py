"""Events of institutions."""

from datetime import date

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import AccountId, DepartmentId, UnitId
from contracts.values import AccountKind, GeoPoint, Grade, Stage


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
