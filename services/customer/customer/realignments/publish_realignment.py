"""Publish a realignment."""

from chassis.command import Command
from chassis.jobs import UNFINISHED, AskedBy, start_progress
from chassis.refusals import Conflict
from chassis.work import UnitOfWork
from contracts.events.customer import RealignmentStatus

from customer.realignments.ground import simulate_now
from customer.realignments.model import Realignment
from customer.realignments.publication import Publication, publication_id


class PublicationRunning(Conflict):
    """One realignment is applied at a time."""

    code = "publication_running"
    title = "Another realignment is still being applied"


class PublishRealignment(Command):
    """Decide a realignment as it was simulated."""

    realignment_id: str


async def publish_realignment(command: PublishRealignment, work: UnitOfWork) -> Realignment:
    """The published realignment; a job applies it to the alignments, and older ones that it replaces are superseded.

    Raises: NotFound, Stale, AlreadyPublished, NotSimulated, SimulationStale, NotPublishable, PublicationRunning.
    """
    realignment = await work.get(Realignment, command.realignment_id)
    fresh = await simulate_now(realignment, work)
    published = realignment.publish(fresh)
    running = await work.survey(Publication, {"state": {"$in": [state.value for state in UNFINISHED]}}, limit=1)
    if running:
        raise PublicationRunning(realignment_id=running[0].realignment_id)
    earlier = await work.survey(Realignment, {"state": RealignmentStatus.PUBLISHED.value})
    for one in earlier:
        superseded = one.give_way_to(realignment) if one.id != realignment.id else None
        if superseded is not None:
            work.save(one, superseded)
    work.save(realignment, published, valid_from=realignment.effective_on)
    job = Publication(
        id=publication_id(realignment.id),
        realignment_id=realignment.id,
        asked_by=AskedBy.of(work.principal),
        created_at=work.now,
    )
    work.add(job)
    await start_progress(work, job, total=len(realignment.items))
    return realignment
