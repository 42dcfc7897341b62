"""HTTP of the organisation."""

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from contracts.ids import UnitId
from contracts.values import UnitKind

from customer.texts import Name
from customer.units.create_unit import CreateUnit, create_unit
from customer.units.model import Unit
from customer.units.queries import UnitOut, list_units

router = Router(prefix="/units", tags=["units"])


class UnitBody(Body):
    """A unit to open."""

    name: Name
    kind: UnitKind
    parent_id: UnitId | None = None


@router.post("", status_code=201, permission=Permission.UNITS_WRITE, response_model=UnitOut)
async def post_unit(body: UnitBody, run: Run) -> Answer:
    """Open a unit."""
    unit = await run(create_unit, CreateUnit(**body.fields()))
    return Answer(UnitOut.of(unit), version=unit.version)


@router.get("", permission=Permission.UNITS_READ, response_model=Page[UnitOut])
async def get_units(
    read: Read, page: PageArgs, kind: UnitKind | None = None, parent_id: UnitId | None = None
) -> Answer:
    """The units in the caller's scope, every parent before its children."""
    return Answer(await list_units(read, page, kind=kind, parent_id=parent_id))


@router.get("/{unit_id}", permission=Permission.UNITS_READ, response_model=UnitOut)
async def get_unit(unit_id: str, read: Read) -> Answer:
    """One unit."""
    unit = await read.get(Unit, unit_id)
    return Answer(UnitOut.of(unit), version=unit.version)
