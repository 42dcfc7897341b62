"""What is under a unit follows when its path changes: units, employees, institutions.

Every unit whose path has changed is noted in the same transaction; a loop works the notes off in batches. Whatever does not fit the path of
today is put right, so the work may be broken off anywhere, begun again, or done twice.
"""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.accounts.model import Account
from customer.alignments.coverage import Coverage
from customer.employees.model import Employee
from customer.units.model import Unit
from customer.units.path_changes import PathChange, note_path
from customer.units.tree import line_up


class FollowPaths(Command):
    """Work off a part of what is due."""

    limit: int = 50


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
            await note_path(child.id, event.from_path, work)
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
