"""HTTP of the organisation. Commands that change the tree queue on one lock: they are rare, and each holds what is above."""

from datetime import date

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change
from contracts.ids import UnitId
from contracts.values import UnitKind

from customer.texts import Name, Note, absent
from customer.timetravel import AsOf, KnownAt
from customer.units.close_unit import CloseUnit, close_unit
from customer.units.create_unit import CreateUnit, create_unit
from customer.units.model import Unit
from customer.units.move_unit import MoveUnit, move_unit
from customer.units.queries import UnitOut, list_units, unit_at
from customer.units.rename_unit import RenameUnit, rename_unit

router = Router(prefix="/units", tags=["units"])

TREE = "units"
"""The lock that changes of the tree queue on."""


class UnitBody(Body):
    """A unit to open, today unless it says otherwise."""

    name: Name
    kind: UnitKind
    parent_id: UnitId | None = None
    opened_on: date | None = None


class UnitNameBody(Body):
    """What to change of a unit."""

    name: Name = absent()


class UnitMoveBody(Body):
    """Where a unit is to stand from `on`: today unless it says otherwise, a date in the future is a plan."""

    to_parent_id: UnitId
    on: date | None = None
    reason: Note


class ClosureBody(Body):
    """The closure of a unit; `on` is the first day without it, today unless it says otherwise."""

    on: date | None = None
    reason: Note


@router.post("", status_code=201, permission=Permission.UNITS_WRITE, response_model=UnitOut)
async def post_unit(body: UnitBody, run: Run) -> Answer:
    """Open a unit."""
    unit = await run(create_unit, CreateUnit(**body.fields()), locks=[TREE])
    return Answer(UnitOut.of(unit), version=unit.version)


@router.get("", permission=Permission.UNITS_READ, response_model=Page[UnitOut])
async def get_units(
    read: Read,
    page: PageArgs,
    kind: UnitKind | None = None,
    parent_id: UnitId | None = None,
    closed: bool = False,
    as_of: AsOf = None,
) -> Answer:
    """The units in the caller's scope, every parent before its children; `closed` takes in those that do not stand."""
    return Answer(await list_units(read, page, kind=kind, parent_id=parent_id, closed=closed, as_of=as_of))


@router.get("/{unit_id}", permission=Permission.UNITS_READ, response_model=UnitOut)
async def get_unit(unit_id: str, read: Read, as_of: AsOf = None, known_at: KnownAt = None) -> Answer:
    """One unit, on the date and with the knowledge asked for."""
    unit, version = await unit_at(read, unit_id, as_of=as_of, known_at=known_at)
    return Answer(unit, version=version)


@router.patch("/{unit_id}", permission=Permission.UNITS_WRITE, response_model=UnitOut)
async def patch_unit(unit_id: str, body: UnitNameBody, run: Run) -> Answer:
    """Rename a unit."""
    command = RenameUnit(unit_id=unit_id, **body.fields())
    unit = await run(rename_unit, command, subject=unit_id, require_match=True, locks=[TREE])
    return Answer(UnitOut.of(unit), version=unit.version)


@router.post("/{unit_id}/moves", permission=Permission.UNITS_WRITE, response_model=UnitOut)
async def post_unit_move(unit_id: str, body: UnitMoveBody, run: Run) -> Answer:
    """Move a unit with everything below it; the paths of what is below follow within moments."""
    command = MoveUnit(unit_id=unit_id, **body.fields())
    unit = await run(move_unit, command, subject=unit_id, locks=[TREE])
    return Answer(UnitOut.of(unit), version=unit.version)


@router.post("/{unit_id}/closure", permission=Permission.UNITS_WRITE, response_model=UnitOut)
async def post_unit_closure(unit_id: str, body: ClosureBody, run: Run) -> Answer:
    """Close a unit; refused with the list of what depends on it."""
    command = CloseUnit(unit_id=unit_id, **body.fields())
    unit = await run(close_unit, command, subject=unit_id, locks=[TREE])
    return Answer(UnitOut.of(unit), version=unit.version)


@router.get("/{unit_id}/history", permission=Permission.UNITS_READ, response_model=Page[Change])
async def get_unit_history(unit_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when, by whom and why, oldest first."""
    return Answer(await read.history(Unit, unit_id, page))
