"""Events of institutions."""

from datetime import date, datetime

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import AccountId, DepartmentId, UnitId
from contracts.values import AccountKind, GeoPoint, Grade, Stage, Stamp


class IndicatedPatients(State):
    """Patients of one indication in a year."""

    indication: str
    patients: int


class StagePeriod(State):
    """A stage of the life cycle from `on` until `until` (exclusive; null: until further notice)."""

    stage: Stage
    on: date
    until: date | None = None
    recorded: datetime | None = None
    """When it was decided. Events from before that was told do not have it; the same holds below."""


class GradePeriod(State):
    """A grade from `on` until `until` (exclusive; null: until further notice)."""

    grade: Grade
    on: date
    until: date | None = None
    recorded: datetime | None = None


class ParentPeriod(State):
    """The institution belonged to another (null: to none) from `on` until `until` (exclusive)."""

    parent_id: AccountId | None = None
    on: date
    until: date | None = None
    recorded: datetime | None = None


class DepartmentState(State):
    """A department of an institution; volumes are per year."""

    department_id: DepartmentId
    name: str
    specialty: str | None = None
    outpatient_visits: int | None = None
    discharges: int | None = None
    patients: list[IndicatedPatients] = Field(default_factory=list[IndicatedPatients])


class AccountState(State):
    """An institution. Volumes are per year. `unit_path` is that of the unit that owns it.

    `code` is the one under which authorities keep it. `stage`, `grade` and `parent_id` are those of the day of the
    event; `stages`, `grades` and `parents` are all that is known of them, what is planned too. `closing_attempt` counts
    the attempts to close it and is there while one waits for answers. `visible` says who may see it today: the people of
    the owning unit (line `*`) and of the territories that cover it, each for its product line. Events from before
    territories were aligned do not have it.
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
    discharges: int | None = None
    parent_id: AccountId | None = None
    tags: list[str] = Field(default_factory=list[str])
    attributes: dict[str, bool | int | float | str] = Field(default_factory=dict[str, bool | int | float | str])
    stages: list[StagePeriod] = Field(default_factory=list[StagePeriod])
    grades: list[GradePeriod] = Field(default_factory=list[GradePeriod])
    parents: list[ParentPeriod] = Field(default_factory=list[ParentPeriod])
    closing_attempt: int | None = None
    created_at: datetime | None = None
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


class AccountRegraded(Event, type="customer.account-regraded.v1", topic="customer.account"):
    """The grade became another, effective on `on` (business date, perhaps past or planned) until the next one known."""

    account: AccountState
    from_grade: Grade | None = None
    to_grade: Grade
    on: date


class AccountReparented(Event, type="customer.account-reparented.v1", topic="customer.account"):
    """The institution belongs to another one (null: to none), effective on `on` until the next one known."""

    account: AccountState
    from_parent_id: AccountId | None = None
    to_parent_id: AccountId | None = None
    on: date


class AccountFactsBegan(Event, type="customer.account-facts-began.v1", topic="customer.account"):
    """Planned facts have come: those named (`stage`, `grade`, `parent`) hold now, the first of them since `on`."""

    account: AccountState
    facts: list[str]
    on: date
