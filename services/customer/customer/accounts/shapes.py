"""How the API shows institutions."""

from datetime import date, datetime

from contracts.values import AccountKind, GeoPoint, Grade, Stage
from pydantic import BaseModel

from customer.accounts.facts import Indicated
from customer.accounts.model import Account, Department
from customer.attributes.values import AttributeValue
from customer.closing.entities import Closing


class DepartmentOut(BaseModel):
    """A department; volumes are per year."""

    id: str
    name: str
    specialty: str | None
    outpatient_visits: int | None
    discharges: int | None
    patients: list[Indicated]

    @classmethod
    def of(cls, department: Department) -> "DepartmentOut":
        """The answer for a department."""
        return cls(**dict(department))


class StageOut(BaseModel):
    """A stage of the life cycle from `on` until `until` (exclusive, null: until further notice)."""

    stage: Stage
    on: date
    until: date | None
    reason: str | None
    recorded: datetime


class GradeOut(BaseModel):
    """A grade from `on` until `until` (exclusive, null: until further notice)."""

    grade: Grade
    on: date
    until: date | None
    reason: str | None
    recorded: datetime


class ParentOut(BaseModel):
    """The institution belonged to `parent_id` (null: to none) from `on` until `until` (exclusive)."""

    parent_id: str | None
    on: date
    until: date | None
    reason: str | None
    recorded: datetime


class HoldingOut(BaseModel):
    """What a service still has at the institution, by ids."""

    service: str
    ids: list[str]


class ClosingOut(BaseModel):
    """A closing under way: which services have not answered yet that they have nothing there, and what they have."""

    attempt: int
    asked_at: datetime
    on: date
    waiting_for: list[str]
    holding: list[HoldingOut]

    @classmethod
    def of(cls, closing: Closing) -> "ClosingOut":
        """The answer for a closing."""
        return cls(
            attempt=closing.attempt,
            asked_at=closing.asked_at,
            on=closing.on,
            waiting_for=closing.waiting_for,
            holding=[HoldingOut(service=one.service, ids=one.holding) for one in closing.answers if one.holding],
        )


class AccountOut(BaseModel):
    """An institution as the API shows it. `stage`, `grade` and `parent_id` are those of the date asked about, the first
    two null before they were known; `stages`, `grades` and `parents` are all of them, what is planned too.
    """

    id: str
    name: str
    kind: AccountKind
    grade: Grade | None
    code: str | None
    division_code: str | None
    address: str | None
    telephone: str | None
    location: GeoPoint | None
    beds: int | None
    outpatient_visits: int | None
    discharges: int | None
    tags: list[str]
    attributes: dict[str, AttributeValue]
    unit_id: str
    unit_path: str
    parent_id: str | None
    stage: Stage | None
    closing: ClosingOut | None
    stages: list[StageOut]
    grades: list[GradeOut]
    parents: list[ParentOut]
    departments: list[DepartmentOut]
    created_at: datetime
    recorded_at: datetime
    version: int

    @classmethod
    def of(cls, account: Account, on: date) -> "AccountOut":
        """The answer for an institution, as of a date."""
        own = cls.model_fields.keys() & (Account.model_fields.keys() - _SHAPED)
        return cls(
            **{name: getattr(account, name) for name in own},
            grade=account.grade_on(on),
            parent_id=account.parent_on(on),
            stage=account.stage_on(on),
            closing=ClosingOut.of(account.closing) if account.closing else None,
            stages=[StageOut(**dict(entry)) for entry in account.stages],
            grades=[GradeOut(**dict(entry)) for entry in account.grades],
            parents=[ParentOut(**dict(entry)) for entry in account.parents],
            departments=[DepartmentOut.of(one) for one in account.departments],
            recorded_at=account.recorded_at,
        )


_SHAPED = {"closing", "stages", "grades", "parents", "departments"}
