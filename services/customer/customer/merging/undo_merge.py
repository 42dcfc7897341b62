"""Undo a merge, at any later time."""

from chassis.aggregate import Document
from chassis.command import Command
from chassis.journal import restore
from chassis.work import UnitOfWork
from pydantic import Field

from customer.mergeable import Mergeable
from customer.merging.fields import MODELS
from customer.merging.homes import Homes
from customer.merging.model import Merge, Side, Undo
from customer.merging.undo_accounts import undo_accounts
from customer.merging.undo_contacts import undo_contacts
from customer.texts import Note


class UndoMerge(Command):
    """Let two entries stand for themselves again; `assign` says where children made since the merge go."""

    merge_id: str
    assign: dict[str, Side] = Field(default_factory=dict[str, Side])
    reason: Note | None = None


class Previewed(Exception):
    """Carries what an undo would do out of a unit of work that is not committed."""

    def __init__(self, merge: Merge) -> None:
        super().__init__(merge.id)
        self.merge = merge


async def undo_merge(command: UndoMerge, work: UnitOfWork) -> Merge:
    """The merge with what became of its undoing.

    Raises: NotFound, Stale; AlreadyUndone, LaterMerge; RuleBroken for what is assigned and cannot be; what the rules of
    both entries say when they cannot stand side by side; AlreadyRegistered at the end of the unit of work.
    """
    merge = await work.get(Merge, command.merge_id)
    model = MODELS[merge.of]
    found = {one.id: one for one in await work.survey(model, {"_id": {"$in": [merge.survivor_id, merge.merged_id]}})}
    survivor, merged = found[merge.survivor_id], found[merge.merged_id]
    merge.may_be_undone(survivor.absorbed, survivor.is_merged)
    before = (
        await _believed(model, merge.survivor_id, merge.survivor_before, merge.survivor_version, work),
        await _believed(model, merge.merged_id, merge.merged_before, merge.merged_version, work),
    )
    survivor.absorbed = [one for one in survivor.absorbed if one != merge.id]
    merged.survivor_id = None
    homes = Homes(merge, command.assign)
    if merge.of == "account":
        fields = await undo_accounts(merge, survivor, merged, before, homes, work, command.reason)  # pyright: ignore
    else:
        fields = await undo_contacts(merge, survivor, merged, before, homes, work, command.reason)  # pyright: ignore
    merge.undone = Undo(at=work.now, by=work.principal.subject, fields=fields, children=homes.told)
    work.save(merge, reason=command.reason)
    return merge


async def preview_undo(command: UndoMerge, work: UnitOfWork) -> Merge:
    """Do all that the undo does, up to its last write, and take it back.

    Raises: Previewed with what was done; what `undo_merge` raises.
    """
    merge = await undo_merge(command, work)
    work.check()
    await work.flush()
    raise Previewed(merge)


async def _believed(
    model: type[Mergeable], identifier: str, state: Document, version: int, work: UnitOfWork
) -> Mergeable:
    """An entry as it was before the merge; personal values come from where they are kept, unless they were erased."""
    document = {"aggregate_id": identifier, "version": version, "state": state, "recorded_at": 0}
    return await restore(work.store, model, document)
