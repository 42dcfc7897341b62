"""Close a unit on which nothing depends."""

from datetime import date

from chassis.command import Command
from chassis.refusals import Conflict
from chassis.work import UnitOfWork
from contracts.values import Stage

from customer.accounts.model import Account
from customer.employees.model import Employee
from customer.texts import Note
from customer.units.model import Unit

LISTED = 100
"""Of each kind, at most so many dependents are named."""
_OPEN_STAGES = sorted(stage.value for stage in Stage if stage not in (Stage.CLOSED, Stage.MERGED))


class UnitInUse(Conflict):
    """Units, employees or institutions are under it; the refusal names them."""

    code = "unit_in_use"
    title = "A unit cannot be closed while something depends on it"


class CloseUnit(Command):
    """Close a unit; `on` is the first day without it, today unless it says otherwise."""

    unit_id: str
    on: date | None = None
    reason: Note


async def close_unit(command: CloseUnit, work: UnitOfWork) -> Unit:
    """The unit afterwards. Whatever comes under a unit requires it as it was read, so nothing slips in meanwhile.

    Raises: NotFound, Stale, RuleBroken, UnitIsClosed, HeadOfficeStays, ClosedBeforeLastMove, UnitInUse.
    """
    unit = await work.get(Unit, command.unit_id)
    on = command.on or work.today
    if on > work.today:
        work.violate("on", "in_the_future", "a unit is closed on the day or afterwards")
    work.check()
    event = unit.close(on)
    await _refuse_dependents(unit.id, on, work)
    work.save(unit, event, valid_from=on, reason=command.reason)
    return unit


async def _refuse_dependents(unit_id: str, on: date, work: UnitOfWork) -> None:
    lasting = {"$not": {"$lte": on.isoformat()}}
    found = {
        "units": await work.find(
            Unit,
            {
                "parents.parent_id": unit_id,
                "parents": {"$elemMatch": {"parent_id": unit_id, "valid_to": lasting}},
            },
            limit=LISTED,
        ),
        "employees": await work.find(Employee, Employee.placed_at(unit_id, on), limit=LISTED),
        "accounts": await work.find(
            Account,
            {"unit_id": unit_id, "stages": {"$elemMatch": {"stage": {"$in": _OPEN_STAGES}, "until": None}}},
            limit=LISTED,
        ),
    }
    dependents = {kind: [one.id for one in those] for kind, those in found.items() if those}
    if dependents:
        raise UnitInUse(**dependents)
