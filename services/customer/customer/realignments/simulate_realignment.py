"""Simulate a realignment."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.realignments.ground import simulate_now
from customer.realignments.model import Realignment


class SimulateRealignment(Command):
    """Work out what a realignment would do, as things stand now."""

    realignment_id: str


async def simulate_realignment(command: SimulateRealignment, work: UnitOfWork) -> Realignment:
    """The realignment with its report; it can be published when nothing is listed.

    Raises: NotFound, Stale, AlreadyPublished.
    """
    realignment = await work.get(Realignment, command.realignment_id)
    work.save(realignment, realignment.simulated(await simulate_now(realignment, work)))
    return realignment
