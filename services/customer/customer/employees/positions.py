"""What an employee is over time: a timeline of positions and the rules that hold at every instant of it."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Annotated

from chassis.aggregate import Entity
from chassis.refusals import Conflict, RuleBroken
from contracts.events.customer import PositionState
from contracts.ids import LineId, PositionId, UnitId
from contracts.roles import Role
from pydantic import Field

FULL_SHARE = 100
MAX_POSITIONS = 200
"""Of one employee, past ones too: far more than a working life, and little enough for an event."""

Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
Lines = Annotated[list[LineId], Field(max_length=50)]
"""The product lines that a position is for; none: all of them."""
Share = Annotated[int, Field(ge=1, le=FULL_SHARE)]
"""Per cent of the working time."""


class PositionEndsBeforeItStarts(RuleBroken):
    """A position holds from `valid_from` until `valid_to`, exclusive."""

    code = "ends_before_it_starts"
    title = "A position ends after it has started"


class PositionOverlaps(RuleBroken):
    """Nobody has one role in one unit twice at an instant."""

    code = "position_overlaps"
    title = "The employee has this role in this unit already for a part of the time"


class SharesExceedWhole(RuleBroken):
    """Nobody works more than 100 %."""

    code = "shares_exceed_whole"
    title = "The shares of the positions of one instant exceed 100 %"


class PositionHasEnded(Conflict):
    """What is over stays as it was."""

    code = "position_has_ended"
    title = "The position has ended"


class TooManyPositions(Conflict):
    """The timeline has a limit."""

    code = "too_many_positions"
    title = f"An employee has at most {MAX_POSITIONS} positions"


class Position(Entity):
    """An employee's roles in a unit from `valid_from` until `valid_to` (exclusive; None: until further notice)."""

    id: PositionId
    unit_id: UnitId
    unit_path: str
    roles: Roles
    line_ids: Lines = Field(default_factory=list)
    share: Share | None = None
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """True when it has begun and not ended by a date."""
        return self.valid_from <= day and not self.has_ended(day)

    def has_ended(self, day: date) -> bool:
        """True when it is over by that date; a planned one is not."""
        return self.valid_to is not None and self.valid_to <= day

    def overlaps(self, other: "Position") -> bool:
        """True when both hold at some instant."""
        return (self.valid_to is None or other.valid_from < self.valid_to) and (
            other.valid_to is None or self.valid_from < other.valid_to
        )

    def state(self) -> PositionState:
        """What events tell of it."""
        return PositionState(
            position_id=self.id,
            unit_id=self.unit_id,
            unit_path=self.unit_path,
            roles=self.roles,
            line_ids=self.line_ids,
            share=self.share,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


def in_order(positions: Sequence[Position]) -> list[Position]:
    """The timeline by its starts.

    Raises: TooManyPositions, PositionEndsBeforeItStarts, PositionOverlaps, SharesExceedWhole.
    """
    if len(positions) > MAX_POSITIONS:
        raise TooManyPositions
    for one in positions:
        if one.valid_to is not None and one.valid_to <= one.valid_from:
            raise PositionEndsBeforeItStarts(f"it starts on {one.valid_from}", field="valid_to")
    for one, other in combinations(positions, 2):
        if one.unit_id == other.unit_id and {*one.roles} & {*other.roles} and one.overlaps(other):
            raise PositionOverlaps(f"{one.id} from {one.valid_from}", field="valid_from")
    for start in {one.valid_from for one in positions}:
        if sum(one.share or 0 for one in positions if one.holds_on(start)) > FULL_SHARE:
            raise SharesExceedWhole(f"on {start} the shares add up to more than {FULL_SHARE} %", field="share")
    return sorted(positions, key=lambda one: (one.valid_from, -_weight(one), one.id))


def main_on(positions: Sequence[Position], day: date) -> Position:
    """The main position of a date: the one with the greatest share (one without a share counts as whole), else the
    oldest; when none holds, the one that ended last, or else the first that is planned."""
    holding = [one for one in positions if one.holds_on(day)]
    if holding:
        return min(holding, key=lambda one: (-_weight(one), one.valid_from, one.id))
    over = [one for one in positions if one.has_ended(day)]
    if over:
        return max(over, key=lambda one: (one.valid_to or day, _weight(one), one.id))
    return min(positions, key=lambda one: (one.valid_from, -_weight(one), one.id))


def employed(positions: Sequence[Position]) -> tuple[date, date | None]:
    """The whole time from the first start until the last end (None: until further notice)."""
    ends = [one.valid_to for one in positions]
    last = None if None in ends else max(end for end in ends if end is not None)
    return min(one.valid_from for one in positions), last


def next_change(positions: Sequence[Position], today: date) -> date | None:
    """The next date on which a position begins or ends."""
    dates = {one.valid_from for one in positions} | {one.valid_to for one in positions if one.valid_to}
    return min((one for one in dates if one > today), default=None)


def cut(positions: Sequence[Position], on: date) -> list[Position]:
    """The timeline without anything from `on`; what would have begun later is left out."""
    return [
        one if one.has_ended(on) else one.model_copy(update={"valid_to": on})
        for one in positions
        if one.valid_from < on
    ]


def _weight(position: Position) -> int:
    return FULL_SHARE if position.share is None else position.share
