"""Move a unit, and with it everything below, to another parent."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.events.customer import UnitMoved
from contracts.ids import UnitId

from customer.planning import refuse_far_plans
from customer.texts import Note
from customer.units.model import Unit
from customer.units.path_changes import note_path
from customer.units.tree import judge_unit, line_up


class MoveUnit(Command):
    """Stand below another unit from a business date: today unless it says otherwise, in the future as a plan."""

    unit_id: str
    to_parent_id: UnitId
    on: date | None = None
    reason: Note


async def move_unit(command: MoveUnit, work: UnitOfWork) -> Unit:
    """The unit afterwards; nothing is recorded when it stands there already.

    The paths of what is below follow by themselves (`follow_paths`).

    Raises: NotFound, Stale, UnknownReference, RuleBroken; HeadOfficeHasNoParent, Cycle, KindNotBelowParent,
    MoveBeforeLast, UnitIsClosed.
    """
    unit = await work.get(Unit, command.unit_id)
    on = command.on or work.today
    refuse_far_plans(work, on, field="on")
    parent = await work.reference(Unit, command.to_parent_id, field="to_parent_id")
    await judge_unit(work, parent, field="to_parent_id", on=on)
    work.check()
    assert parent is not None
    event = unit.move(above=await line_up(parent, work), on=on, today=work.today, reason=command.reason)
    if event:
        work.save(unit, event, valid_from=on, reason=command.reason)
    if isinstance(event, UnitMoved):
        await note_path(unit.id, event.from_path, work)
    return unit


class ApplyDueMoves(Command):
    """Let planned moves take effect whose day has come."""

    limit: int = 50


async def apply_due_moves(command: ApplyDueMoves, work: UnitOfWork) -> int:
    """How many units were due, at most `limit`."""
    due = await work.find(Unit, {"due_on": {"$lte": work.today.isoformat()}}, sort=[("due_on", 1)], limit=command.limit)
    for unit in due:
        parent_id = unit.parent_on(work.today)
        assert parent_id is not None, "only what has a parent is moved"
        parent = await work.directory(Unit, parent_id, field="parent_id")
        work.check()
        assert parent is not None
        event = unit.take_place(await line_up(parent, work), work.today)
        work.save(unit, *([event] if event else []), valid_from=event.on if event else None)
        if event:
            await note_path(unit.id, event.from_path, work)
    return len(due)
