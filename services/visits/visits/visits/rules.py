"""Rules on values that a visit is given: each returns what is wrong, so that all of it can be said at once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chassis.refusals import Violation

from visits.visits.distance import distance_m, speed_kmh
from visits.visits.entities import Drop, PlacedFix

MAX_AHEAD = timedelta(minutes=15)
"""A device's clock may be this far ahead of the server's; what is later is refused."""

SANE_SPAN = timedelta(days=731)
"""Instants further from now than two years are typing errors."""

MAX_SPEED_KMH = 150.0
"""Whoever is faster between two visits was not at both."""

LOOK_BACK = timedelta(days=6)
"""Within 134 hours 150 km/h reach every point of the earth, so that what lies further back cannot tell anything."""


def sane_instant(field: str, at: datetime, now: datetime) -> Iterator[Violation]:
    """An instant within two years of now, before or after."""
    if abs(at - now) > SANE_SPAN:
        yield Violation("absurd_date", f"{field} is more than two years from now.", field)


def device_time(field: str, at: datetime, now: datetime) -> Iterator[Violation]:
    """A device's time: sane, and at most 15 minutes ahead of the server's."""
    yield from sane_instant(field, at, now)
    if at - now > MAX_AHEAD:
        yield Violation("device_time_ahead", "The device's clock is more than 15 minutes ahead.", field)


def not_before(code: str, field: str, at: datetime, start: datetime | None) -> Iterator[Violation]:
    """One thing cannot lie before the other: the check-out before the check-in, the submission before the check-out."""
    if start is not None and at < start:
        yield Violation(code, f"{field} lies before {start.isoformat()}.", field)


def no_repeats(field: str, values: Sequence[str]) -> Iterator[Violation]:
    """Each value at most once; `field` names the list (`attendees`) or its items' part (`products[].product`)."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield Violation("repeated", f"{value} is named twice.", item(field, index))
        seen.add(value)


def drops_to_attendees(materials: Sequence[Drop], attendees: Sequence[str]) -> Iterator[Violation]:
    """Materials are left with people who were met."""
    for index, drop in enumerate(materials):
        if drop.contact_id not in attendees:
            detail = f"{drop.contact_id} is not among the attendees."
            yield Violation("not_an_attendee", detail, f"materials[{index}].contact_id")


def too_fast(previous: PlacedFix, arrival: PlacedFix) -> bool:
    """True when nobody travels so: the distance, less both uncertainties, at more than 150 km/h."""
    apart = distance_m(previous.fix.point, arrival.fix.point)
    certain = max(0.0, apart - previous.fix.accuracy_m - arrival.fix.accuracy_m)
    return speed_kmh(certain, arrival.at - previous.at) > MAX_SPEED_KMH


def item(field: str, index: int) -> str:
    """The JSON path of one item: `attendees` → `attendees[2]`, `products[].product` → `products[2].product`."""
    return field.replace("[]", f"[{index}]") if "[]" in field else f"{field}[{index}]"
