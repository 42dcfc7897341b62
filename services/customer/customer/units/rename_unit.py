"""Give a unit another name."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.texts import Name, absent
from customer.units.model import Unit


class RenameUnit(Command):
    """The fields that are set change."""

    unit_id: str
    name: Name = absent()


async def rename_unit(command: RenameUnit, work: UnitOfWork) -> Unit:
    """The unit afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale.
    """
    unit = await work.get(Unit, command.unit_id)
    event = unit.rename(command.name) if "name" in command.model_fields_set else None
    if event:
        work.save(unit, event)
    return unit
