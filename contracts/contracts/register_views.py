"""What the customer register shows of a business date; `contracts.register` makes it from the topics."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from contracts.events.base import State
from contracts.events.customer import (
    AccountState,
    AffiliationState,
    AlignmentState,
    AssignmentState,
    ContactState,
    EmployeeState,
    LineState,
    PositionState,
    QualificationState,
    UnitState,
)
from contracts.values import ContactStatus, Grade, Stage

S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class MergeEntry:
    """An entry was another one, `survivor_id`, from `merged_at` until `undone_at` (null: to this day)."""

    merge_id: str
    kind: str
    survivor_id: str
    merged_id: str
    on: date
    merged_at: datetime
    undone_at: datetime | None = None


class _Period(Protocol):
    @property
    def on(self) -> date: ...


P = TypeVar("P", bound=_Period)


class _Span(Protocol):
    @property
    def valid_from(self) -> date | None: ...

    @property
    def valid_to(self) -> date | None: ...


@dataclass(frozen=True)
class OnDay(Generic[S]):
    """A state and the business date that is asked about."""

    state: S
    day: date


class AccountOn(OnDay[AccountState]):
    """An institution on a date; its departments and plain facts are in `state`."""

    @property
    def stage(self) -> Stage | None:
        """The stage of the life cycle; None before the institution was known."""
        found = _latest(self.state.stages, self.day)
        return found.stage if found else None

    @property
    def grade(self) -> Grade | None:
        """The grade; None before the first that is known."""
        found = _latest(self.state.grades, self.day)
        return found.grade if found else None

    @property
    def parent_id(self) -> str | None:
        """The institution that it belongs to."""
        found = _latest(self.state.parents, self.day)
        return found.parent_id if found else None


class ContactOn(OnDay[ContactState]):
    """A contact on a date."""

    @property
    def affiliations(self) -> list[AffiliationState]:
        """Where the person works."""
        return [one for one in self.state.affiliations if _holds(one, self.day)]

    @property
    def primary(self) -> AffiliationState | None:
        """Where the person works in the first place."""
        return next((one for one in self.affiliations if one.primary), None)

    @property
    def qualifications(self) -> list[QualificationState]:
        """What the person is qualified for."""
        return [one for one in self.state.qualifications if _holds(one, self.day)]

    @property
    def status(self) -> ContactStatus:
        """Whether the contact is worked with; active before anything else is said."""
        found = _latest(self.state.statuses, self.day)
        return found.status if found else ContactStatus.ACTIVE


class EmployeeOn(OnDay[EmployeeState]):
    """An employee on a date."""

    @property
    def positions(self) -> list[PositionState]:
        """The positions that hold."""
        return [one for one in self.state.positions if _holds(one, self.day)]


class AlignmentOn(OnDay[AlignmentState]):
    """Who covers an institution for a product line on a date."""

    @property
    def current(self) -> AssignmentState | None:
        """The territory and its primary representative; None in a gap."""
        return next((one for one in self.state.assignments if _holds(one, self.day)), None)


class UnitOn(OnDay[UnitState]):
    """An organisation unit on a date; for where it stands in the tree see `View.path_of`."""

    @property
    def stands(self) -> bool:
        """True when it has been opened and not closed."""
        opened, closed = self.state.opened_on, self.state.closed_on
        return (opened is None or opened <= self.day) and (closed is None or self.day < closed)

    @property
    def parent_id(self) -> str | None:
        """The unit above; of records that tell no timeline, the one of their day."""
        if not self.state.parents:
            return self.state.parent_id
        return next((one.parent_id for one in self.state.parents if _holds(one, self.day)), None)


class View:
    """The register on a business date with the knowledge of an instant: what every event up to it leaves behind."""

    def __init__(self, day: date, states: dict[str, State], merges: list[MergeEntry]) -> None:
        self.day = day
        self._states = states
        self.merges = merges
        """The merges in force."""

    def account(self, account_id: str) -> AccountOn | None:
        """An institution, also one that points to its survivor; None when nothing was known of it."""
        state = self._states.get(account_id)
        return AccountOn(state, self.day) if isinstance(state, AccountState) else None

    def contact(self, contact_id: str) -> ContactOn | None:
        """A contact, also one that points to its survivor."""
        state = self._states.get(contact_id)
        return ContactOn(state, self.day) if isinstance(state, ContactState) else None

    def alignment(self, alignment_id: str) -> AlignmentOn | None:
        """An alignment."""
        state = self._states.get(alignment_id)
        return AlignmentOn(state, self.day) if isinstance(state, AlignmentState) else None

    def employee(self, employee_id: str) -> EmployeeOn | None:
        """An employee."""
        state = self._states.get(employee_id)
        return EmployeeOn(state, self.day) if isinstance(state, EmployeeState) else None

    def unit(self, unit_id: str) -> UnitOn | None:
        """An organisation unit."""
        state = self._states.get(unit_id)
        return UnitOn(state, self.day) if isinstance(state, UnitState) else None

    def line(self, line_id: str) -> LineState | None:
        """A product line."""
        state = self._states.get(line_id)
        return state if isinstance(state, LineState) else None

    def accounts(self) -> list[AccountOn]:
        """The institutions that stand for themselves, by id."""
        return [AccountOn(one, self.day) for one in self._of(AccountState) if one.survivor_of is None]

    def contacts(self) -> list[ContactOn]:
        """The contacts that stand for themselves, by id."""
        return [ContactOn(one, self.day) for one in self._of(ContactState) if one.survivor_of is None]

    def alignments(self) -> list[AlignmentOn]:
        """The alignments, by id, also those that cover nothing on the date."""
        return [AlignmentOn(one, self.day) for one in self._of(AlignmentState)]

    def employees(self) -> list[EmployeeOn]:
        """The employees, by id."""
        return [EmployeeOn(one, self.day) for one in self._of(EmployeeState)]

    def units(self) -> list[UnitOn]:
        """The units that stand on the date, by id."""
        return [one for state in self._of(UnitState) if (one := UnitOn(state, self.day)).stands]

    def lines(self) -> list[LineState]:
        """The product lines, by id."""
        return list(self._of(LineState))

    def staff_of(self, account_id: str) -> list[ContactOn]:
        """Who works at an institution."""
        return [one for one in self.contacts() if any(job.account_id == account_id for job in one.affiliations)]

    def cover_of(self, account_id: str) -> list[AlignmentOn]:
        """Who covers an institution, line by line."""
        return [one for one in self.alignments() if one.state.account_id == account_id and one.current]

    def survivor_of(self, identifier: str) -> str:
        """The id that stands for an institution or a contact: its own, or that of what it was merged into."""
        seen = {identifier}
        while True:
            state = self._states.get(identifier)
            further = state.survivor_of if isinstance(state, AccountState | ContactState) else None
            if further is None or further in seen:
                return identifier
            seen.add(further)
            identifier = further

    def path_of(self, unit_id: str) -> str | None:
        """Where a unit stands in the tree: `/` + the ids from the root down to it, each followed by `/`; None if unknown."""
        ids: list[str] = []
        unit = self.unit(unit_id)
        while unit is not None and unit.state.unit_id not in ids:
            ids.insert(0, unit.state.unit_id)
            unit = self.unit(unit.parent_id) if unit.parent_id else None
        return f"/{'/'.join(ids)}/" if ids else None

    def _of(self, kind: type[S]) -> Iterator[S]:
        for _, state in sorted(self._states.items()):
            if isinstance(state, kind):
                yield state


def _latest(periods: list[P], day: date) -> P | None:
    """The entry that holds on a date: each holds until the next one's."""
    return next((one for one in reversed(periods) if one.on <= day), None)


def _holds(span: _Span, day: date) -> bool:
    return (span.valid_from is None or span.valid_from <= day) and (span.valid_to is None or day < span.valid_to)
