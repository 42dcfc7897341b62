"""A merge of two entries: both states as they were, whose value of each field survived, and what was re-homed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from chassis.aggregate import Aggregate, Entity, Index
from chassis.refusals import Conflict, RuleBroken
from contracts.events.customer import MergeErased
from pydantic import Field

Kind = Literal["account", "contact"]
Side = Literal["survivor", "merged"]


class SelfMerge(RuleBroken):
    """An entry cannot survive itself."""

    code = "self_merge"
    title = "An entry cannot be merged into itself"


class AlreadyUndone(Conflict):
    """A merge is undone once."""

    code = "already_undone"
    title = "The merge was undone already"


class LaterMerge(Conflict):
    """Merges are undone in the opposite order."""

    code = "later_merge"
    title = "A later merge of the survivor has to be undone first"


class StillClosing(Conflict):
    """An institution that waits for the answers to its closing is neither merged nor survives."""

    code = "closing"
    title = "An institution is closing"


class WouldCircle(Conflict):
    """An institution cannot be merged into one that belongs to it: that one would belong to itself."""

    code = "hierarchy_circle"
    title = "The survivor belongs to the institution that is to be merged into it"


class Child(Entity):
    """Something that belonged to the merged entry and went to the survivor under its own id."""

    kind: Literal["department", "affiliation", "alignment", "note", "attachment", "institution"]
    id: str


class Adjustment(Entity):
    """What of a child had to become otherwise for it to stand beside the survivor's: public values only."""

    id: str
    before: dict[str, Any]
    after: dict[str, Any]


class DividedField(Entity):
    """What an undo makes of a field. `edited`: it was changed since the merge, and `edit_to` says whose value that is.

    The values are told of public fields only.
    """

    field: str
    edited: bool
    edit_to: Literal["survivor", "merged", "both"] | None = None
    survivor_value: Any = None
    merged_value: Any = None
    personal: bool = False


class DividedChild(Entity):
    """Where a child goes; `made_since` the merge, it is the survivor's unless the undo assigns it."""

    kind: str
    id: str
    goes_to: Side
    made_since: bool


class Undo(Entity):
    """How a merge was undone, or would be."""

    at: datetime
    by: str
    fields: list[DividedField]
    children: list[DividedChild]


class Merge(Aggregate, kind="merge", collection="merges", prefix="mrg"):
    """`merged_id` was found to be `survivor_id`. Personal values stand in neither state: the versions tell where they are."""

    INDEXES: ClassVar[list[Index]] = [Index([("survivor_id", 1)]), Index([("merged_id", 1)])]

    of: Kind
    survivor_id: str
    merged_id: str
    fields: dict[str, Side]
    """Whose value survived, of every field."""
    survivor_before: dict[str, Any]
    survivor_version: int
    merged_before: dict[str, Any]
    merged_version: int
    children: list[Child]
    kept: list[str]
    """Children that were the survivor's own already."""
    adjustments: list[Adjustment] = Field(default_factory=list[Adjustment])
    set_aside: list[str] = Field(default_factory=list[str])
    """Children for which there was no place beside the survivor's; they stayed at home and are not in force."""
    merged_at: datetime
    merged_by: str
    undone: Undo | None = None

    def may_be_undone(self, absorbed: Sequence[str], survivor_merged: bool) -> None:
        """Raises: AlreadyUndone; LaterMerge while the survivor was merged itself or has survived another since."""
        if self.undone is not None:
            raise AlreadyUndone
        later = absorbed[absorbed.index(self.id) + 1 :] if self.id in absorbed else []
        if survivor_merged or later:
            raise LaterMerge(merges=list(later))

    def erased(self) -> MergeErased:
        """The event of the person having been erased whose contacts were merged."""
        return MergeErased(merge_id=self.id, survivor_id=self.survivor_id, merged_id=self.merged_id)

    def went(self, kind: str) -> set[str]:
        """Ids of the children of a kind that were re-homed."""
        return {child.id for child in self.children if child.kind == kind}

    def before_fitting(self, identifier: str, present: dict[str, Any]) -> dict[str, Any]:
        """What a child is to become again: the values it had before it was fitted in, where nobody has changed them since."""
        found = next((one for one in self.adjustments if one.id == identifier), None)
        if found is None:
            return {}
        return {name: found.before[name] for name, value in found.after.items() if present.get(name) == value}
