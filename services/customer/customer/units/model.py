"""The tree of organisation units and its rules."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.refusals import Conflict, RuleBroken
from contracts.events.customer import (
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitMovePlanned,
    UnitParentPeriod,
    UnitPathChanged,
    UnitRenamed,
    UnitState,
)
from contracts.ids import UnitId
from contracts.values import Stamp, UnitKind
from pydantic import Field

from customer.texts import Name
from customer.units.parentage import Parentage, moved, parent_on

_LEVELS = list(UnitKind)
_ROOT = "root"

EVER = date(1900, 1, 1)
"""Since when a unit stands whose opening nobody has dated."""
UNIT_CLOSED = "unit_closed"


class HeadOfficeExists(Conflict):
    """The tree has one root."""

    code = "head_office_exists"
    title = "There is a head office already"


class ParentRequired(RuleBroken):
    """Only the head office stands above all."""

    code = "parent_required"
    title = "Every unit but the head office has a parent"


class HeadOfficeHasNoParent(RuleBroken):
    """The head office stands above all."""

    code = "head_office_has_no_parent"
    title = "The head office has no parent"


class KindNotBelowParent(RuleBroken):
    """Kinds go down from the head office to the territory; levels may be left out, not turned round."""

    code = "kind_not_below_parent"
    title = "The kind of a unit must lie below the kind of its parent"


class Cycle(RuleBroken):
    """Nothing stands below itself."""

    code = "cycle"
    title = "A unit cannot be moved below itself"


class UnitIsClosed(Conflict):
    """What is closed stays as it was."""

    code = UNIT_CLOSED
    title = "The unit is closed"


class HeadOfficeStays(Conflict):
    """A company has a head office."""

    code = "head_office_stays"
    title = "The head office cannot be closed"


class ClosedBeforeLastMove(RuleBroken):
    """A unit closes after it has come to where it stands."""

    code = "closed_before_last_move"
    title = "The closure lies before the opening or the last move of the unit"


class Unit(Aggregate, kind="unit", collection="units", prefix="unt"):
    """A node of the organisation. `path` is `/` + the ids from the root down to and including this one, each followed by `/`."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("path", 1)]),
        Index([("parent_id", 1)]),
        Index([("parents.parent_id", 1)]),
        Index([("due_on", 1)]),
        Index([("root", 1)], unique=True, where={"root": {"$type": "string"}}, refusal=HeadOfficeExists),
    ]

    name: Name
    kind: UnitKind
    parent_id: UnitId | None = None
    path: str
    root: str | None = None
    """The same text on every root, under a unique index: that is what keeps the root single."""
    opened_on: date = EVER
    closed_on: date | None = None
    """The first day without it."""
    parents: list[Parentage] = Field(default_factory=list[Parentage])
    """Where it stood, stands and is planned to stand; `parent_id` is that of today."""
    due_on: date | None = None
    """When the next planned move takes effect."""

    @classmethod
    def open(cls, *, id: str, name: str, kind: UnitKind, parent: "Unit | None", on: date = EVER) -> "Unit":
        """A new unit below `parent`, or the head office itself, from `on`.

        Raises: ParentRequired, HeadOfficeHasNoParent, KindNotBelowParent.
        """
        if parent is None:
            if kind is not UnitKind.HQ:
                raise ParentRequired(field="parent_id")
        elif kind is UnitKind.HQ:
            raise HeadOfficeHasNoParent(field="parent_id")
        elif not is_below(kind, parent.kind):
            raise KindNotBelowParent(field="kind", kind=kind.value, parent_kind=parent.kind.value)
        path = f"{parent.path if parent else '/'}{id}/"
        return cls(
            id=id,
            name=name,
            kind=kind,
            parent_id=parent.id if parent else None,
            path=path,
            root=None if parent else _ROOT,
            opened_on=on,
            parents=[Parentage(parent_id=parent.id if parent else None, valid_from=on)],
            visible=[Stamp(path=path)],
        )

    def created(self) -> UnitCreated:
        """The event of its opening."""
        return UnitCreated(unit=self.state())

    @property
    def places(self) -> list[Parentage]:
        """Where it stood, stands and is planned to stand."""
        return self.parents or [Parentage(parent_id=self.parent_id, valid_from=self.opened_on)]

    def stands_on(self, day: date) -> bool:
        """True when it has been opened and not closed by a date."""
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)

    def parent_on(self, day: date) -> str | None:
        """The parent on a date; None for the head office and before the opening."""
        place = parent_on(self.places, day)
        return place.parent_id if place else None

    def rename(self, name: str) -> UnitRenamed | None:
        """Take another name; None when it is the same."""
        if name == self.name:
            return None
        self.name = name
        return UnitRenamed(unit=self.state())

    def move(
        self, *, above: "Sequence[Unit]", on: date, today: date, reason: str | None
    ) -> UnitMoved | UnitMovePlanned | None:
        """Stand below `above[0]` from `on`; `above` goes up from the new parent to the head office.

        None when it stands there already.

        Raises: UnitIsClosed, HeadOfficeHasNoParent, Cycle, KindNotBelowParent, MoveBeforeLast.
        """
        if self.closed_on is not None:
            raise UnitIsClosed
        parent = above[0]
        if self.kind is UnitKind.HQ:
            raise HeadOfficeHasNoParent(field="to_parent_id")
        if self.id in {unit.id for unit in above}:
            raise Cycle(field="to_parent_id")
        if not is_below(self.kind, parent.kind):
            raise KindNotBelowParent(field="to_parent_id", kind=self.kind.value, parent_kind=parent.kind.value)
        places = moved(self.places, parent_id=parent.id, on=on, reason=reason)
        if places == self.places:
            return None
        self.parents = places
        self.due_on = min((place.valid_from for place in places if place.valid_from > today), default=None)
        if on <= today:
            return self.take_place(above, today)
        return UnitMovePlanned(unit=self.state(), to_parent_id=parent.id, on=on)

    def take_place(self, above: "Sequence[Unit]", today: date) -> UnitMoved | None:
        """Stand where the timeline says for today; `above` goes up from that parent. None when it does."""
        self.due_on = min((place.valid_from for place in self.places if place.valid_from > today), default=None)
        place = parent_on(self.places, today)
        assert place is not None, "an open unit stands somewhere"
        assert place.parent_id == above[0].id, "the caller has looked up the parent of today"
        if place.parent_id == self.parent_id:
            return None
        from_parent_id, from_path = self.parent_id, self.path
        assert from_parent_id is not None, "the head office does not move"
        self.parent_id = place.parent_id
        self._walk(above)
        return UnitMoved(
            unit=self.state(),
            from_parent_id=from_parent_id,
            to_parent_id=above[0].id,
            from_path=from_path,
            on=place.valid_from,
        )

    def follow(self, above: "Sequence[Unit]") -> UnitPathChanged | None:
        """Take the path that follows from the units above; None when it is the same."""
        before = self.path
        self._walk(above)
        return UnitPathChanged(unit=self.state(), from_path=before) if self.path != before else None

    def close(self, on: date) -> UnitClosed:
        """Be closed from `on`, the first day without it.

        Raises: UnitIsClosed, HeadOfficeStays, ClosedBeforeLastMove.
        """
        if self.closed_on is not None:
            raise UnitIsClosed
        if self.kind is UnitKind.HQ:
            raise HeadOfficeStays
        last = self.places[-1]
        if on < last.valid_from:
            raise ClosedBeforeLastMove(f"the unit stands where it is since {last.valid_from}", field="on")
        self.parents = [*self.places[:-1], last.model_copy(update={"valid_to": on})]
        self.closed_on = on
        return UnitClosed(unit=self.state())

    def state(self) -> UnitState:
        """What events tell of the unit."""
        return UnitState(
            unit_id=self.id,
            name=self.name,
            kind=self.kind,
            parent_id=self.parent_id,
            path=self.path,
            opened_on=self.opened_on,
            closed_on=self.closed_on,
            parents=[
                UnitParentPeriod(parent_id=one.parent_id, valid_from=one.valid_from, valid_to=one.valid_to)
                for one in self.places
            ],
        )

    def _walk(self, above: "Sequence[Unit]") -> None:
        self.path = path_below(above, self.id)
        self.visible = [Stamp(path=self.path)]


def is_below(kind: UnitKind, other: UnitKind) -> bool:
    """True when `kind` may stand somewhere under `other`."""
    return _LEVELS.index(kind) > _LEVELS.index(other)


def path_below(above: Sequence[Unit], identifier: str) -> str:
    """The path of a unit below `above`, which goes up from its parent."""
    return "".join(f"/{unit.id}" for unit in reversed(above)) + f"/{identifier}/"


def at_or_below(unit: Unit) -> dict[str, str]:
    """The range of paths of a unit and everything under it, for a filter (`0` is the character after `/`)."""
    return {"$gte": unit.path, "$lt": unit.path[:-1] + "0"}
