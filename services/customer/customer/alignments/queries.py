"""Reads of alignments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from chassis.aggregate import Document
from chassis.reads import Paging, Reads
from chassis.refusals import BadRequest, NotFound
from pydantic import BaseModel

from customer.alignments.model import Alignment
from customer.alignments.timeline import Assignment, Period
from customer.units.model import Unit, at_or_below

_MOST_UNITS = 5_000


class AssignmentOut(BaseModel):
    """A territory and its primary representative, from `valid_from` until `valid_to` (exclusive)."""

    unit_id: str
    employee_id: str
    valid_from: date
    valid_to: date | None
    realignment_id: str | None

    @classmethod
    def of(cls, assignment: Assignment) -> "AssignmentOut":
        """The answer for an assignment."""
        return cls(**dict(assignment))


class GapOut(BaseModel):
    """Nobody covers the institution for the line from `since` until `until` (exclusive)."""

    since: date
    until: date | None

    @classmethod
    def of(cls, period: Period) -> "GapOut":
        """The answer for a gap."""
        return cls(**dict(period))


class AlignmentOut(BaseModel):
    """Who covers an institution for a product line: `current` on the date asked about, `assignments` ever.

    `gaps` are the periods between the first and the last assignment that nobody covers.
    """

    id: str
    account_id: str
    line_id: str
    current: AssignmentOut | None
    assignments: list[AssignmentOut]
    gaps: list[GapOut]
    recorded_at: datetime
    version: int

    @classmethod
    def of(cls, alignment: Alignment, on: date) -> "AlignmentOut":
        """The answer for an alignment, as of a date."""
        current = alignment.holding_on(on)
        return cls(
            id=alignment.id,
            account_id=alignment.account_id,
            line_id=alignment.line_id,
            current=AssignmentOut.of(current) if current else None,
            assignments=assignments_of(alignment.assignments),
            gaps=[GapOut.of(gap) for gap in alignment.gaps],
            recorded_at=alignment.recorded_at,
            version=alignment.version,
        )


def assignments_of(assignments: Sequence[Assignment]) -> list[AssignmentOut]:
    """The answer for a timeline."""
    return [AssignmentOut.of(one) for one in assignments]


@dataclass(frozen=True)
class AlignmentFilter:
    """What a list of alignments is narrowed to; `unit_id` takes in the units below it.

    With `as_of` only what holds on that date is shown, with `known_at` as it was believed then.
    """

    account_id: str | None = None
    line_id: str | None = None
    unit_id: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None


async def list_alignments(read: Reads, page: Paging, wanted: AlignmentFilter, today: date) -> dict[str, Any]:
    """The alignments in scope that fit; a page of what was believed once may hold fewer than the limit.

    Raises: BadRequest for a `known_at` in the future.
    """
    if wanted.known_at is not None and wanted.known_at > datetime.now(UTC):
        raise BadRequest("known_at lies in the future", field="known_at")
    units = None if wanted.unit_id is None else await _units_below(read, wanted.unit_id)
    where: Document = {
        name: value for name in ("account_id", "line_id") if (value := getattr(wanted, name)) is not None
    }
    if units is not None:
        where["units_named"] = {"$in": units}
    day = wanted.as_of if wanted.as_of is not None or units is None else today
    if wanted.known_at is None and day is not None:
        where["assignments"] = _holding(day, units)
    found = await read.page(Alignment, where, page, out=lambda alignment: alignment)
    shown: list[Alignment] = found["items"]
    if wanted.known_at is not None:
        shown = [one for one in await _believed(read, shown, wanted.known_at) if day is None or _fits(one, day, units)]
    return {"items": [AlignmentOut.of(one, wanted.as_of or today) for one in shown], "next": found["next"]}


async def _units_below(read: Reads, unit_id: str) -> list[str]:
    """The unit and everything below it that the caller sees."""
    unit = await read.find_one(Unit, {"_id": unit_id})
    if unit is None:
        return []
    return [one.id for one in await read.find(Unit, {"path": at_or_below(unit)}, limit=_MOST_UNITS)]


def _holding(day: date, units: list[str] | None) -> Document:
    on = day.isoformat()
    holds: Document = {"valid_from": {"$lte": on}, "valid_to": {"$not": {"$lte": on}}}
    return {"$elemMatch": holds if units is None else {**holds, "unit_id": {"$in": units}}}


def _fits(alignment: Alignment, day: date, units: list[str] | None) -> bool:
    current = alignment.holding_on(day)
    return current is not None and (units is None or current.unit_id in units)


async def _believed(read: Reads, alignments: list[Alignment], known_at: datetime) -> list[Alignment]:
    """The alignments as they were believed at an instant, without those of which nothing was recorded then."""
    believed: list[Alignment] = []
    for one in alignments:
        try:
            believed.append(await read.at(Alignment, one.id, known_at=known_at))
        except NotFound:
            continue
    return believed
