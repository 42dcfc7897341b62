"""Going up the tree of units, and relying on what is found there."""

from datetime import date

from chassis.work import UnitOfWork

from customer.units.model import UNIT_CLOSED, Unit


async def line_up(unit: Unit, work: UnitOfWork) -> list[Unit]:
    """The unit and everything above it, up to the head office, by parents and not by paths: those may still have to
    follow a move. All are held as they were read, so that no two moves at once can bend the tree into a circle.
    """
    found = [unit]
    await work.require(unit)
    while found[-1].parent_id is not None:
        parent = await work.directory(Unit, found[-1].parent_id, field="parent_id")
        work.check()
        assert parent is not None
        found.append(parent)
        await work.require(parent)
    return found


async def judge_unit(work: UnitOfWork, unit: Unit | None, *, field: str, on: date) -> None:
    """Collect what forbids putting something or somebody under a unit on a date, and hold the unit as it was read."""
    if unit is None:
        return
    if unit.closed_on is not None and unit.closed_on <= max(on, work.today):
        work.violate(field, UNIT_CLOSED, "the unit is closed")
    await work.require(unit)
