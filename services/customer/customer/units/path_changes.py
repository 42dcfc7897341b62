"""Notes of units whose path has changed."""

from datetime import datetime, timedelta
from typing import ClassVar

from chassis.aggregate import Index, Replica
from chassis.work import UnitOfWork

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


async def note_path(unit_id: str, former: str, work: UnitOfWork) -> None:
    """Note that a unit's path has changed."""
    known = await work.get_replica(PathChange, unit_id)
    note = PathChange(
        id=unit_id,
        former=sorted({former, *(known.former if known else ())}),
        due_at=work.now,
        settled_at=work.now + SETTLES_AFTER,
    )
    await work.put(note)
