"""Things that the tests of promotion start from, and a company that undoes what a refused command did."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from chassis.principal import Principal
from chassis.restamping import restamp_batch
from chassis.testing import FakeStore, FakeUnitOfWork, FixedClock, an_hq
from contracts.events import Event
from contracts.events.customer import EmployeeState, UnitState
from contracts.events.promotion import DisbursementLine
from contracts.events.visits import VisitSnapshot
from contracts.roles import Role
from contracts.values import LocationKind, MaterialClass, Money, Stamp, UnitKind, VisitState
from promotion.locations.model import Location, location_id
from promotion.locations.restamp_location import BALANCES
from promotion.materials.model import Lot, Material
from promotion.stock.model import StockBalance, balance_id

HQ = "/unt_hq/"
NORTH = "/unt_hq/unt_north/"
SOUTH = "/unt_hq/unt_south/"
NORTH_TERRITORY = "/unt_hq/unt_north/unt_t1/"
NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)

T = TypeVar("T")


def a_material(material_id: str = "itm_1") -> Material:
    return Material.register(
        material_id=material_id,
        name="Sample box",
        material_class=MaterialClass.SAMPLE,
        unit_value=Money(amount=1200),
        product_id=None,
    )[0]


def a_lot(lot_id: str = "lot_1", *, number: str | None = None, expires_on: date | None = date(2027, 1, 1)) -> Lot:
    return Lot.register(lot_id=lot_id, material_id="itm_1", number=number or lot_id, expires_on=expires_on)[0]


def a_unit(unit_id: str = "unt_hq", *, kind: UnitKind = UnitKind.HQ, path: str = HQ) -> UnitState:
    return UnitState(unit_id=unit_id, name=f"Unit {unit_id}", kind=kind, parent_id=None, path=path)


def an_employee(
    employee_id: str = "emp_rep", *, roles: tuple[Role, ...] = (Role.REP,), path: str = NORTH_TERRITORY
) -> EmployeeState:
    return EmployeeState(
        employee_id=employee_id,
        username=employee_id.removeprefix("emp_"),
        roles=list(roles),
        unit_id=path.strip("/").rsplit("/", 1)[-1],
        unit_path=path,
        valid_from=date(2024, 1, 1),
    )


def a_supplier() -> Location:
    return Location.open(LocationKind.SUPPLIER, name="Supplier", stamps=[Stamp(path=HQ)], unit_id="unt_hq")[0]


def a_warehouse() -> Location:
    return Location.open(LocationKind.WAREHOUSE, name="Warehouse", stamps=[Stamp(path=HQ)], unit_id="unt_hq")[0]


def an_office(unit_id: str = "unt_north", path: str = NORTH) -> Location:
    return Location.open(LocationKind.OFFICE, name=unit_id, stamps=[Stamp(path=path)], unit_id=unit_id)[0]


def a_bag(employee_id: str = "emp_rep", path: str = NORTH_TERRITORY) -> Location:
    return Location.open(
        LocationKind.REPRESENTATIVE,
        name=employee_id,
        stamps=[Stamp(path=path)],
        unit_id="unt_t1",
        employee_id=employee_id,
    )[0]


def a_balance(lot: Lot, location: Location, units: int) -> StockBalance:
    balance = StockBalance.empty(lot, location)
    balance.on_hand = balance.available = units
    return balance


def a_line(lot_id: str = "lot_1", contact_id: str = "con_1", quantity: int = 1) -> DisbursementLine:
    return DisbursementLine(lot_id=lot_id, contact_id=contact_id, quantity=quantity)


def a_submitted_visit(
    *lines: DisbursementLine,
    visit_id: str = "vis_1",
    attempt: int = 1,
    attendees: tuple[str, ...] = ("con_1", "con_2"),
    account_id: str = "acc_1",
    employee_id: str = "emp_rep",
    visited_on: date | None = TODAY,
) -> VisitSnapshot:
    return VisitSnapshot(
        visit_id=visit_id,
        account_id=account_id,
        employee_id=employee_id,
        credited_unit_id="unt_t1",
        credited_path=NORTH_TERRITORY,
        state=VisitState.SUBMITTED,
        attempt=attempt,
        planned_at=NOW,
        visited_on=visited_on,
        checked_out_at=NOW,
        contact_ids=list(attendees),
        attendees=list(attendees),
        materials=list(lines),
    )


class Company:
    """One store, in which each command is a unit of its own and a refused one leaves nothing behind."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.clock = FixedClock(NOW)
        self.events: list[Event] = []

    async def given(self, *stored: Any) -> None:
        work = FakeUnitOfWork(store=self.store, clock=self.clock)
        for one in stored:
            await work.given(one)

    async def run(
        self, use_case: Callable[[Any, Any], Awaitable[T]], command: Any, *, principal: Principal | None = None
    ) -> T:
        before = deepcopy(self.store.collections)
        work = FakeUnitOfWork(store=self.store, clock=self.clock, principal=principal or an_hq())
        try:
            value = await use_case(command, work)
            await work.commit()
        except BaseException:
            self.store.collections = before
            raise
        self.events.extend(work.emitted)
        return value

    async def restamp(self) -> None:
        """Let the balances follow their places, as the background loop does."""
        await self.run(restamp_batch, [BALANCES])

    def balances(self) -> dict[tuple[str, str], int]:
        """Units on hand by (lot, location)."""
        rows = self.store.rows("stock_balances").values()
        return {(row["lot_id"], row["location_id"]): row["on_hand"] for row in rows}

    def on_hand(self, lot_id: str, location: Location | str) -> int:
        place = location if isinstance(location, str) else location.id
        row = self.store.rows("stock_balances").get(balance_id(lot_id, place))
        return row["on_hand"] if row else 0


def customer_location(account_id: str = "acc_1") -> str:
    return location_id(LocationKind.CUSTOMER, account_id)
