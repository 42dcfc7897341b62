"""HTTP of merges. Commands that meet on one of the two entries queue on their ids."""

from typing import Annotated, Any

from chassis.http import Answer, Body, Page, PageArgs, Permission, Query, Read, Router, Run
from pydantic import Field, StringConstraints, create_model

from customer.merging.fields import FIELDS
from customer.merging.merge_entries import MergeEntries, merge_entries
from customer.merging.model import Kind, Merge, Side
from customer.merging.queries import MergeOut, list_merges
from customer.merging.undo_merge import Previewed, UndoMerge, preview_undo, undo_merge
from customer.texts import Note, absent

router = Router(prefix="/merges", tags=["merges"])

EntryId = Annotated[str, StringConstraints(pattern=r"^(acc|con)_[0-9A-Za-z]{1,48}$")]
ChildId = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}_[0-9A-Za-z_]{1,120}$")]
MAX_ASSIGNED = 1000

_fields: dict[str, Any] = {
    field: (Side, absent()) for field in dict.fromkeys(field for of in FIELDS.values() for field in of)
}
SurvivingBody: type[Body] = create_model(
    "SurvivingBody",
    __base__=Body,
    __doc__="Whose value of a field survives; the survivor's when it is not named.",
    **_fields,
)


class MergeBody(Body):
    """Two entries of one institution or person."""

    kind: Kind
    survivor_id: EntryId
    merged_id: EntryId
    fields_: SurvivingBody = Field(default_factory=SurvivingBody, alias="fields")  # pyright: ignore
    reason: Note | None = None

    def command(self) -> MergeEntries:
        """The command."""
        return MergeEntries(
            **{("fields" if name == "fields_" else name): value for name, value in self.fields().items()}
        )


class UndoBody(Body):
    """Where children made since the merge go; to the survivor when they are not named."""

    assign: Annotated[dict[ChildId, Side], Field(max_length=MAX_ASSIGNED)] = Field(default_factory=dict[str, Side])
    reason: Note | None = None


@router.post("", status_code=201, permission=Permission.MERGES_WRITE, response_model=MergeOut)
async def post_merge(body: MergeBody, run: Run) -> Answer:
    """Merge an entry into another; it can be undone at any later time."""
    merge = await run(merge_entries, body.command(), locks=[body.survivor_id, body.merged_id])
    return Answer(MergeOut.of(merge), version=merge.version)


@router.get("", permission=Permission.MERGES_READ, response_model=Page[MergeOut])
async def get_merges(
    read: Read, page: PageArgs, kind: Kind | None = None, survivor_id: EntryId | None = None
) -> Answer:
    """Merges; sort by `merged_at`."""
    return Answer(await list_merges(read, page, kind=kind, survivor_id=survivor_id))


@router.get("/{merge_id}", permission=Permission.MERGES_READ, response_model=MergeOut)
async def get_merge(merge_id: str, read: Read) -> Answer:
    """One merge."""
    merge = await read.get(Merge, merge_id)
    return Answer(MergeOut.of(merge), version=merge.version)


@router.post("/{merge_id}/undo", permission=Permission.MERGES_WRITE, response_model=MergeOut)
async def post_undo(
    merge_id: str,
    body: UndoBody,
    run: Run,
    read: Read,
    dry_run: Annotated[bool, Query(description="Show what would be done and change nothing")] = False,
) -> Answer:
    """Undo a merge: later edits go to the side whose value they replaced, children go home."""
    there = await read.get(Merge, merge_id)
    command = UndoMerge(merge_id=merge_id, **body.fields())
    locks = [there.survivor_id, there.merged_id]
    if not dry_run:
        merge = await run(undo_merge, command, subject=merge_id, locks=locks)
        return Answer(MergeOut.of(merge), version=merge.version)
    try:
        await run(preview_undo, command, subject=merge_id, locks=locks)
    except Previewed as rehearsal:
        return Answer(MergeOut.of(rehearsal.merge, dry_run=True), version=there.version)
    raise AssertionError("a rehearsal never ends by itself")
