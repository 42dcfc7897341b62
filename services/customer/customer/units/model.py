"""The tree of organisation units and its rules."""

from typing import ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.refusals import Conflict, RuleBroken
from contracts.events.customer import UnitCreated, UnitState
from contracts.ids import UnitId
from contracts.values import Stamp, UnitKind

from customer.texts import Name

_LEVELS = list(UnitKind)
_ROOT = "root"


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


class Unit(Aggregate, kind="unit", collection="units", prefix="unt"):
    """A node of the organisation. `path` is `/` + the ids from the root down to and including this one, each followed by `/`."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("path", 1)]),
        Index([("root", 1)], unique=True, where={"root": {"$type": "string"}}, refusal=HeadOfficeExists),
    ]

    name: Name
    kind: UnitKind
    parent_id: UnitId | None = None
    path: str
    root: str | None = None
    """The same text on every root, under a unique index: that is what keeps the root single."""

    @classmethod
    def open(cls, *, id: str, name: str, kind: UnitKind, parent: "Unit | None") -> "Unit":
        """A new unit below `parent`, or the head office itself.

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
            visible=[Stamp(path=path)],
        )

    def created(self) -> UnitCreated:
        """The event of its opening."""
        return UnitCreated(
            unit=UnitState(unit_id=self.id, name=self.name, kind=self.kind, parent_id=self.parent_id, path=self.path)
        )


def is_below(kind: UnitKind, other: UnitKind) -> bool:
    """True when `kind` may stand somewhere under `other`."""
    return _LEVELS.index(kind) > _LEVELS.index(other)


def at_or_below(unit: Unit) -> dict[str, str]:
    """The range of paths of a unit and everything under it, for a filter (`0` is the character after `/`)."""
    return {"$gte": unit.path, "$lt": unit.path[:-1] + "0"}
