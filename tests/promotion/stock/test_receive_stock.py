"""Goods that arrive: the supplier's balance is the mirror of all that the company has."""

import pytest
from chassis.refusals import RuleBroken
from contracts.events.promotion import StockMoved
from promotion.locations.model import SUPPLIER_ID
from promotion.stock.receive_stock import NoSupplier, ReceiveStock, receive_stock

from tests.promotion.samples import Company, a_bag, a_lot, a_supplier, a_warehouse, an_office


@pytest.fixture
async def company() -> Company:
    company = Company()
    await company.given(a_lot(), a_supplier(), a_warehouse(), an_office(), a_bag())
    return company


def a_receipt(**changed: object) -> ReceiveStock:
    return ReceiveStock.model_validate({"lot_id": "lot_1", "location_id": a_warehouse().id, "quantity": 100} | changed)


async def test_the_supplier_goes_below_zero_by_what_arrives(company: Company):
    movement = await company.run(receive_stock, a_receipt())
    await company.run(receive_stock, a_receipt(quantity=5))
    await company.run(receive_stock, a_receipt(quantity=7, location_id=an_office().id))
    assert [(leg.location_id, leg.quantity, leg.on_hand) for leg in movement.legs] == [
        (SUPPLIER_ID, -100, -100),
        (a_warehouse().id, 100, 100),
    ]
    assert company.balances() == {
        ("lot_1", SUPPLIER_ID): -112,
        ("lot_1", a_warehouse().id): 105,
        ("lot_1", an_office().id): 7,
    }
    assert len([event for event in company.events if isinstance(event, StockMoved)]) == 6


@pytest.mark.parametrize("place", [a_bag().id, SUPPLIER_ID])
async def test_only_warehouses_and_offices_take_deliveries(company: Company, place: str):
    with pytest.raises(RuleBroken) as refused:
        await company.run(receive_stock, a_receipt(location_id=place))
    assert refused.value.code == "not_a_receiving_location"
    assert company.balances() == {}


async def test_an_unknown_lot_and_an_unknown_place_are_named_together(company: Company):
    with pytest.raises(RuleBroken) as refused:
        await company.run(receive_stock, a_receipt(lot_id="lot_none", location_id="loc_none"))
    assert {(violation.field, violation.code) for violation in refused.value.violations} == {
        ("lot_id", "unknown_reference"),
        ("location_id", "unknown_reference"),
    }


async def test_nothing_arrives_before_the_head_office_is_known():
    company = Company()
    await company.given(a_lot(), an_office())
    with pytest.raises(NoSupplier):
        await company.run(receive_stock, a_receipt(location_id=an_office().id))
    assert company.balances() == {}


async def test_a_loader_may_bring_the_movement_s_id(company: Company):
    movement = await company.run(receive_stock, a_receipt(movement_id="mov_demo1"))
    assert movement.id == "mov_demo1"
