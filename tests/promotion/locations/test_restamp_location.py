"""A place and its balances follow the owner."""

from contracts.values import LocationKind, Stamp
from promotion.locations.restamp_location import follow_owner
from promotion.stock.model import StockBalance, balance_id
from promotion.stock.transfer_stock import TransferStock, transfer_stock

from tests.promotion.samples import SOUTH, Company, a_bag, a_balance, a_lot, a_warehouse, an_office

SOUTH_TERRITORY = SOUTH + "unt_t2/"


async def moving(_: None, work: object) -> None:
    await follow_owner(
        LocationKind.REPRESENTATIVE,
        "emp_rep",
        work,
        name="emp_rep",
        unit_id="unt_t2",
        stamps=[Stamp(path=SOUTH_TERRITORY)],
    )


async def a_company() -> Company:
    company = Company()
    lot, other = a_lot(), a_lot("lot_2")
    await company.given(lot, other, a_bag(), a_warehouse(), an_office())
    await company.given(a_balance(lot, a_bag(), 5), a_balance(other, a_bag(), 2), a_balance(lot, a_warehouse(), 9))
    return company


async def test_the_stamps_of_the_place_and_of_its_balances_move_and_the_stock_stays():
    company = await a_company()
    await company.run(moving, None)
    await company.restamp()
    moved = [Stamp(path=SOUTH_TERRITORY).model_dump()]
    assert company.store.rows("locations")[a_bag().id]["visible"] == moved
    assert company.store.rows("locations")[a_bag().id]["unit_id"] == "unt_t2"
    for lot_id, units in (("lot_1", 5), ("lot_2", 2)):
        row = company.store.rows("stock_balances")[balance_id(lot_id, a_bag().id)]
        assert (row["visible"], row["on_hand"]) == (moved, units)
    assert company.store.rows("stock_balances")[balance_id("lot_1", a_warehouse().id)]["visible"] != moved
    assert company.events == []


async def test_stock_goes_on_moving_afterwards_and_is_seen_where_the_owner_is_now():
    company = await a_company()
    await company.run(moving, None)
    await company.restamp()
    command = TransferStock(lot_id="lot_1", from_location_id=a_bag().id, to_location_id=a_warehouse().id, quantity=5)
    await company.run(transfer_stock, command)
    row = company.store.rows("stock_balances")[balance_id("lot_1", a_bag().id)]
    assert StockBalance.load(row).on_hand == 0
    last = max(
        (row for row in company.store.rows("journal").values() if row["aggregate_id"] == row_id(a_bag().id)),
        key=lambda entry: entry["version"],
    )
    assert last["events"][0]["unit_paths"] == [SOUTH_TERRITORY]


def row_id(location_id: str) -> str:
    return balance_id("lot_1", location_id)


async def test_nothing_is_written_when_nothing_changes():
    company = await a_company()
    await company.run(moving, None)
    await company.restamp()
    journal = len(company.store.rows("journal"))
    await company.run(moving, None)
    assert company.store.rows("restampings") == {}
    assert len(company.store.rows("journal")) == journal


async def test_an_owner_without_a_place_is_left_alone():
    company = Company()
    await company.run(moving, None)
    assert company.store.rows("locations") == {}
