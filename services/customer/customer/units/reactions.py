"""What happens when units move."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import UnitMoved, UnitPathChanged

from customer.units.follow_paths import note_path


@reacts_to(UnitMoved)
async def follow_the_unit(event: UnitMoved, work: UnitOfWork) -> None:
    """What is under a unit goes with it."""
    await note_path(event.unit.unit_id, event.from_path, work)


@reacts_to(UnitPathChanged)
async def follow_the_path(event: UnitPathChanged, work: UnitOfWork) -> None:
    """So does what is further down."""
    await note_path(event.unit.unit_id, event.from_path, work)
