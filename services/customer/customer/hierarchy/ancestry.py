"""Walking up and down the hierarchy of institutions as it is on a date or through a time."""

from datetime import date

from chassis.refusals import RuleBroken
from chassis.work import UnitOfWork

from customer.accounts.model import Account

MAX_LEVELS = 12


class HierarchyCircle(RuleBroken):
    """An institution would stand above itself."""

    code = "hierarchy_circle"
    title = "An institution cannot belong, by whatever way, to itself"


class HierarchyTooDeep(RuleBroken):
    """Nobody has so many levels."""

    code = "hierarchy_too_deep"
    title = f"The hierarchy has at most {MAX_LEVELS} levels"


async def guard_against_circles(
    work: UnitOfWork, account_id: str, parent: Account, *, start: date, end: date | None, field: str
) -> None:
    """Make sure that `account_id` does not stand above `parent` on any day from `start` until `end`.

    Everybody on the way up is held as it was read, so that of two commands that would close a circle together the later
    one runs again and sees the other's.

    Raises: HierarchyCircle, HierarchyTooDeep.
    """
    above: list[tuple[Account, date, date | None]] = [(parent, start, end)]
    for _ in range(MAX_LEVELS):
        if not above:
            return
        following: list[tuple[Account, date, date | None]] = []
        for one, since, until in above:
            if one.id == account_id:
                raise HierarchyCircle(field=field, account_id=account_id)
            await work.require(one)
            for entry in one.parents:
                if entry.parent_id is None or not entry.overlaps(since, until):
                    continue
                higher = await work.directory(Account, entry.parent_id, field=field)
                if higher is not None:
                    ends = [day for day in (entry.until, until) if day is not None]
                    following.append((higher, max(entry.on, since), min(ends, default=None)))
        above = following
    if above:
        raise HierarchyTooDeep(field=field)
