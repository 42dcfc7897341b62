"""Open an organisation unit."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import UnitId
from contracts.values import UnitKind

from customer.texts import Name
from customer.units.model import Unit


class CreateUnit(Command):
    """Open a unit below another one, or the head office. A loader may give the id."""

    unit_id: UnitId | None = None
    name: Name
    kind: UnitKind
    parent_id: UnitId | None = None


async def create_unit(command: CreateUnit, work: UnitOfWork) -> Unit:
    """The new unit.

    Raises: UnknownReference, ParentRequired, HeadOfficeHasNoParent, KindNotBelowParent; HeadOfficeExists at the end of
    the unit of work.
    """
    parent = None
    if command.parent_id is not None:
        parent = await work.reference(Unit, command.parent_id, field="parent_id")
        work.check()
    unit = Unit.open(id=command.unit_id or Unit.new_id(), name=command.name, kind=command.kind, parent=parent)
    work.add(unit, unit.created())
    return unit
