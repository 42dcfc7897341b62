"""An institution: facts, departments, life cycle."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from chassis.aggregate import Aggregate, Document, Entity, Index
from chassis.ids import new_id
from chassis.refusals import Conflict, UnknownReference, Violation
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountStageChanged,
    AccountState,
    DepartmentState,
)
from contracts.ids import DepartmentId, UnitId
from contracts.values import AccountKind, GeoPoint, Grade, Stage, Stamp

from customer.accounts.divisions import is_plausible
from customer.accounts.facts import (
    AccountFacts,
    Beds,
    DepartmentEntry,
    DepartmentFacts,
    OutpatientVisits,
    RegistrationCode,
)
from customer.accounts.life_cycle import StageEntry, closed_on, extended, stage_on
from customer.search import institution_fields
from customer.texts import Line, Name, ShortText, has_letters, normalised

CORRECTABLE = ("name", "kind", *AccountFacts.model_fields, "unit_id", "departments")


class AlreadyRegistered(Conflict):
    """An exact key (registration code; or name, division and kind) is that of another institution."""

    code = "already_registered"
    title = "The institution is registered already"


class DepartmentInUse(Conflict):
    """Contacts work, or are to work, in the department."""

    code = "department_in_use"
    title = "A department cannot go while contacts are affiliated with it"


class Department(DepartmentFacts, Entity):
    """A department of an institution; volumes are per year."""

    id: DepartmentId


class Account(Aggregate, kind="account", collection="accounts", prefix="acc"):
    """An institution, aligned to one unit, whose path decides who may see it."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("key", 1)], unique=True, refusal=AlreadyRegistered),
        Index([("code", 1)], unique=True, where={"code": {"$type": "string"}}, refusal=AlreadyRegistered),
        Index([("search", 1)]),
        Index([("unit_path", 1)]),
        Index([("unit_id", 1)]),
        Index([("point", "2dsphere")]),
    ]

    name: Name
    kind: AccountKind
    grade: Grade = Grade.UNGRADED
    code: RegistrationCode | None = None
    division_code: str | None = None
    address: Line | None = None
    telephone: ShortText | None = None
    location: GeoPoint | None = None
    beds: Beds | None = None
    outpatient_visits: OutpatientVisits | None = None
    unit_id: UnitId
    unit_path: str
    departments: list[Department]
    stages: list[StageEntry]
    created_at: datetime

    @classmethod
    def register(
        cls,
        *,
        id: str,
        name: str,
        kind: AccountKind,
        unit_id: str,
        unit_path: str,
        facts: AccountFacts,
        departments: Sequence[DepartmentEntry],
        on: date,
        at: datetime,
    ) -> "Account":
        """A new institution, a prospect from `on`; departments keep ids that they bring."""
        return cls(
            id=id,
            name=name,
            kind=kind,
            unit_id=unit_id,
            unit_path=unit_path,
            departments=[_department(entry, entry.id) for entry in departments],
            stages=[StageEntry(stage=Stage.PROSPECT, on=on, recorded=at)],
            created_at=at,
            visible=[Stamp(path=unit_path)],
            **{fact: getattr(facts, fact) for fact in AccountFacts.model_fields},
        )

    @property
    def exact_key(self) -> str:
        """Equal for two entries of one institution, however its name is spelt."""
        return exact_key(self.name, self.division_code, self.kind)

    def dump(self) -> Document:
        """The stored document: the fields and what is derived from them for unique keys and searches."""
        point = self.location and {"type": "Point", "coordinates": [self.location.lon, self.location.lat]}
        return {
            **super().dump(),
            "key": self.exact_key,
            "point": point,
            **institution_fields(self.name, (self.code, self.division_code)),
        }

    def broken_rules(self) -> Iterator[Violation]:
        """What is wrong with the facts, however they came in."""
        if not has_letters(self.name):
            yield Violation("name_without_letters", "A name holds letters, ideographs or digits", "name")
        if self.division_code is not None and not is_plausible(self.division_code):
            yield Violation("implausible_division", "No division of GB/T 2260 can have this code", "division_code")
        seen: set[str] = set()
        for position, department in enumerate(self.departments):
            key = normalised(department.name)
            if key in seen:
                yield Violation(
                    "duplicate_department", "Two departments have the same name", f"departments[{position}].name"
                )
            seen.add(key)

    def department(self, department_id: str) -> Department | None:
        """The department of that id, if it is one of this institution."""
        return next((one for one in self.departments if one.id == department_id), None)

    def arrange_departments(self, entries: Sequence[DepartmentEntry]) -> list[Violation]:
        """Replace the departments; those that keep their `id` or their name stay the same departments.

        An `id` that is not of this institution is an unknown reference.
        """
        by_name = {normalised(one.name): one.id for one in self.departments}
        named = {entry.id for entry in entries}
        arranged: list[Department] = []
        unknown: list[Violation] = []
        for position, entry in enumerate(entries):
            if entry.id is not None and self.department(entry.id) is None:
                unknown.append(
                    Violation(
                        UnknownReference.code,
                        f"{entry.id} is no department of this institution",
                        f"departments[{position}].id",
                    )
                )
            same = by_name.get(normalised(entry.name))
            arranged.append(_department(entry, entry.id or (None if same in named else same)))
        self.departments = arranged
        return unknown

    def align(self, *, unit_id: str, unit_path: str) -> None:
        """Put the institution under another unit; from now on that unit's people see it."""
        self.unit_id, self.unit_path = unit_id, unit_path
        self.visible = [Stamp(path=unit_path)]

    def correct(self, facts: Mapping[str, Any]) -> None:
        """Overwrite the facts named, which are fields of `AccountFacts`, `name` or `kind`."""
        for fact, value in facts.items():
            setattr(self, fact, value)

    def changed_since(self, before: "Account") -> list[str]:
        """Names of the correctable fields that differ."""
        return [name for name in CORRECTABLE if getattr(self, name) != getattr(before, name)]

    def change_stage(
        self, stage: Stage, *, on: date, reason: str | None, recorded: datetime, today: date
    ) -> AccountStageChanged:
        """Go on in the life cycle from `on`, which may be planned.

        Raises: IllegalTransition, StageBeforeLast.
        """
        before = self.stages[-1].stage
        self.stages = extended(self.stages, stage=stage, on=on, reason=reason, recorded=recorded)
        return AccountStageChanged(account=self.state(today), from_stage=before, to_stage=stage, on=on)

    def stage_on(self, day: date) -> Stage | None:
        """The stage on a date; None before the institution was known."""
        return stage_on(self.stages, day)

    def takes_contacts(self, start: date, until: date | None, today: date) -> bool:
        """True when a contact may work here from `start` until `until`: not beyond a closure that has come."""
        closed = closed_on(self.stages)
        if closed is None or closed > max(start, today):
            return True
        return until is not None and until <= closed

    def created(self, today: date) -> AccountCreated:
        """The event of the registration."""
        return AccountCreated(account=self.state(today))

    def corrected(self, changed: list[str], today: date) -> AccountCorrected:
        """The event of a correction."""
        return AccountCorrected(account=self.state(today), changed=changed)

    def state(self, today: date) -> AccountState:
        """What events tell of the institution; `stage` is that of `today`."""
        return AccountState(
            account_id=self.id,
            name=self.name,
            kind=self.kind,
            grade=self.grade,
            code=self.code,
            division_code=self.division_code,
            address=self.address,
            telephone=self.telephone,
            location=self.location,
            beds=self.beds,
            outpatient_visits=self.outpatient_visits,
            unit_id=self.unit_id,
            unit_path=self.unit_path,
            stage=self.stage_on(today) or self.stages[0].stage,
            departments=[
                DepartmentState(
                    department_id=one.id,
                    name=one.name,
                    specialty=one.specialty,
                    outpatient_visits=one.outpatient_visits,
                    discharges=one.discharges,
                )
                for one in self.departments
            ],
        )


def exact_key(name: str, division_code: str | None, kind: AccountKind) -> str:
    """The exact key that two entries of one institution share."""
    return f"{kind.value}|{division_code or ''}|{normalised(name)}"


def _department(entry: DepartmentEntry, identifier: str | None) -> Department:
    return Department(
        id=identifier or new_id("dep"),
        name=entry.name,
        specialty=entry.specialty,
        outpatient_visits=entry.outpatient_visits,
        discharges=entry.discharges,
    )
