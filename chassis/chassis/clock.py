"""Time as a dependency: services ask a clock, tests and loaders of past data set one."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the business instant."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        ...


class SystemClock:
    """The machine's clock, to the millisecond (what a document can store)."""

    def now(self) -> datetime:
        return to_millisecond(datetime.now(UTC))


class FixedClock:
    """A clock that stands still until it is set."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def set(self, at: datetime) -> None:
        """Move to `at` (must carry an offset)."""
        self._at = to_millisecond(at.astimezone(UTC))

    def advance(self, by: timedelta) -> None:
        """Move forward by `by`."""
        self._at += by

    def now(self) -> datetime:
        return self._at


def to_millisecond(at: datetime) -> datetime:
    """Cut to what BSON can store."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def business_date(at: datetime, zone: str | ZoneInfo) -> date:
    """The calendar date of an instant in the organisation's time zone."""
    return at.astimezone(zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)).date()


def from_microseconds(value: int) -> datetime:
    """Microseconds since 1970 as an instant, exact to the microsecond."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


def to_microseconds(at: datetime) -> int:
    """An instant as microseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
