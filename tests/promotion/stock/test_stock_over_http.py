"""Stock over HTTP on the real database: shapes, statuses, scope, and many callers on one row."""

import asyncio
from collections import Counter

import pytest
from chassis.testing import a_manager, a_rep, an_hq

from tests.promotion.conftest import Promotion
from tests.promotion.samples import NORTH, NORTH_TERRITORY, SOUTH

pytestmark = pytest.mark.stack


async def test_goods_arrive_are_handed_on_and_every_step_is_on_record(promotion: Promotion):
    warehouse = await promotion.location(kind="warehouse")
    bag = await promotion.location(employee_id="emp_rep")
    supplier = await promotion.location(kind="supplier")
    lot_id = await promotion.a_lot()
    answer = await promotion.post("/stock/receipts", {"lot_id": lot_id, "location_id": warehouse, "quantity": 100})
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    receipt = answer.json()
    assert receipt["kind"] == "receipt"
    assert receipt["legs"] == [
        {"location_id": supplier, "quantity": -100, "on_hand": -100},
        {"location_id": warehouse, "quantity": 100, "on_hand": 100},
    ]
    transfer = (await promotion.transfer(lot_id, warehouse, bag, 30)).json()
    assert transfer["legs"] == [
        {"location_id": warehouse, "quantity": -30, "on_hand": 70},
        {"location_id": bag, "quantity": 30, "on_hand": 30},
    ]
    rows = await promotion.items("/stock", lot_id=lot_id)
    assert {row["location_id"]: (row["on_hand"], row["available"]) for row in rows} == {
        warehouse: (70, 70),
        bag: (30, 30),
    }
    assert await promotion.total(lot_id) == 0
    assert await promotion.items("/stock/movements", lot_id=lot_id) == [receipt, transfer]
    material_id = rows[0]["material_id"]
    assert await promotion.items("/stock", material_id=material_id) == rows


async def test_the_supplier_s_debt_is_shown_only_when_its_location_is_asked_for(promotion: Promotion):
    warehouse, supplier = await promotion.location(kind="warehouse"), await promotion.location(kind="supplier")
    lot_id = await promotion.a_stocked_lot(warehouse, 5)
    assert [row["location_id"] for row in await promotion.items("/stock", lot_id=lot_id)] == [warehouse]
    [debt] = await promotion.items("/stock", lot_id=lot_id, location_id=supplier)
    assert debt["on_hand"] == -5


async def test_a_shortage_says_what_is_there_and_changes_nothing(promotion: Promotion):
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_stocked_lot(warehouse, 5)
    before = await promotion.document_count()
    answer = await promotion.transfer(lot_id, warehouse, bag, 6)
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["available"], problem["requested"]) == ("insufficient_stock", 5, 6)
    assert await promotion.document_count() == before
    assert await promotion.stock(lot_id, warehouse) == 5


async def test_sixty_four_callers_on_one_row_never_take_more_than_there_is(promotion: Promotion):
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_stocked_lot(warehouse, 100)
    answers = await asyncio.gather(*(promotion.transfer(lot_id, warehouse, bag, 3) for _ in range(64)))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {201: 33, 409: 31}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"insufficient_stock"}
    assert await promotion.stock(lot_id, warehouse) == 1
    assert await promotion.stock(lot_id, bag) == 99
    assert await promotion.total(lot_id) == 0
    after = [leg["on_hand"] for a in answers if a.status_code == 201 for leg in a.json()["legs"][:1]]
    assert sorted(after) == list(range(1, 100, 3))


async def test_there_and_back_at_once_neither_blocks_nor_loses(promotion: Promotion):
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_stocked_lot(warehouse, 40)
    assert (await promotion.transfer(lot_id, warehouse, bag, 20)).status_code == 201
    ways = [(warehouse, bag), (bag, warehouse)] * 8
    answers = await asyncio.gather(*(promotion.transfer(lot_id, *way, 1) for way in ways))
    assert [answer.status_code for answer in answers] == [201] * 16
    assert (await promotion.stock(lot_id, warehouse), await promotion.stock(lot_id, bag)) == (20, 20)


async def test_one_key_sent_fifty_times_at_once_moves_once(promotion: Promotion):
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_stocked_lot(warehouse, 100)
    answers = await asyncio.gather(
        *(promotion.transfer(lot_id, warehouse, bag, 3, key=f"once-{lot_id}") for _ in range(50))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 50}
    assert len({answer.text for answer in answers}) == 1
    assert await promotion.stock(lot_id, bag) == 3
    other = await promotion.transfer(lot_id, warehouse, bag, 4, key=f"once-{lot_id}")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_refused_request_may_be_repeated_with_its_key(promotion: Promotion):
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_stocked_lot(warehouse, 1)
    key = f"later-{lot_id}"
    assert (await promotion.transfer(lot_id, warehouse, bag, 2, key=key)).status_code == 409
    await promotion.made("/stock/receipts", {"lot_id": lot_id, "location_id": warehouse, "quantity": 1})
    assert (await promotion.transfer(lot_id, warehouse, bag, 2, key=key)).status_code == 201


async def test_first_movements_to_one_place_meet_on_one_row(promotion: Promotion):
    warehouse = await promotion.location(kind="warehouse")
    lot_id = await promotion.a_lot()
    body = {"lot_id": lot_id, "location_id": warehouse, "quantity": 2}
    answers = await asyncio.gather(*(promotion.post("/stock/receipts", body) for _ in range(12)))
    assert [answer.status_code for answer in answers] == [201] * 12
    assert await promotion.stock(lot_id, warehouse) == 24
    assert await promotion.total(lot_id) == 0


async def test_a_region_sees_its_own_stock_and_nothing_of_another(promotion: Promotion):
    office, bag = (
        await promotion.location(unit_id="unt_north", kind="office"),
        await promotion.location(employee_id="emp_rep"),
    )
    lot_id = await promotion.a_stocked_lot(office, 9)
    assert (await promotion.transfer(lot_id, office, bag, 4)).status_code == 201
    north, south, rep = a_manager(NORTH), a_manager(SOUTH), a_rep(NORTH_TERRITORY)
    assert {row["location_id"] for row in await promotion.items("/stock", lot_id=lot_id, by=north)} == {office, bag}
    assert [row["location_id"] for row in await promotion.items("/stock", lot_id=lot_id, by=rep)] == [bag]
    assert len(await promotion.items("/stock/movements", lot_id=lot_id, by=north)) == 2
    assert len(await promotion.items("/stock/movements", lot_id=lot_id, by=rep)) == 1
    for path in ("/stock", "/stock/movements"):
        assert await promotion.items(path, lot_id=lot_id, by=south) == []
    assert await promotion.items("/stock", location_id=office, by=south) == []
    assert {row["name"] for row in await promotion.items("/locations", by=south)} == {"Unit unt_south", "rep2"}
    assert {row["kind"] for row in await promotion.items("/locations", by=rep)} == {"representative"}


async def test_a_manager_transfers_only_inside_the_own_subtree(promotion: Promotion):
    office = await promotion.location(unit_id="unt_north", kind="office")
    bag, far = await promotion.location(employee_id="emp_rep"), await promotion.location(employee_id="emp_rep2")
    lot_id = await promotion.a_stocked_lot(office, 9)
    assert (await promotion.transfer(lot_id, office, bag, 1, by=a_manager(NORTH))).status_code == 201
    before = await promotion.document_count()
    for target, caller, fields in (
        (far, a_manager(NORTH), {"to_location_id"}),
        (bag, a_manager(SOUTH), {"from_location_id", "to_location_id"}),
    ):
        answer = await promotion.transfer(lot_id, office, target, 1, by=caller)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")
        assert {violation["field"] for violation in answer.json()["violations"]} == fields
    assert await promotion.document_count() == before


async def test_verbs_belong_to_roles(promotion: Promotion):
    office, bag = (
        await promotion.location(unit_id="unt_north", kind="office"),
        await promotion.location(employee_id="emp_rep"),
    )
    lot_id = await promotion.a_stocked_lot(office, 9)
    assert (await promotion.transfer(lot_id, office, bag, 1, by=a_rep(NORTH_TERRITORY))).status_code == 403
    receipt = {"lot_id": lot_id, "location_id": office, "quantity": 1}
    assert (await promotion.post("/stock/receipts", receipt, by=a_manager(NORTH))).status_code == 403
    assert (await promotion.post("/stock/receipts", receipt, by=an_hq())).status_code == 201


async def test_expired_lots_stay_where_they_are(promotion: Promotion):
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_lot(expires_on="2024-01-31")
    await promotion.made("/stock/receipts", {"lot_id": lot_id, "location_id": warehouse, "quantity": 3})
    answer = await promotion.transfer(lot_id, warehouse, bag, 1)
    assert (answer.status_code, answer.json()["code"]) == (422, "lot_expired")
    assert await promotion.stock(lot_id, warehouse) == 3


async def test_pages_of_the_chain_of_custody_join_without_gap(promotion: Promotion):
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_stocked_lot(warehouse, 9)
    for _ in range(4):
        await promotion.transfer(lot_id, warehouse, bag, 1)
    whole = await promotion.items("/stock/movements", lot_id=lot_id)
    joined, cursor = [], None
    while True:
        query = {"cursor": cursor} if cursor else {}
        page = (await promotion.get("/stock/movements", lot_id=lot_id, limit=2, **query)).json()
        joined += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert joined == whole
    assert [movement["legs"][1]["on_hand"] for movement in whole] == [9, 1, 2, 3, 4]


async def test_a_movement_tells_nothing_of_stock_at_the_place_out_of_scope(promotion: Promotion):
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id = await promotion.a_stocked_lot(warehouse, 50)
    assert (await promotion.transfer(lot_id, warehouse, bag, 20)).status_code == 201
    [seen] = await promotion.items("/stock/movements", lot_id=lot_id, by=a_rep(NORTH_TERRITORY))
    assert seen["legs"] == [
        {"location_id": warehouse, "quantity": -20, "on_hand": None},
        {"location_id": bag, "quantity": 20, "on_hand": 20},
    ]
