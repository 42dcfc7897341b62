"""Reads of realignments."""

from datetime import date, datetime
from typing import Any

from chassis.jobs import JobState, progress_of, rows_of
from chassis.reads import Paging, Reads
from contracts.events.customer import RealignmentStatus
from pydantic import BaseModel

from customer.realignments.model import Realignment
from customer.realignments.publication import Publication, publication_id
from customer.realignments.simulation import MOST_SHOWN, Item, Report


class RealignmentOut(BaseModel):
    """A realignment in a list; `items` are counted."""

    id: str
    name: str
    effective_on: date
    state: RealignmentStatus
    item_count: int
    created_at: datetime
    published_at: datetime | None
    superseded_by: str | None
    version: int

    @classmethod
    def of(cls, realignment: Realignment) -> "RealignmentOut":
        """The answer for a realignment."""
        own = cls.model_fields.keys() - {"item_count"}
        return cls(**{name: getattr(realignment, name) for name in own}, item_count=len(realignment.items))


class FailedItem(BaseModel):
    """An item that could not be applied, because somebody had planned otherwise by hand since the publication."""

    account_id: str
    line_id: str
    code: str


class PublicationOut(BaseModel):
    """How far the alignments have been changed: `progress` from 0 to 1, `failed` the first items that could not be."""

    state: JobState
    total: int
    applied: int
    unchanged: int
    failed_count: int
    failed: list[FailedItem]
    progress: float


class RealignmentDetail(RealignmentOut):
    """A realignment with its items, what its simulation gave, and how far its publication has come."""

    items: list[Item]
    simulated_at: datetime | None
    publishable: bool
    report: Report | None
    publication: PublicationOut | None


async def detail_of(read: Reads, realignment: Realignment) -> RealignmentDetail:
    """The whole of a realignment; workloads of its report are in hundredths of a point."""
    simulation = realignment.simulation
    return RealignmentDetail(
        **dict(RealignmentOut.of(realignment)),
        items=realignment.items,
        simulated_at=simulation.at if simulation else None,
        publishable=simulation is not None and simulation.report.publishable,
        report=simulation.report if simulation else None,
        publication=await _publication(read, realignment),
    )


async def list_realignments(read: Reads, page: Paging, *, state: RealignmentStatus | None) -> dict[str, Any]:
    """The realignments, the latest first."""
    where = {} if state is None else {"state": state.value}
    return await read.page(
        Realignment,
        where,
        page,
        out=RealignmentOut.of,
        sortable={"created_at", "effective_on"},
        default_sort="-created_at",
    )


async def _publication(read: Reads, realignment: Realignment) -> PublicationOut | None:
    job = await read.directory(Publication, {"_id": publication_id(realignment.id)})
    if job is None:
        return None
    progress = await progress_of(read.store, job.id)
    failed: list[FailedItem] = []
    async for row in rows_of(read.store, job.id):
        if len(failed) == MOST_SHOWN:
            break
        failed.append(FailedItem(**row))
    return PublicationOut(
        state=job.state,
        total=progress.total or 0,
        applied=progress.counts.get("applied", 0),
        unchanged=progress.counts.get("unchanged", 0),
        failed_count=progress.counts.get("failed", 0),
        failed=failed,
        progress=1.0 if job.state is JobState.DONE else round(progress.share, 4),
    )
