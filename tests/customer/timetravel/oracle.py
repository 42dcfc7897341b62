"""What is to be read of any date at any instant, by replaying the log of commands day by day.

Every fact is a row of days, each with its own value and the mark of the entry that it belongs to; a command paints days.
There are no periods, no versions and no comparisons of entries: a question replays what was recorded by its instant from
the beginning and looks at one day.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

FIRST, DAYS = date(2026, 1, 1), 120
Row = list[tuple[int, Any] | None]
"""By the day's number: the mark of an entry and what it says."""


def number(day: date) -> int:
    """The day's number; days outside of the rows are not asked about."""
    return (day - FIRST).days


def run_of(row: Row, at: int) -> range:
    """The days that belong to the entry of a day."""
    mark = row[at] and row[at][0]
    start = end = at
    while start > 0 and (row[start - 1] and row[start - 1][0]) == mark:
        start -= 1
    while end < DAYS and (row[end] and row[end][0]) == mark:
        end += 1
    return range(start, end)


def paint(row: Row, days: range, value: Any, mark: int) -> None:
    """Let the days say something; neighbours that say the same belong together."""
    for at in days:
        row[at] = (mark, value)
    for beside in (days.start - 1, days.stop):
        if 0 <= beside < DAYS and row[beside] is not None and row[beside][1] == value:
            for at in run_of(row, beside):
                row[at] = (mark, value)


@dataclass
class Account:
    """An institution as a row of days per fact."""

    beds: int | None = None
    stage: Row = field(default_factory=lambda: [None] * DAYS)
    grade: Row = field(default_factory=lambda: [None] * DAYS)
    parent: Row = field(default_factory=lambda: [None] * DAYS)


@dataclass
class Job:
    """An affiliation and the days on which it holds."""

    account_id: str
    role: str | None
    primary: bool
    days: set[int]


@dataclass
class World:
    """Everything after some commands."""

    accounts: dict[str, Account] = field(default_factory=dict[str, Account])
    contacts: dict[str, list[Job]] = field(default_factory=dict[str, list[Job]])
    covers: dict[str, Row] = field(default_factory=dict[str, Row])


def replay(log: list[tuple[int, str, tuple[Any, ...]]], known_at_us: int) -> World:
    """The world as the commands recorded by an instant have made it."""
    world = World()
    for mark, (recorded_us, name, arguments) in enumerate(log, start=1):
        if recorded_us <= known_at_us:
            globals()[f"_{name}"](world, mark, *arguments)
    return world


def _account(world: World, mark: int, account_id: str, on: date) -> None:
    account = world.accounts[account_id] = Account()
    paint(account.stage, range(number(on), DAYS), "prospect", mark)
    paint(account.grade, range(number(on), DAYS), "ungraded", mark)


def _beds(world: World, mark: int, account_id: str, beds: int) -> None:
    world.accounts[account_id].beds = beds


def _stage(world: World, mark: int, account_id: str, stage: str, on: date) -> None:
    row = world.accounts[account_id].stage
    for at in range(number(on), DAYS):
        row[at] = (mark, stage)


def _grade(world: World, mark: int, account_id: str, grade: str, on: date) -> None:
    _enter(world.accounts[account_id].grade, grade, on, mark)


def _parent(world: World, mark: int, account_id: str, parent_id: str | None, on: date) -> None:
    _enter(world.accounts[account_id].parent, parent_id, on, mark)


def _enter(row: Row, value: Any, on: date, mark: int) -> None:
    """From the day until the next entry begins."""
    at = number(on)
    if row[at] is None or row[at][1] != value:
        paint(row, range(at, run_of(row, at).stop), value, mark)


def _contact(world: World, mark: int, contact_id: str, account_id: str, since: date) -> None:
    world.contacts[contact_id] = [Job(account_id, None, True, set(range(number(since), DAYS)))]


def _move(world: World, mark: int, contact_id: str, account_id: str, on: date) -> None:
    jobs, at = world.contacts[contact_id], number(on)
    current = next(job for job in jobs if job.primary and at in job.days)
    if (current.account_id, current.role) == (account_id, None):
        return
    later = {day for day in current.days if day >= at}
    current.days -= later
    after = next((job for job in jobs if job.primary and max(later) + 1 in job.days), None)
    if after is not None and (after.account_id, after.role) == (account_id, None):
        after.days |= later
    else:
        jobs.append(Job(account_id, None, True, later))


def _second(world: World, mark: int, contact_id: str, account_id: str, since: date, until: date) -> None:
    world.contacts[contact_id].append(Job(account_id, "second", False, set(range(number(since), number(until)))))


def _leave(world: World, mark: int, contact_id: str, on: date) -> None:
    current = next(job for job in world.contacts[contact_id] if job.primary and number(on) - 1 in job.days)
    current.days = {day for day in current.days if day < number(on)}


def _role(world: World, mark: int, contact_id: str, role: str, on: date) -> None:
    jobs, at = world.contacts[contact_id], number(on)
    current = next(job for job in jobs if job.primary and at in job.days)
    if current.role == role:
        return
    later = {day for day in current.days if day >= at}
    current.days -= later
    jobs.append(Job(current.account_id, role, True, later))


def _cover(world: World, mark: int, account_id: str, unit_id: str, since: date, until: date | None) -> None:
    row = world.covers.setdefault(account_id, [None] * DAYS)
    paint(row, range(number(since), number(until) if until else DAYS), unit_id, mark)


def _hand_over(world: World, mark: int, account_id: str, unit_id: str, on: date) -> None:
    _enter(world.covers[account_id], unit_id, on, mark)


def _uncover(world: World, mark: int, account_id: str, on: date) -> None:
    row = world.covers[account_id]
    for at in range(number(on), run_of(row, number(on)).stop):
        row[at] = None


def value(row: Row, day: date) -> Any:
    """What a row says of a day."""
    found = row[number(day)]
    return found[1] if found else None


def above(world: World, account_id: str, day: date) -> list[str]:
    """The institutions above one, nearest first."""
    found: list[str] = []
    parent_id = value(world.accounts[account_id].parent, day)
    while parent_id is not None and parent_id in world.accounts:
        found.append(parent_id)
        parent_id = value(world.accounts[parent_id].parent, day)
    return found


def below(world: World, account_id: str, day: date) -> set[str]:
    """The institutions below one."""
    return {one for one in world.accounts if account_id in above(world, one, day)}
