"""Counting working days: Monday to Friday, without holidays, with the days of weekends that are worked (调休)."""

from collections.abc import Collection
from datetime import date, timedelta

_SATURDAY = 5


def is_workday(day: date, *, holidays: Collection[date] = (), workdays: Collection[date] = ()) -> bool:
    """True when the day is worked; a day that is named as worked is, even when it is named a holiday."""
    return day in workdays or (day.weekday() < _SATURDAY and day not in holidays)


def after_workdays(
    start: date, count: int, *, holidays: Collection[date] = (), workdays: Collection[date] = ()
) -> date:
    """The `count`-th working day after `start`; `start` itself for 0."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        if is_workday(day, holidays=holidays, workdays=workdays):
            count -= 1
    return day
