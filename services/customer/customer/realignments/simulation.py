"""What a realignment would do, worked out on timelines alone: workload, balance, and what forbids its publication.

Workload is in hundredths of a point. A target (institution × product line) is one point, and one more for every 50,000
outpatient visits and every 2,500 inpatients a year; a closed institution is none. Balance is the Gini coefficient of the
territories that the realignment takes from or gives to: 0 when all have the same, towards 1 when one has everything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from chassis.aggregate import Entity
from contracts.ids import AccountId, EmployeeId, LineId, UnitId

from customer.alignments.timeline import (
    Assignment,
    TwoPrimaryRepresentatives,
    gaps,
    holding_on,
    planned_by_hand,
    realigned,
)

FORMULA = (
    "workload of a target = 1 + outpatient visits a year / 50,000 + inpatients a year / 2,500, closed institutions 0; "
    "inpatients = discharges of the departments, or 30 a bed where none are known; "
    "balance = Gini coefficient of the territories that gain or lose"
)
MOST_SHOWN = 500
"""Entries of a list that a report holds; the counts are complete."""

UNCOVERED = "uncovered"
INSTITUTION_CLOSED = "institution_closed"
LISTED_TWICE = "listed_twice"
PLANNED_BY_HAND = "planned_by_hand"

Key = tuple[AccountId, LineId]
"""A target: an institution and a product line."""


class Item(Entity):
    """From the day of the realignment a territory and its representative cover an institution for a line."""

    account_id: AccountId
    line_id: LineId
    to_unit_id: UnitId
    employee_id: EmployeeId

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.account_id, self.line_id

    def assignment(self, on: date, realignment_id: str | None) -> Assignment:
        """What it says, for a timeline."""
        return Assignment(
            unit_id=self.to_unit_id, employee_id=self.employee_id, valid_from=on, realignment_id=realignment_id
        )


class TerritoryLoad(Entity):
    """Targets and workload of a territory on the day, without the realignment and with it."""

    unit_id: UnitId
    targets_before: int = 0
    targets_after: int = 0
    workload_before: int = 0
    workload_after: int = 0


class Orphan(Entity):
    """A target that nobody looks after from the day on: uncovered, or its representative cannot be one."""

    account_id: AccountId
    line_id: LineId
    unit_id: UnitId | None = None
    employee_id: EmployeeId | None = None
    reason: str


class TargetGap(Entity):
    """Nobody covers a target from `since` until `until` (exclusive)."""

    account_id: AccountId
    line_id: LineId
    since: date
    until: date | None


class Overlap(Entity):
    """A target for which two representatives would be the primary one: another item, or what was planned by hand."""

    account_id: AccountId
    line_id: LineId
    unit_id: UnitId
    employee_id: EmployeeId
    since: date
    reason: str


class Report(Entity):
    """What the realignment would do. Lists hold the first entries, counts speak of all."""

    territories: list[TerritoryLoad]
    gini_before: float | None
    gini_after: float | None
    orphaned: list[Orphan]
    orphaned_count: int
    gaps: list[TargetGap]
    gaps_count: int
    overlaps: list[Overlap]
    overlaps_count: int
    formula: str = FORMULA

    @property
    def publishable(self) -> bool:
        """True when nothing forbids the publication."""
        return not (self.orphaned_count or self.gaps_count or self.overlaps_count)


@dataclass(frozen=True)
class Ground:
    """What a simulation stands on: timelines of the targets concerned, workloads, and who may represent what.

    `timelines` holds every target of the items and of the territories that they take from or give to, `closed` the
    institutions that are none on the day; `shortcoming(employee, unit)` says why nobody is looked after so, or None.
    """

    timelines: Mapping[Key, Sequence[Assignment]]
    workloads: Mapping[AccountId, int]
    closed: frozenset[AccountId]
    shortcoming: Callable[[EmployeeId, UnitId], str | None]


@dataclass
class _Findings:
    loads: dict[UnitId, TerritoryLoad] = field(default_factory=dict[UnitId, TerritoryLoad])
    orphaned: list[Orphan] = field(default_factory=list[Orphan])
    gaps: list[TargetGap] = field(default_factory=list[TargetGap])
    overlaps: list[Overlap] = field(default_factory=list[Overlap])

    def load(self, unit_id: UnitId) -> TerritoryLoad:
        return self.loads.setdefault(unit_id, TerritoryLoad(unit_id=unit_id))


def affected_territories(items: Iterable[Item], timelines: Mapping[Key, Sequence[Assignment]], on: date) -> set[UnitId]:
    """The territories that items give to or take from on a date."""
    affected: set[UnitId] = set()
    for item in items:
        current = holding_on(timelines.get(item.key, ()), on)
        affected |= {item.to_unit_id, *([current.unit_id] if current else [])}
    return affected


def simulate(items: Sequence[Item], ground: Ground, *, on: date, today: date) -> Report:
    """What would come of the items on a date."""
    found = _Findings()
    affected = affected_territories(items, ground.timelines, on)
    wanted: dict[Key, Item] = {}
    for item in items:
        if item.key in wanted:
            found.overlaps.append(_overlap(item.key, item.assignment(on, None), LISTED_TWICE))
        wanted.setdefault(item.key, item)
    for unit_id in affected:
        found.load(unit_id)
    for key in sorted({*ground.timelines, *wanted}):
        before = list(ground.timelines.get(key, ()))
        after = _after(key, before, wanted.get(key), on, found)
        _weigh(key, before, after, affected, ground, on, found)
        if key[0] not in ground.closed:
            _judge(key, before, after, ground, on, today, found)
        elif key in wanted:
            found.orphaned.append(_orphan(key, wanted[key].assignment(on, None), INSTITUTION_CLOSED))
    territories = sorted(found.loads.values(), key=lambda load: load.unit_id)
    return Report(
        territories=territories,
        gini_before=gini([load.workload_before for load in territories]),
        gini_after=gini([load.workload_after for load in territories]),
        orphaned=found.orphaned[:MOST_SHOWN],
        orphaned_count=len(found.orphaned),
        gaps=found.gaps[:MOST_SHOWN],
        gaps_count=len(found.gaps),
        overlaps=found.overlaps[:MOST_SHOWN],
        overlaps_count=len(found.overlaps),
    )


def gini(values: Sequence[int]) -> float | None:
    """The Gini coefficient of non-negative values to four places; None when there is nothing to distribute."""
    total, count = sum(values), len(values)
    if total == 0:
        return None
    ranked = sum(rank * value for rank, value in enumerate(sorted(values), start=1))
    return round((2 * ranked - (count + 1) * total) / (count * total), 4)


def _after(key: Key, before: list[Assignment], item: Item | None, on: date, found: _Findings) -> list[Assignment]:
    if item is None:
        return before
    try:
        return realigned(before, item.assignment(on, None))
    except TwoPrimaryRepresentatives:
        found.overlaps += [_overlap(key, one, PLANNED_BY_HAND) for one in planned_by_hand(before, on)]
        return before


def _weigh(
    key: Key,
    before: list[Assignment],
    after: list[Assignment],
    affected: set[UnitId],
    ground: Ground,
    on: date,
    found: _Findings,
) -> None:
    workload = ground.workloads.get(key[0], 0)
    was, will = holding_on(before, on), holding_on(after, on)
    if was is not None and was.unit_id in affected:
        load = found.load(was.unit_id)
        load.targets_before, load.workload_before = load.targets_before + 1, load.workload_before + workload
    if will is not None and will.unit_id in affected:
        load = found.load(will.unit_id)
        load.targets_after, load.workload_after = load.targets_after + 1, load.workload_after + workload


def _judge(
    key: Key,
    before: list[Assignment],
    after: list[Assignment],
    ground: Ground,
    on: date,
    today: date,
    found: _Findings,
) -> None:
    account_id, line_id = key
    for gap in gaps(after):
        if gap.until is None or gap.until > today:
            since = max(gap.since, today)
            found.gaps.append(TargetGap(account_id=account_id, line_id=line_id, since=since, until=gap.until))
    will = holding_on(after, on)
    if will is not None:
        reason = ground.shortcoming(will.employee_id, will.unit_id)
        if reason is not None:
            found.orphaned.append(_orphan(key, will, reason))
    elif any(one.valid_to == on for one in before) and not any(one.valid_from > on for one in after):
        found.orphaned.append(Orphan(account_id=account_id, line_id=line_id, reason=UNCOVERED))


def _orphan(key: Key, assignment: Assignment, reason: str) -> Orphan:
    return Orphan(
        account_id=key[0],
        line_id=key[1],
        unit_id=assignment.unit_id,
        employee_id=assignment.employee_id,
        reason=reason,
    )


def _overlap(key: Key, assignment: Assignment, reason: str) -> Overlap:
    return Overlap(
        account_id=key[0],
        line_id=key[1],
        unit_id=assignment.unit_id,
        employee_id=assignment.employee_id,
        since=assignment.valid_from,
        reason=reason,
    )
