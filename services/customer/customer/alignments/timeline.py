"""Who covers an institution for one product line over time, and the rules that hold at every instant of it.

Periods are half-open: an assignment holds from `valid_from` until `valid_to` (exclusive; None: until further notice).
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from chassis.aggregate import Entity
from chassis.refusals import Conflict, RuleBroken
from contracts.ids import EmployeeId, RealignmentId, UnitId


class TwoPrimaryRepresentatives(Conflict):
    """An institution has one primary representative for a line at any instant; `overlaps` names what stands in the way."""

    code = "two_primary_representatives"
    title = "Two primary representatives would cover the institution for the line at one instant"


class AssignmentEndsBeforeItStarts(RuleBroken):
    """An assignment holds for a day at least."""

    code = "ends_before_it_starts"
    title = "An assignment ends after it has started"


class NotCovered(Conflict):
    """Only what holds on a date can change on it."""

    code = "not_covered"
    title = "Nobody covers the institution for the line on that date"


class Assignment(Entity):
    """A territory and its primary representative cover the institution for the line; a realignment may have said so."""

    unit_id: UnitId
    employee_id: EmployeeId
    valid_from: date
    valid_to: date | None = None
    realignment_id: RealignmentId | None = None

    def holds_on(self, day: date) -> bool:
        """True when the date lies within."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def overlaps(self, other: "Assignment") -> bool:
        """True when both hold on some date."""
        return (self.valid_to is None or other.valid_from < self.valid_to) and (
            other.valid_to is None or self.valid_from < other.valid_to
        )

    def same_cover(self, other: "Assignment") -> bool:
        """True when territory and representative are those of the other."""
        return (self.unit_id, self.employee_id) == (other.unit_id, other.employee_id)


class Period(Entity):
    """A half-open period of dates; `until` None: without end."""

    since: date
    until: date | None = None


def holding_on(assignments: Sequence[Assignment], day: date) -> Assignment | None:
    """The assignment of a date."""
    return next((one for one in assignments if one.holds_on(day)), None)


def assigned(assignments: Sequence[Assignment], new: Assignment) -> list[Assignment]:
    """The timeline with a further assignment.

    Raises: AssignmentEndsBeforeItStarts, TwoPrimaryRepresentatives.
    """
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise AssignmentEndsBeforeItStarts(field="valid_to")
    in_the_way = [one for one in assignments if one.overlaps(new)]
    if in_the_way:
        raise TwoPrimaryRepresentatives(overlaps=[one.model_dump(mode="json") for one in in_the_way])
    return in_order([*assignments, new])


def changed(
    assignments: Sequence[Assignment], *, on: date, unit_id: str | None = None, employee_id: str | None = None
) -> list[Assignment]:
    """The timeline when territory or representative of the assignment of `on` are others from that date.

    What is not named stays; the end stays, and with it what is planned to come after. A change on the first day of an
    assignment corrects the whole of it.

    Raises: NotCovered.
    """
    current = _current(assignments, on)
    after = current.model_copy(
        update={
            "unit_id": unit_id or current.unit_id,
            "employee_id": employee_id or current.employee_id,
            "valid_from": on,
            "realignment_id": None,
        }
    )
    if after.same_cover(current):
        return list(assignments)
    return in_order([*_cut(assignments, current, on), after])


def ended(assignments: Sequence[Assignment], *, on: date) -> list[Assignment]:
    """The timeline when the assignment of `on` ends there; one that begins on that date is taken back.

    Raises: NotCovered.
    """
    return in_order(_cut(assignments, _current(assignments, on), on))


def realigned(assignments: Sequence[Assignment], new: Assignment) -> list[Assignment]:
    """The timeline when a realignment's assignment holds from its start, without end.

    What was planned from then on by earlier realignments gives way; what was planned by hand does not.

    Raises: TwoPrimaryRepresentatives.
    """
    kept = [one for one in assignments if one.valid_from < new.valid_from]
    planned = planned_by_hand(assignments, new.valid_from)
    if planned:
        raise TwoPrimaryRepresentatives(overlaps=[one.model_dump(mode="json") for one in planned])
    current = holding_on(kept, new.valid_from)
    if current is not None and current.same_cover(new) and current.valid_to is None:
        return in_order(kept)
    return in_order([*(kept if current is None else _cut(kept, current, new.valid_from)), new])


def planned_by_hand(assignments: Sequence[Assignment], day: date) -> list[Assignment]:
    """Assignments that begin on a date or later and come from no realignment; what begins on the very date gives way."""
    return [one for one in assignments if one.valid_from > day and one.realignment_id is None]


def gaps(assignments: Sequence[Assignment]) -> list[Period]:
    """The periods between the first and the last assignment in which nobody covers the institution, in order."""
    ordered = sorted(assignments, key=lambda one: one.valid_from)
    return [
        Period(since=before.valid_to, until=after.valid_from)
        for before, after in pairwise(ordered)
        if before.valid_to is not None and before.valid_to < after.valid_from
    ]


def next_change(assignments: Sequence[Assignment], today: date) -> date | None:
    """The next date after today on which another assignment holds, or none."""
    dates = {one.valid_from for one in assignments} | {one.valid_to for one in assignments if one.valid_to}
    return min((day for day in dates if day > today), default=None)


def in_order(assignments: Sequence[Assignment]) -> list[Assignment]:
    """The timeline by its starts; neighbours of the same territory and representative become one, whoever said so first.

    Raises: TwoPrimaryRepresentatives when two hold on one date.
    """
    joined: list[Assignment] = []
    for one in sorted(assignments, key=lambda each: each.valid_from):
        last = joined[-1] if joined else None
        if last is not None and last.overlaps(one):
            raise TwoPrimaryRepresentatives(overlaps=[each.model_dump(mode="json") for each in (last, one)])
        if last is not None and last.valid_to == one.valid_from and last.same_cover(one):
            joined[-1] = last.model_copy(update={"valid_to": one.valid_to})
        else:
            joined.append(one)
    return joined


def _current(assignments: Sequence[Assignment], on: date) -> Assignment:
    current = holding_on(assignments, on)
    if current is None:
        raise NotCovered(f"nobody covers the institution for the line on {on}", field="valid_from")
    return current


def _cut(assignments: Sequence[Assignment], current: Assignment, on: date) -> list[Assignment]:
    others = [one for one in assignments if one is not current]
    return others if current.valid_from == on else [*others, current.model_copy(update={"valid_to": on})]
