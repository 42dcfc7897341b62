"""Open an organisation unit."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import UnitId
from contracts.values import UnitKind

from customer.planning import refuse_far_plans
from customer.texts import Name
from customer.units.model import Unit
from customer.units.tree import judge_unit


class CreateUnit(Command):
    """Open a unit below another one, or the head office, today unless it says otherwise. A loader may give the id."""

    unit_id: UnitId | None = None
    name: Name
    kind: UnitKind
    parent_id: UnitId | None = None
    opened_on: date | None = None


async def create_unit(command: CreateUnit, work: UnitOfWork) -> Unit:
    """The new unit.

    Raises: UnknownReference, RuleBroken, ParentRequired, HeadOfficeHasNoParent, KindNotBelowParent; HeadOfficeExists at
    the end of the unit of work.
    """
    on = command.opened_on or work.today
    refuse_far_plans(work, on, field="opened_on")
    parent = None
    if command.parent_id is not None:
        parent = await work.reference(Unit, command.parent_id, field="parent_id")
        await judge_unit(work, parent, field="parent_id", on=on)
    work.check()
    unit = Unit.open(id=command.unit_id or Unit.new_id(), name=command.name, kind=command.kind, parent=parent, on=on)
    work.add(unit, unit.created(), valid_from=on)
    return unit
