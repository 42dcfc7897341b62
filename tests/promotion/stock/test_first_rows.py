"""The first row of a lot at a place is seen by whoever sees the place, also when the place moves at the same time."""

import asyncio

import pytest
from chassis.journal import Cause
from chassis.principal import SystemPrincipal
from chassis.restamping import restamp_batch
from chassis.work import UnitOfWork
from contracts.values import LocationKind, Stamp
from promotion.locations.restamp_location import BALANCES, follow_owner
from promotion.stock.model import Movement
from promotion.stock.transfer_stock import TransferStock, transfer_stock

from tests.promotion.conftest import Promotion
from tests.promotion.samples import NORTH, SOUTH

pytestmark = pytest.mark.stack

SYSTEM = SystemPrincipal("tests")


async def test_a_place_that_moves_while_its_first_row_is_made_takes_the_row_along(promotion: Promotion):
    """Two commits overlap on purpose: the row is made from the place as it was, the place moves, one runs again."""
    warehouse = await promotion.location(kind="warehouse")
    place = await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_stocked_lot(warehouse, 10)
    made, moving = asyncio.Event(), asyncio.Event()

    async def hand_over(work: UnitOfWork) -> Movement:
        command = TransferStock(lot_id=lot_id, from_location_id=warehouse, to_location_id=place, quantity=4)
        movement = await transfer_stock(command, work)
        made.set()
        await moving.wait()
        return movement

    async def move(path: str) -> None:
        await promotion.works.run(
            lambda work: follow_owner(
                LocationKind.REPRESENTATIVE, "emp_rep", work, name="rep", unit_id="unt_t9", stamps=[Stamp(path=path)]
            ),
            principal=SYSTEM,
            cause=Cause(command="move"),
        )

    handing_over = asyncio.create_task(
        promotion.works.run(hand_over, principal=SYSTEM, cause=Cause(command="hand over"))
    )
    await made.wait()
    follows = asyncio.create_task(move(SOUTH + "unt_t9/"))
    await asyncio.sleep(0.3)
    moving.set()
    await asyncio.gather(handing_over, follows)
    await promotion.works.run(
        lambda work: restamp_batch([BALANCES], work), principal=SYSTEM, cause=Cause(command="restamp")
    )
    try:
        row = await promotion.works.database.collection("stock_balances").find_one(
            {"lot_id": lot_id, "location_id": place}
        )
        assert row is not None
        assert (row["on_hand"], [stamp["path"] for stamp in row["visible"]]) == (4, [SOUTH + "unt_t9/"])
    finally:
        await move(NORTH + "unt_t1/")
