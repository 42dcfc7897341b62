"""An institution: facts, departments, life cycle, and what changes at a date (grade, parent)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Self

from chassis.aggregate import Document, Entity, Index
from chassis.ids import new_id
from chassis.refusals import Conflict, NotFound, UnknownReference, Violation
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountFactsBegan,
    AccountRealigned,
    AccountRegraded,
    AccountReparented,
    AccountStageChanged,
    AccountState,
)
from contracts.ids import AccountId, DepartmentId, UnitId
from contracts.values import ANY_LINE, AccountKind, GeoPoint, Grade, Stage, Stamp
from pydantic import Field

from customer.accounts.divisions import is_plausible
from customer.accounts.facts import (
    AccountFacts,
    Beds,
    DepartmentEntry,
    DepartmentFacts,
    Discharges,
    OutpatientVisits,
    RegistrationCode,
)
from customer.accounts.life_cycle import StageEntry, called_off, closed_on, extended, stage_on
from customer.accounts.states import account_state
from customer.accounts.tags import Tags
from customer.accounts.timelines import Dated, GradeEntry, ParentEntry, holding_on, inserted
from customer.attributes.values import AttributeValue, attribute_keys
from customer.closing.entities import Closing
from customer.duplicates.traits import AccountTraits, account_keys, account_traits
from customer.mergeable import Mergeable
from customer.search import institution_fields
from customer.texts import Line, Name, ShortText, has_letters, normalised

CORRECTABLE = ("name", "kind", *AccountFacts.model_fields, "attributes", "unit_id", "departments")
_PLAIN_FACTS = AccountFacts.model_fields.keys() - {"grade"}


class AlreadyRegistered(Conflict):
    """An exact key (registration code; or name, division and kind) is that of another institution."""

    code = "already_registered"
    title = "The institution is registered already"


class DepartmentInUse(Conflict):
    """Contacts work, or are to work, in the department."""

    code = "department_in_use"
    title = "A department cannot go while contacts are affiliated with it"


class UnknownDepartment(NotFound):
    """The path names a department that the institution does not have."""

    title = "No such department"


class Department(DepartmentFacts, Entity):
    """A department of an institution; volumes are per year."""

    id: DepartmentId


class Account(Mergeable, kind="account", collection="accounts", prefix="acc"):
    """An institution. The unit that owns it and the territories that cover it today decide who may see it."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("key", 1)], unique=True, refusal=AlreadyRegistered),
        Index([("code", 1)], unique=True, where={"code": {"$type": "string"}}, refusal=AlreadyRegistered),
        Index([("search", 1)]),
        Index([("match_keys", 1)]),
        Index([("unit_path", 1)]),
        Index([("unit_id", 1)]),
        Index([("point", "2dsphere")]),
        Index([("tags", 1)]),
        Index([("attribute_keys", 1)]),
        Index([("parents.parent_id", 1)], sparse=True),
        Index([("parents_named", 1)], sparse=True),
        Index([("due_on", 1)]),
        Index([("closing.attempt", 1)], sparse=True),
    ]

    name: Name
    kind: AccountKind
    code: RegistrationCode | None = None
    division_code: str | None = None
    address: Line | None = None
    telephone: ShortText | None = None
    location: GeoPoint | None = None
    beds: Beds | None = None
    outpatient_visits: OutpatientVisits | None = None
    discharges: Discharges | None = None
    tags: Tags = Field(default_factory=list[str])
    attributes: dict[str, AttributeValue] = Field(default_factory=dict[str, AttributeValue])
    """Values of what the company has defined beside these fields, by code."""
    unit_id: UnitId
    unit_path: str
    departments: list[Department]
    stages: list[StageEntry]
    grades: list[GradeEntry]
    parents: list[ParentEntry] = Field(default_factory=list[ParentEntry])
    parents_named: list[AccountId] = Field(default_factory=list[AccountId])
    """Every institution that it was ever said to belong to, also wrongly."""
    closing: Closing | None = None
    """What the institution waits for before it is closed."""
    closings: int = 0
    """How often closing has been asked for; answers name the attempt they speak of."""
    created_at: datetime
    due_on: date | None = None
    """When the next of its planned facts begins."""

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
        attributes: Mapping[str, AttributeValue] | None = None,
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
            grades=[GradeEntry(grade=facts.grade, on=on, recorded=at)],
            attributes=dict(attributes or {}),
            created_at=at,
            visible=[Stamp(path=unit_path)],
            **{fact: getattr(facts, fact) for fact in _PLAIN_FACTS},
        )

    @classmethod
    def load(cls, document: Document) -> Self:
        """The institution of a document; one written before grades had dates has had its grade from the beginning."""
        if "grades" not in document:
            first = document["stages"][0]
            grade = {"grade": document.get("grade", Grade.UNGRADED), "on": first["on"], "recorded": first["recorded"]}
            document = {**document, "grades": [grade]}
        return super().load(document)

    @property
    def exact_key(self) -> str:
        """Equal for two entries of one institution, however its name is spelt; a merged one holds none but its own."""
        return f"merged|{self.id}" if self.is_merged else exact_key(self.name, self.division_code, self.kind)

    @property
    def traits(self) -> AccountTraits:
        """What the institution is compared by with others that may be the same."""
        return account_traits(
            name=self.name,
            kind=self.kind.value,
            division_code=self.division_code,
            telephone=self.telephone,
            address=self.address,
            point=(self.location.lat, self.location.lon) if self.location else None,
        )

    @property
    def match_keys(self) -> list[int]:
        """The keys under which it meets others that may be the same."""
        return [] if self.is_merged else account_keys(self.traits)

    def dump(self) -> Document:
        """The stored document: the fields and what is derived from them for unique keys, searches and comparisons."""
        point = self.location and {"type": "Point", "coordinates": [self.location.lon, self.location.lat]}
        return {
            **super().dump(),
            "key": self.exact_key,
            "point": point,
            "attribute_keys": attribute_keys(self.attributes),
            "match_keys": self.match_keys,
            **institution_fields("" if self.is_merged else self.name, (self.code, self.division_code)),
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
            indications = [normalised(one.indication) for one in department.patients]
            if len(set(indications)) < len(indications):
                yield Violation(
                    "duplicate_indication",
                    "An indication is counted once in a department",
                    f"departments[{position}].patients",
                )

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

    def open_department(self, entry: DepartmentEntry) -> Department:
        """Add a department at the end of the list."""
        department = _department(entry, None)
        self.departments = [*self.departments, department]
        return department

    def correct_department(self, department_id: str, facts: Mapping[str, Any]) -> None:
        """Overwrite facts of one department. Raises: UnknownDepartment."""
        present = self.department(department_id)
        if present is None:
            raise UnknownDepartment
        changed = Department(**{**dict(present), **facts})
        self.departments = [changed if one.id == department_id else one for one in self.departments]

    def close_department(self, department_id: str) -> None:
        """Take a department away. Raises: UnknownDepartment."""
        if self.department(department_id) is None:
            raise UnknownDepartment
        self.departments = [one for one in self.departments if one.id != department_id]

    def align(self, *, unit_id: str, unit_path: str) -> None:
        """Put the institution under another unit; from now on that unit's people see it, besides its territories'."""
        territories = [stamp for stamp in self.visible if stamp.line != ANY_LINE]
        self.unit_id, self.unit_path = unit_id, unit_path
        self.visible = [Stamp(path=unit_path), *territories]

    def cover(self, *, unit_path: str, territories: Sequence[Stamp], today: date) -> AccountRealigned | None:
        """Be seen by the unit's people where it stands now and by those of today's territories; None when it is so."""
        visible = [Stamp(path=unit_path), *sorted(territories, key=lambda stamp: (stamp.line, stamp.path))]
        if (self.unit_path, self.visible) == (unit_path, visible):
            return None
        self.unit_path, self.visible = unit_path, visible
        return AccountRealigned(account=self.state(today))

    def correct(self, facts: Mapping[str, Any], today: date) -> None:
        """Overwrite the facts named, which are fields of `AccountFacts`, `name`, `kind` or `attributes`.

        A corrected grade was typed wrong: it takes the place of the one that holds today, for as long as that one holds.
        """
        for fact, value in facts.items():
            if fact == "grade":
                wrong = holding_on(self.grades, today) or self.grades[0]
                self.grades = [
                    entry.model_copy(update={"grade": value}) if entry is wrong else entry for entry in self.grades
                ]
            else:
                setattr(self, fact, value)

    def changed_since(self, before: "Account") -> list[str]:
        """Names of the correctable fields that differ."""
        stored = {"grade": "grades"}
        return [
            name
            for name in CORRECTABLE
            if getattr(self, stored.get(name, name)) != getattr(before, stored.get(name, name))
        ]

    def change_stage(
        self, stage: Stage, *, on: date, reason: str | None, recorded: datetime, today: date
    ) -> AccountStageChanged:
        """Go on in the life cycle from `on`, which may be planned; from a closing that has not come, back.

        Raises: IllegalTransition, StageBeforeLast.
        """
        last = self.stages[-1]
        planned_closing = last.stage is Stage.CLOSING and last.on > today
        if planned_closing and len(self.stages) > 1 and self.stages[-2].stage is stage:
            self.stages = called_off(self.stages)
        else:
            self.stages = extended(self.stages, stage=stage, on=on, reason=reason, recorded=recorded)
        if stage is Stage.CLOSING:
            self.closings += 1
            self.closing = Closing(attempt=self.closings, asked_at=recorded, on=on)
        else:
            self.closing = None
        self._plan(today)
        return AccountStageChanged(account=self.state(today), from_stage=last.stage, to_stage=stage, on=on)

    def answer_closing(
        self, service: str, attempt: int, holding: Sequence[str], *, today: date, now: datetime
    ) -> AccountStageChanged | None:
        """Take another service's answer: what there still depends on the institution. When nothing does, it is closed.

        An answer to an attempt that is not waited for changes nothing.
        """
        if self.closing is None or self.closing.attempt != attempt:
            return None
        self.closing = self.closing.answered(service, holding)
        if self.closing.waits:
            return None
        on = max(today, self.closing.on)
        return self.change_stage(Stage.CLOSED, on=on, reason=self.stages[-1].reason, recorded=now, today=today)

    def regrade(
        self, grade: Grade, *, on: date, reason: str, recorded: datetime, today: date
    ) -> AccountRegraded | None:
        """Have another grade from `on` until the next recorded one; None when it has it then.

        Raises: TimelineFull.
        """
        before = self.grade_on(on)
        grades = inserted(self.grades, GradeEntry(grade=grade, on=on, reason=reason, recorded=recorded))
        if grades is None:
            return None
        self.grades = grades
        self._plan(today)
        return AccountRegraded(account=self.state(today), from_grade=before, to_grade=grade, on=on)

    def reparent(
        self, parent_id: str | None, *, on: date, reason: str, recorded: datetime, today: date
    ) -> AccountReparented | None:
        """Belong to another institution from `on` until the next recorded one; None when it does then.

        Raises: TimelineFull. That no circle arises is for the caller to see to: it is no rule of one document.
        """
        before = self.parent_on(on)
        if parent_id is None and not self.parents:
            return None
        parents = inserted(self.parents, ParentEntry(parent_id=parent_id, on=on, reason=reason, recorded=recorded))
        if parents is None:
            return None
        self.belong(parents)
        self._plan(today)
        return AccountReparented(account=self.state(today), from_parent_id=before, to_parent_id=parent_id, on=on)

    def belong(self, parents: Sequence[ParentEntry]) -> None:
        """Take in a timeline of what it belongs to."""
        self.parents = list(parents)
        self.parents_named = sorted({*self.parents_named, *(one.parent_id for one in parents if one.parent_id)})

    def let_begin(self, today: date) -> AccountFactsBegan | None:
        """Tell of planned facts that have come; None when none has."""
        due = self.due_on
        if due is None or due > today:
            return None
        lines: dict[str, Sequence[Dated | StageEntry]] = {
            "stage": self.stages,
            "grade": self.grades,
            "parent": self.parents,
        }
        begun = [name for name, line in lines.items() if any(due <= entry.on <= today for entry in line)]
        self._plan(today)
        return AccountFactsBegan(account=self.state(today), facts=begun, on=due)

    def _plan(self, today: date) -> None:
        starts = [entry.on for entry in (*self.stages, *self.grades, *self.parents)]
        self.due_on = min((on for on in starts if on > today), default=None)

    def point_to(self, survivor_id: str, *, on: date, recorded: datetime) -> None:
        """Be a sign that points to the survivor from `on`; what was planned from then on is dropped."""
        self.survivor_id, self.due_on = survivor_id, None
        so_far = [entry for entry in self.stages if entry.on < on]
        if so_far:
            so_far[-1] = so_far[-1].model_copy(update={"until": on})
        self.stages = [*so_far, StageEntry(stage=Stage.MERGED, on=on, recorded=recorded)]

    def stand_again(self, before: "Account", today: date) -> None:
        """Stand for itself, with the life cycle that it had before the merge."""
        self.survivor_id, self.stages = None, before.stages
        self._plan(today)

    def stage_on(self, day: date) -> Stage | None:
        """The stage on a date; None before the institution was known."""
        return stage_on(self.stages, day)

    def grade_on(self, day: date) -> Grade | None:
        """The grade on a date; None before the first that is known."""
        entry = holding_on(self.grades, day)
        return entry.grade if entry else None

    def parent_on(self, day: date) -> AccountId | None:
        """The institution that it belongs to on a date."""
        entry = holding_on(self.parents, day)
        return entry.parent_id if entry else None

    def present_grade(self, today: date) -> Grade:
        """The grade of today, or the first that is planned."""
        return self.grade_on(today) or self.grades[0].grade

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
        return account_state(self, today)


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
        patients=list(entry.patients),
    )
