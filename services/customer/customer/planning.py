"""How far ahead facts may be planned."""

from datetime import date

from chassis.work import UnitOfWork

MAX_YEARS_AHEAD = 10


def refuse_far_plans(work: UnitOfWork, on: date, *, field: str) -> None:
    """Collect a violation when a date lies so far ahead that it must be a slip."""
    if on.year > work.today.year + MAX_YEARS_AHEAD:
        work.violate(field, "too_far_ahead", f"plans reach at most {MAX_YEARS_AHEAD} years ahead")


def refuse_future(work: UnitOfWork, on: date, *, field: str) -> None:
    """Collect a violation when what was seen or said is dated on a day that has not come."""
    if on > work.today:
        work.violate(field, "in_the_future", "what has happened lies not in the future")
