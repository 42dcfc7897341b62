"""Draft a realignment, and rewrite the draft."""

from collections.abc import Iterable, Sequence
from datetime import date

from chassis.aggregate import Aggregate
from chassis.command import Command
from chassis.refusals import UnknownReference
from chassis.work import UnitOfWork
from contracts.ids import RealignmentId
from contracts.values import UnitKind

from customer.accounts.model import Account
from customer.alignments.places import NOT_A_TERRITORY
from customer.employees.model import Employee
from customer.lines.model import Line
from customer.planning import refuse_far_plans
from customer.realignments.model import Items, Realignment
from customer.realignments.simulation import Item
from customer.texts import Name
from customer.units.model import Unit

_AT_ONCE = 100
"""Ids of one query: the embedded database compares each with each."""


class DraftRealignment(Command):
    """Prepare that other territories cover many institutions from a date on. A loader may give the id."""

    realignment_id: RealignmentId | None = None
    name: Name
    effective_on: date
    items: Items


class ReviseRealignment(Command):
    """Replace the whole of a draft."""

    realignment_id: str
    name: Name
    effective_on: date
    items: Items


async def draft_realignment(command: DraftRealignment, work: UnitOfWork) -> Realignment:
    """The new draft.

    Raises: RuleBroken with every violation.
    """
    await _judge(command.items, command.effective_on, work)
    realignment = Realignment.draft(
        id=command.realignment_id or Realignment.new_id(),
        name=command.name,
        effective_on=command.effective_on,
        items=command.items,
        at=work.now,
    )
    work.add(realignment, realignment.drafted(), valid_from=command.effective_on)
    return realignment


async def revise_realignment(command: ReviseRealignment, work: UnitOfWork) -> Realignment:
    """The draft afterwards; it has to be simulated again. Nothing is recorded when nothing changes.

    Raises: NotFound, Stale, AlreadyPublished; RuleBroken with every violation.
    """
    realignment = await work.get(Realignment, command.realignment_id)
    event = realignment.revise(name=command.name, effective_on=command.effective_on, items=command.items)
    await _judge(command.items, command.effective_on, work)
    if event is not None:
        work.save(realignment, event, valid_from=command.effective_on)
    return realignment


async def _judge(items: Sequence[Item], effective_on: date, work: UnitOfWork) -> None:
    """Refuse what names something that is not there, a unit that is no territory, or a date that must be a slip."""
    refuse_far_plans(work, effective_on, field="effective_on")
    known = {
        "account_id": await _known(Account, (item.account_id for item in items), work),
        "line_id": await _known(Line, (item.line_id for item in items), work),
        "to_unit_id": await _known(Unit, (item.to_unit_id for item in items), work),
        "employee_id": await _known(Employee, (item.employee_id for item in items), work),
    }
    for position, item in enumerate(items):
        for name, found in known.items():
            identifier = getattr(item, name)
            if identifier not in found:
                detail = f"{identifier} names nothing that you can see"
                work.violate(f"items[{position}].{name}", UnknownReference.code, detail)
        unit = known["to_unit_id"].get(item.to_unit_id)
        if isinstance(unit, Unit) and unit.kind is not UnitKind.TERRITORY:
            detail = f"{unit.id} is a {unit.kind.value}"
            work.violate(f"items[{position}].to_unit_id", NOT_A_TERRITORY, detail)
    work.check()


async def _known(model: type[Aggregate], identifiers: Iterable[str], work: UnitOfWork) -> dict[str, Aggregate]:
    ordered = sorted(set(identifiers))
    found: dict[str, Aggregate] = {}
    for start in range(0, len(ordered), _AT_ONCE):
        chunk = ordered[start : start + _AT_ONCE]
        found |= {one.id: one for one in await work.survey(model, {"_id": {"$in": chunk}})}
    return found
