"""Open the place that an owner needs, unless it is there."""

from chassis.work import UnitOfWork
from contracts.events.customer import EmployeeState, UnitState
from contracts.ids import AccountId
from contracts.roles import Role
from contracts.values import LocationKind, Stamp, UnitKind

from promotion.known.model import KnownAccount
from promotion.locations.model import Location, location_id

OFFICES = frozenset({UnitKind.REGION, UnitKind.DISTRICT, UnitKind.OFFICE})
"""Units that keep stock of their own; territories have their representatives' only."""


async def open_for_unit(unit: UnitState, work: UnitOfWork) -> None:
    """The head office gets a warehouse and, once in the company, the supplier; other units an office's stock."""
    if unit.kind is UnitKind.HQ:
        await _open(LocationKind.WAREHOUSE, unit, work)
        await _open(LocationKind.SUPPLIER, unit, work)
    elif unit.kind in OFFICES:
        await _open(LocationKind.OFFICE, unit, work)


async def open_for_employee(employee: EmployeeState, work: UnitOfWork) -> None:
    """A representative gets a place for the stock that is carried along, named by the login, not by the person."""
    if Role.REP not in employee.roles or await _existing(LocationKind.REPRESENTATIVE, employee.employee_id, work):
        return
    location, opened = Location.open(
        LocationKind.REPRESENTATIVE,
        name=employee.username,
        stamps=[Stamp(path=employee.unit_path)],
        unit_id=employee.unit_id,
        employee_id=employee.employee_id,
    )
    work.add(location, opened)


async def open_for_account(account_id: AccountId, work: UnitOfWork, *, path: str) -> Location:
    """The institution's place, opened when it is not there.

    While the institution itself has not been heard of (its event may come later), the place is visible at `path`
    and named by the id; `follow_owner` puts both right.
    """
    location = await _existing(LocationKind.CUSTOMER, account_id, work)
    if location is not None:
        return location
    account = await work.get_replica(KnownAccount, account_id)
    if account is not None:
        await work.require(account)
    location, opened = Location.open(
        LocationKind.CUSTOMER,
        name=account.name if account else account_id,
        stamps=account.stamps if account else [Stamp(path=path)],
        unit_id=account.unit_id if account else None,
        account_id=account_id,
    )
    work.add(location, opened)
    return location


async def _existing(kind: LocationKind, owner_id: str, work: UnitOfWork) -> Location | None:
    return await work.find_one(Location, {"_id": location_id(kind, owner_id)})


async def _open(kind: LocationKind, unit: UnitState, work: UnitOfWork) -> None:
    supplier = kind is LocationKind.SUPPLIER
    if await _existing(kind, "company" if supplier else unit.unit_id, work):
        return
    name = "Supplier" if supplier else unit.name
    location, opened = Location.open(kind, name=name, stamps=[Stamp(path=unit.path)], unit_id=unit.unit_id)
    work.add(location, opened)
