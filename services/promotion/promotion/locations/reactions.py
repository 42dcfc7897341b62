"""Places open and move with the organisation."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountRealigned,
    AccountState,
    EmployeeHired,
    EmployeeReassigned,
    UnitCreated,
    UnitMoved,
    UnitPathChanged,
    UnitRenamed,
    UnitState,
)
from contracts.values import LocationKind, Stamp, UnitKind

from promotion.locations.open_location import open_for_employee, open_for_unit
from promotion.locations.restamp_location import follow_owner


@reacts_to(UnitCreated)
async def open_unit_location(event: UnitCreated, work: UnitOfWork) -> None:
    """A unit opens: so does its warehouse or its office's stock."""
    await open_for_unit(event.unit, work)


@reacts_to(UnitRenamed)
async def rename_unit_location(event: UnitRenamed, work: UnitOfWork) -> None:
    """A unit is renamed: so is its stock."""
    await _follow_unit(event.unit, work)


@reacts_to(UnitMoved)
async def move_unit_location(event: UnitMoved, work: UnitOfWork) -> None:
    """A unit moves: so does its stock."""
    await _follow_unit(event.unit, work)


@reacts_to(UnitPathChanged)
async def move_location_below(event: UnitPathChanged, work: UnitOfWork) -> None:
    """So does the stock of what is below it."""
    await _follow_unit(event.unit, work)


@reacts_to(EmployeeHired)
async def open_representative_location(event: EmployeeHired, work: UnitOfWork) -> None:
    """A representative starts: stock can be handed out."""
    await open_for_employee(event.employee, work)


@reacts_to(EmployeeReassigned)
async def move_representative_location(event: EmployeeReassigned, work: UnitOfWork) -> None:
    """A representative moves: so does the stock; whoever becomes one gets a place."""
    employee = event.employee
    await follow_owner(
        LocationKind.REPRESENTATIVE,
        employee.employee_id,
        work,
        name=employee.username,
        unit_id=employee.unit_id,
        stamps=[Stamp(path=employee.unit_path)],
    )
    await open_for_employee(employee, work)


@reacts_to(AccountCreated)
async def settle_customer_location(event: AccountCreated, work: UnitOfWork) -> None:
    """An institution is heard of, perhaps after a visit that left materials there."""
    await _follow_account(event.account, work)


@reacts_to(AccountCorrected)
async def move_customer_location(event: AccountCorrected, work: UnitOfWork) -> None:
    """An institution is renamed or belongs to another unit."""
    await _follow_account(event.account, work)


@reacts_to(AccountRealigned)
async def show_customer_location(event: AccountRealigned, work: UnitOfWork) -> None:
    """Other territories cover an institution."""
    await _follow_account(event.account, work)


async def _follow_unit(unit: UnitState, work: UnitOfWork) -> None:
    kind = LocationKind.WAREHOUSE if unit.kind is UnitKind.HQ else LocationKind.OFFICE
    await follow_owner(kind, unit.unit_id, work, name=unit.name, unit_id=unit.unit_id, path=unit.path)


async def _follow_account(account: AccountState, work: UnitOfWork) -> None:
    await follow_owner(
        LocationKind.CUSTOMER,
        account.account_id,
        work,
        name=account.name,
        unit_id=account.unit_id,
        stamps=account.stamps,
    )
