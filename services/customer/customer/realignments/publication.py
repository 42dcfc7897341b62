"""The job that applies a published realignment to the alignments, batch by batch."""

from typing import Any, ClassVar

from chassis.aggregate import Document, Index
from chassis.ids import tail
from chassis.jobs import Batch, Job, JobState
from chassis.store import MongoStore
from chassis.work import UnitOfWork
from chassis.workers import Running
from contracts.ids import PublicationId, RealignmentId

from customer.alignments.coverage import Coverage
from customer.alignments.model import Alignment
from customer.alignments.timeline import TwoPrimaryRepresentatives, realigned
from customer.realignments.model import Realignment
from customer.realignments.simulation import Item

BATCH = 100
"""Items of one transaction."""


class Publication(Job, kind="publication", collection="publications", prefix="pub"):
    """A realignment on its way into the alignments; `counts` tell applied, unchanged and failed items."""

    INDEXES: ClassVar[list[Index]] = [*Job.INDEXES]

    realignment_id: RealignmentId


def publication_id(realignment_id: RealignmentId) -> PublicationId:
    """The id of the job of a realignment: always the same."""
    return f"pub_{tail(realignment_id)}"


async def run_publication(running: Running[Publication]) -> None:
    """Apply what is left of the realignment; entered again after a kill, it goes on behind the last batch."""
    await running.enter(JobState.RUNNING)
    realignment = await _published(running)
    while running.progress.done < len(realignment.items):
        start = running.progress.done
        items = realignment.items[start : start + BATCH]

        async def batch(work: UnitOfWork, items: list[Item] = items) -> Batch:
            return await apply_items(realignment, items, work)

        await running.step(batch)
    await running.enter(JobState.DONE)


async def apply_items(realignment: Realignment, items: list[Item], work: UnitOfWork) -> Batch:
    """Write items into their alignments, and who sees the institutions from now on when they are in force already.

    What somebody has planned by hand since the publication stays; the item is told as failed.
    """
    coverage = await Coverage.of((item.account_id for item in items), work)
    counts = {"applied": 0, "unchanged": 0, "failed": 0}
    failed: list[Document] = []
    for item in items:
        try:
            counts["applied" if _apply(realignment, item, coverage) else "unchanged"] += 1
        except TwoPrimaryRepresentatives as refusal:
            counts["failed"] += 1
            failed.append({"account_id": item.account_id, "line_id": item.line_id, "code": refusal.code})
    await coverage.write(work)
    return Batch(done=len(items), counts=counts, rows=failed)


def _apply(realignment: Realignment, item: Item, coverage: Coverage) -> bool:
    on, reason = realignment.effective_on, f"realignment {realignment.id}"
    new = item.assignment(on, realignment.id)
    alignment = coverage.line_of(item.account_id, item.line_id)
    if alignment is None:
        coverage.open(Alignment.open(item.account_id, item.line_id, new), on=on, reason=reason)
        return True
    event = alignment.rewrite(realigned(alignment.assignments, new), on)
    coverage.change(alignment, event, on=on, reason=reason)
    return event is not None


async def _published(running: Running[Any]) -> Realignment:
    document = await MongoStore(running.database).find_one(Realignment.COLLECTION, {"_id": running.job.realignment_id})
    assert document is not None, "a publication belongs to a realignment"
    return Realignment.load(document)
