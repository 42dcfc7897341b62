"""Handing stock from one place to another: what is refused leaves no trace, what is done sums to zero."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import a_manager, a_rep
from contracts.events.promotion import MovementKind, StockMoved
from promotion.stock.model import InsufficientStock
from promotion.stock.transfer_stock import TransferStock, transfer_stock
from pydantic import ValidationError

from tests.promotion.samples import (
    NORTH,
    NORTH_TERRITORY,
    SOUTH,
    Company,
    a_bag,
    a_balance,
    a_lot,
    a_supplier,
    a_warehouse,
    an_office,
    customer_location,
)


@pytest.fixture
async def company() -> Company:
    company = Company()
    lot, expired, office = a_lot(), a_lot("lot_old", expires_on=date(2026, 2, 28)), an_office()
    await company.given(lot, expired, a_lot("lot_last", expires_on=date(2026, 3, 1)))
    await company.given(a_supplier(), a_warehouse(), office, a_bag(), an_office("unt_south", SOUTH))
    await company.given(a_balance(lot, office, 10), a_balance(expired, office, 10))
    await company.given(a_balance(a_lot("lot_last"), office, 10))
    return company


def a_transfer(**changed: object) -> TransferStock:
    fields = {"lot_id": "lot_1", "from_location_id": an_office().id, "to_location_id": a_bag().id, "quantity": 4}
    return TransferStock.model_validate(fields | changed)


async def test_what_one_place_loses_the_other_gains(company: Company):
    movement = await company.run(transfer_stock, a_transfer())
    assert (company.on_hand("lot_1", an_office()), company.on_hand("lot_1", a_bag())) == (6, 4)
    assert [(leg.location_id, leg.quantity, leg.on_hand) for leg in movement.legs] == [
        (an_office().id, -4, 6),
        (a_bag().id, 4, 4),
    ]
    assert movement.kind is MovementKind.TRANSFER


async def test_each_leg_tells_its_balance_afterwards_under_one_movement(company: Company):
    movement = await company.run(transfer_stock, a_transfer())
    taken, given = company.events
    assert isinstance(taken, StockMoved)
    assert isinstance(given, StockMoved)
    assert {taken.movement_id, given.movement_id} == {movement.id}
    assert taken.quantity + given.quantity == 0
    assert (taken.balance.on_hand, given.balance.on_hand) == (6, 4)
    assert given.balance.location_kind == "representative"


async def test_a_balance_counts_its_events_without_gaps(company: Company):
    for _ in range(3):
        await company.run(transfer_stock, a_transfer(quantity=1))
    office = [row for row in company.store.rows("journal").values() if row["aggregate_id"].startswith("bal_")]
    by_balance: dict[str, list[int]] = {}
    for row in sorted(office, key=lambda row: row["_id"]):
        by_balance.setdefault(row["aggregate_id"], []).extend(event["sequence"] for event in row["events"])
    assert len(by_balance) == 2
    for sequences in by_balance.values():
        assert len(sequences) == 3
        assert all(later == earlier + 1 for earlier, later in pairwise(sequences))


async def test_more_than_there_is_is_refused_with_what_there_is(company: Company):
    before = company.balances()
    with pytest.raises(InsufficientStock) as refused:
        await company.run(transfer_stock, a_transfer(quantity=11))
    assert refused.value.status == 409
    assert refused.value.facts == {"requested": 11, "available": 10}
    assert company.balances() == before


async def test_all_there_is_can_be_moved_and_then_nothing_is_left_to_move(company: Company):
    await company.run(transfer_stock, a_transfer(quantity=10))
    with pytest.raises(InsufficientStock) as refused:
        await company.run(transfer_stock, a_transfer(quantity=1))
    assert refused.value.facts["available"] == 0


async def test_a_place_that_never_had_the_lot_has_nothing_to_give(company: Company):
    with pytest.raises(InsufficientStock) as refused:
        await company.run(
            transfer_stock, a_transfer(from_location_id=a_bag().id, to_location_id=an_office().id, quantity=1)
        )
    assert refused.value.facts["available"] == 0


async def test_a_lot_can_be_moved_until_the_day_it_expires(company: Company):
    await company.run(transfer_stock, a_transfer(lot_id="lot_last"))
    before = company.balances()
    with pytest.raises(RuleBroken) as refused:
        await company.run(transfer_stock, a_transfer(lot_id="lot_old"))
    assert refused.value.code == "lot_expired"
    assert company.balances() == before


async def test_a_place_cannot_give_to_itself(company: Company):
    before = company.balances()
    with pytest.raises(RuleBroken) as refused:
        await company.run(transfer_stock, a_transfer(to_location_id=an_office().id))
    assert refused.value.code == "same_location"
    assert company.balances() == before


async def test_neither_supplier_nor_customer_takes_part_in_transfers(company: Company):
    with pytest.raises(RuleBroken) as refused:
        await company.run(transfer_stock, a_transfer(from_location_id=a_supplier().id))
    assert refused.value.code == "location_closed_to_transfers"
    with pytest.raises(RuleBroken) as unknown:
        await company.run(transfer_stock, a_transfer(to_location_id=customer_location()))
    assert unknown.value.code == "unknown_reference"


async def test_everything_wrong_is_said_at_once(company: Company):
    with pytest.raises(RuleBroken) as refused:
        await company.run(
            transfer_stock,
            a_transfer(lot_id="lot_none", from_location_id=a_supplier().id, to_location_id="loc_none"),
        )
    assert {(violation.field, violation.code) for violation in refused.value.violations} == {
        ("lot_id", "unknown_reference"),
        ("from_location_id", "location_closed_to_transfers"),
        ("to_location_id", "unknown_reference"),
    }


async def test_a_manager_moves_stock_only_between_places_in_scope(company: Company):
    movement = await company.run(transfer_stock, a_transfer(), principal=a_manager(NORTH))
    assert movement.quantity == 4
    before = company.balances()
    for outside, field in ((a_warehouse().id, "to_location_id"), (an_office("unt_south", SOUTH).id, "to_location_id")):
        with pytest.raises(RuleBroken) as refused:
            await company.run(transfer_stock, a_transfer(**{field: outside}), principal=a_manager(NORTH))
        assert [(violation.field, violation.code) for violation in refused.value.violations] == [
            (field, "unknown_reference")
        ]
    with pytest.raises(RuleBroken) as refused:
        await company.run(transfer_stock, a_transfer(), principal=a_manager(SOUTH))
    assert {violation.field for violation in refused.value.violations} == {"from_location_id", "to_location_id"}
    assert company.balances() == before


async def test_out_of_scope_looks_the_same_whether_there_is_stock_or_not(company: Company):
    refusals = []
    for quantity in (1, 1000):
        with pytest.raises(RuleBroken) as refused:
            await company.run(transfer_stock, a_transfer(quantity=quantity), principal=a_manager(SOUTH))
        refusals.append([(v.field, v.code, v.detail) for v in refused.value.violations])
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, True, "3", 1.0])
def test_a_quantity_is_a_whole_number_from_one_to_a_million(quantity: object):
    with pytest.raises(ValidationError):
        a_transfer(quantity=quantity)


def test_the_locks_are_the_two_balances_in_one_order():
    there, back = a_transfer(), a_transfer(from_location_id=a_bag().id, to_location_id=an_office().id)
    assert there.locks() == back.locks() == sorted(there.locks())
    assert len(set(there.locks())) == 2


LEAVER = replace(a_rep(NORTH_TERRITORY), leaving=True)


async def test_who_leaves_hands_own_stock_back_to_any_place_even_what_has_expired(company: Company):
    for lot in ("lot_1", "lot_old"):
        await company.given(a_balance(a_lot(lot), a_bag(), 4))
        home = a_transfer(lot_id=lot, from_location_id=a_bag().id, to_location_id=a_warehouse().id)
        await company.run(transfer_stock, home, principal=LEAVER)
        assert (company.on_hand(lot, a_bag()), company.on_hand(lot, a_warehouse())) == (0, 4)


async def test_who_leaves_hands_over_nobody_elses_stock(company: Company):
    other = a_bag("emp_other")
    await company.given(other, a_balance(a_lot(), other, 4))
    with pytest.raises(RuleBroken) as refused:
        await company.run(
            transfer_stock, a_transfer(from_location_id=other.id, to_location_id=a_bag().id), principal=LEAVER
        )
    assert [(one.field, one.code) for one in refused.value.violations] == [("from_location_id", "not_own_stock")]
    assert company.on_hand("lot_1", other) == 4
