"""Merge two entries of one institution or person."""

from chassis.command import Command
from chassis.refusals import UnknownReference
from chassis.work import UnitOfWork
from pydantic import Field

from customer.mergeable import Merged
from customer.merging.fields import FIELDS, MODELS
from customer.merging.merge_accounts import merge_accounts
from customer.merging.merge_contacts import merge_contacts
from customer.merging.model import Kind, Merge, SelfMerge, Side
from customer.texts import Note


class MergeEntries(Command):
    """`merged_id` becomes a sign that points to `survivor_id`; a field that is not named keeps the survivor's value."""

    kind: Kind
    survivor_id: str
    merged_id: str
    fields: dict[str, Side] = Field(default_factory=dict[str, Side])
    reason: Note | None = None


async def merge_entries(command: MergeEntries, work: UnitOfWork) -> Merge:
    """The merge.

    Both entries are changed by it, so that of two merges that overlap and would make a circle the later one runs again
    and meets an entry that is merged.

    Raises: Merged when one of the two is merged already; Erased; SelfMerge; RuleBroken with every other violation;
    AlreadyRegistered at the end of the unit of work.
    """
    if command.survivor_id == command.merged_id:
        raise SelfMerge(field="merged_id")
    model = MODELS[command.kind]
    for field in sorted(command.fields.keys() - set(FIELDS[command.kind])):
        work.violate(f"fields.{field}", "unknown_field", f"{field} is no field of which one value survives")
    survivor = await work.find_one(model, {"_id": command.survivor_id})
    merged = await work.find_one(model, {"_id": command.merged_id})
    for field, found in (("survivor_id", survivor), ("merged_id", merged)):
        if found is None:
            detail = f"{getattr(command, field)} names nothing that you can see"
            work.violate(field, UnknownReference.code, detail)
    work.check()
    assert survivor is not None
    assert merged is not None
    for entry in (survivor, merged):
        if entry.is_merged:
            raise Merged(merged_id=entry.id, survivor_id=entry.survivor_id)
        gone = entry.gone()
        if gone is not None:
            raise gone
    merge = Merge(
        id=Merge.new_id(),
        of=command.kind,
        survivor_id=survivor.id,
        merged_id=merged.id,
        fields={field: command.fields.get(field, "survivor") for field in FIELDS[command.kind]},
        survivor_before=survivor.public_state(),
        survivor_version=survivor.version,
        merged_before=merged.public_state(),
        merged_version=merged.version,
        children=[],
        kept=[],
        merged_at=work.now,
        merged_by=work.principal.subject,
        visible=sorted({*survivor.visible, *merged.visible}, key=lambda stamp: (stamp.path, stamp.line)),
    )
    survivor.absorbed = [*survivor.absorbed, merge.id]
    merged.survivor_id = survivor.id
    if command.kind == "account":
        await merge_accounts(merge, survivor, merged, work, command.reason)  # pyright: ignore[reportArgumentType]
    else:
        await merge_contacts(merge, survivor, merged, work, command.reason)  # pyright: ignore[reportArgumentType]
    work.check()
    work.add(merge, reason=command.reason)
    return merge
