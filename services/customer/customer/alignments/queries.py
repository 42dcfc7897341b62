"""Reads of alignments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chassis.aggregate import Document
from chassis.reads import Paging, Reads
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
    units = None if wanted.unit_id is None else await _units_below(read, wanted.unit_id)
    day = wanted.as_of if wanted.as_of is not None or units is None else today
    where: Document = {} if wanted.line_id is None else {"line_id": wanted.line_id}
    if units is not None:
        where["units_named"] = {"$in": units}

    def out(alignment: Alignment) -> AlignmentOut:
        return AlignmentOut.of(alignment, wanted.as_of or today)

    if wanted.known_at is not None:
        if wanted.account_id is not None:
            where["accounts_named"] = wanted.account_id
        mark = [wanted.account_id, wanted.line_id, wanted.unit_id, day]
        fits = _believed_fit(wanted.account_id, day, units)
        return await read.page_known(Alignment, wanted.known_at, page, keep=fits, out=out, mark=mark, among=where)
    if wanted.account_id is not None:
        where["account_id"] = wanted.account_id
    if day is not None:
        where["assignments"] = _holding(day, units)
    return await read.page(Alignment, where, page, out=out)


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


def _believed_fit(account_id: str | None, day: date | None, units: list[str] | None) -> Callable[[Alignment], bool]:
    """The judgement in memory of what is stored of now only; without a date whatever is believed fits."""

    def fits(alignment: Alignment) -> bool:
        current = None if day is None else alignment.holding_on(day)
        return (account_id is None or alignment.account_id == account_id) and (
            day is None or (current is not None and (units is None or current.unit_id in units))
        )

    return fits
