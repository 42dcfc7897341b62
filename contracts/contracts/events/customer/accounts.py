"""Events of institutions."""

from datetime import date

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import AccountId, DepartmentId, UnitId
from contracts.values import AccountKind, GeoPoint, Grade, Stage, Stamp


class DepartmentState(State):
    """A department of an institution; volumes are per year."""

    department_id: DepartmentId
    name: str
    specialty: str | None = None
    outpatient_visits: int | None = None
    discharges: int | None = None


class AccountState(State):
    """An institution. `outpatient_visits` is per year. `unit_path` is that of the unit that owns it.

    `code` is the one under which authorities keep it. `visible` says who may see it today: the people of the owning
    unit (line `*`) and of the territories that cover it, each for its product line. Events from before territories
    were aligned do not have it.
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
    survivor_of: AccountId | None = None
    """Into which it was merged: whoever keeps this institution's id reads it as that one's."""
    departments: list[DepartmentState] = Field(default_factory=list[DepartmentState])
    visible: list[Stamp] = Field(default_factory=list[Stamp])

    @property
    def stamps(self) -> list[Stamp]:
        """Who may see what belongs to the institution today, whatever the age of the event."""
        return self.visible or [Stamp(path=self.unit_path)]


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


class AccountRealigned(Event, type="customer.account-realigned.v1", topic="customer.account"):
    """Who may see the institution is different from today: territories that cover it changed, or moved in the tree."""

    account: AccountState
