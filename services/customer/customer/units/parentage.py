"""Where a unit stands in the tree over time: a timeline of parents."""

from collections.abc import Sequence
from datetime import date

from chassis.aggregate import Entity
from chassis.refusals import RuleBroken
from contracts.ids import UnitId

from customer.texts import Note


class MoveBeforeLast(RuleBroken):
    """A timeline of parents goes on, it is not rewritten; what comes last may be put right on its own date."""

    code = "move_before_last"
    title = "The move lies before the last one that is recorded or planned"


class Parentage(Entity):
    """A unit stands below `parent_id` from `valid_from` until `valid_to` (exclusive; None: until further notice)."""

    parent_id: UnitId | None
    valid_from: date
    valid_to: date | None = None
    reason: Note | None = None

    def holds_on(self, day: date) -> bool:
        """True when the unit stands there on that date."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def parent_on(places: Sequence[Parentage], day: date) -> Parentage | None:
    """Where the unit stands on a date; None before it was opened."""
    return next((place for place in places if place.holds_on(day)), None)


def moved(places: Sequence[Parentage], *, parent_id: str, on: date, reason: str | None) -> list[Parentage]:
    """The timeline after a move on `on`; the same when the unit stands there already.

    A move on the very date of the last one takes its place: so a plan is changed, or dropped by moving back.

    Raises: MoveBeforeLast.
    """
    last = places[-1]
    if on < last.valid_from:
        raise MoveBeforeLast(f"the last move is that of {last.valid_from}", field="on")
    if parent_id == last.parent_id:
        return list(places)
    earlier = list(places[:-1])
    if on > last.valid_from:
        earlier.append(last.model_copy(update={"valid_to": on}))
    if earlier and earlier[-1].parent_id == parent_id:
        return [*earlier[:-1], earlier[-1].model_copy(update={"valid_to": None})]
    return [*earlier, Parentage(parent_id=parent_id, valid_from=on, reason=reason)]
