"""What is under a unit follows when its path changes: units, employees, institutions.

Every unit whose path has changed is noted; a loop works the notes off in batches. Whatever does not fit the path of
today is put right, so the work may be broken off anywhere, begun again, or done twice.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from chassis.aggregate import Index, Replica
from chassis.command import Command
from chassis.work import UnitOfWork

from customer.accounts.model import Account
from customer.alignments.coverage import Coverage
from customer.employees.model import Employee
from customer.units.model import Unit
from customer.units.tree import line_up

SETTLES_AFTER = timedelta(seconds=15)
"""Longer than any request lasts: whoever has read a unit's former path has written it down by then."""


class PathChange(Replica, collection="path_changes"):
    """A unit whose path has changed and whose people and institutions may still have the former one; `id` is the unit's."""

    INDEXES: ClassVar[list[Index]] = [Index([("due_at", 1)])]

    former: list[str]
    """The paths it had; rows with one of them follow."""
    due_at: datetime
    """When to look at it."""
    settled_at: datetime
    """When nothing can come in any more that has a former path."""


class FollowPaths(Command):
    """Work off a part of what is due."""

    limit: int = 200


async def note_path(unit_id: str, former: str, work: UnitOfWork) -> None:
    """Note that a unit's path has changed."""
    known = await work.get_replica(PathChange, unit_id)
    note = PathChange(
        id=unit_id,
        sequence=work.cause.sequence or 0,
        former=sorted({former, *(known.former if known else ())}),
        due_at=work.now,
        settled_at=work.now + SETTLES_AFTER,
    )
    await work.put(note)


async def follow_paths(command: FollowPaths, work: UnitOfWork) -> int:
    """How many rows were put right (of institutions at most `limit`), or 1 when a unit turned out to be done; 0 when nothing is due."""
    due = await work.survey(PathChange, {"due_at": {"$lte": work.now}}, sort=[("due_at", 1)], limit=1)
    if not due:
        return 0
    note = due[0]
    unit = await work.find_one(Unit, {"_id": note.id})
    changed = 0 if unit is None else await _put_right(unit, note.former, work, command.limit)
    if not changed and work.now >= note.settled_at:
        await work.drop(PathChange, note.id)
    elif not changed:
        note.due_at = note.settled_at
        await work.put(note)
    return changed or 1


async def _put_right(unit: Unit, former: list[str], work: UnitOfWork, limit: int) -> int:
    """Units first, because each of them is noted in its turn, then employees, then institutions."""
    above = await line_up(unit, work)
    changed = 0
    for child in await work.survey(Unit, {"parent_id": unit.id}):
        event = child.follow(above)
        if event:
            work.save(child, event)
            changed += 1
    if changed:
        return changed
    for employee in await work.survey(Employee, {"positions.unit_id": unit.id}):
        moved = employee.follow(unit.id, unit.path, work.today)
        if moved:
            work.save(employee, moved)
            changed += 1
    if changed:
        return changed
    stale = {"audience": unit.id, "visible.path": {"$in": [path for path in former if path != unit.path]}}
    accounts = await work.survey(Account, stale, limit=limit)
    if not accounts:
        return 0
    await (await Coverage.of((one.id for one in accounts), work)).write(work)
    return len(accounts)
