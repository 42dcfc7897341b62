"""Reads of merges."""

from datetime import datetime
from typing import Any

from chassis.reads import Paging, Reads
from pydantic import BaseModel

from customer.merging.model import Adjustment, Child, Kind, Merge, Side, Undo


class MergeOut(BaseModel):
    """A merge: whose value of each field survived, what was re-homed, adjusted or set aside, and how it was undone."""

    id: str
    kind: Kind
    survivor_id: str
    merged_id: str
    fields: dict[str, Side]
    children: list[Child]
    adjustments: list[Adjustment]
    set_aside: list[str]
    merged_at: datetime
    merged_by: str
    undone: Undo | None
    dry_run: bool = False
    version: int

    @classmethod
    def of(cls, merge: Merge, *, dry_run: bool = False) -> "MergeOut":
        """The answer for a merge; of a rehearsal, what it would be."""
        own = cls.model_fields.keys() - {"kind", "dry_run"}
        return cls(kind=merge.of, dry_run=dry_run, **{name: getattr(merge, name) for name in own})


async def list_merges(read: Reads, page: Paging, *, kind: Kind | None, survivor_id: str | None) -> dict[str, Any]:
    """Merges in scope, those of a survivor if one is named."""
    where: dict[str, Any] = {}
    if kind is not None:
        where["of"] = kind
    if survivor_id is not None:
        where["survivor_id"] = survivor_id
    return await read.page(Merge, where, page, out=MergeOut.of, sortable={"merged_at"})
