"""What does not fit is refused with its exact status, all of it at once, and leaves nothing behind."""

from typing import Any

import pytest
from chassis.testing import a_rep, an_hq
from chassis.testing.service import as_principal

from tests.promotion.conftest import Promotion
from tests.promotion.samples import NORTH_TERRITORY

pytestmark = pytest.mark.stack

PRODUCT = {"name": "A", "line": "gastro", "manufacturer": "Us", "own": True}
MATERIAL = {"name": "Box", "class": "sample", "unit_value": {"amount": 1, "currency": "CNY"}}
LOT = {"number": "B1", "expires_on": "2030-01-01"}
RECEIPT = {"lot_id": "lot_1", "location_id": "loc_1", "quantity": 1}
TRANSFER = {"lot_id": "lot_1", "from_location_id": "loc_1", "to_location_id": "loc_2", "quantity": 1}

UNFIT: list[tuple[str, Any, set[str]]] = [
    ("/products", {}, {"name", "line", "manufacturer", "own"}),
    ("/products", PRODUCT | {"name": {"$gt": ""}}, {"name"}),
    ("/products", PRODUCT | {"own": "yes", "line": 3}, {"own", "line"}),
    ("/products", PRODUCT | {"name": ""}, {"name"}),
    ("/products", PRODUCT | {"name": "   "}, {"name"}),
    ("/products", PRODUCT | {"name": "x" * 201}, {"name"}),
    ("/products", PRODUCT | {"price": 1}, {"price"}),
    ("/products", PRODUCT | {"id": "prd_1"}, {"id"}),
    ("/materials", MATERIAL | {"class": "bribe"}, {"class"}),
    ("/materials", MATERIAL | {"unit_value": {"amount": -1, "currency": "CNY"}}, {"unit_value.amount"}),
    (
        "/materials",
        MATERIAL | {"unit_value": {"amount": 1.5, "currency": "yuan"}},
        {"unit_value.amount", "unit_value.currency"},
    ),
    ("/materials", MATERIAL | {"unit_value": {"amount": "1"}}, {"unit_value.amount"}),
    ("/materials", MATERIAL | {"unit_value": 12}, {"unit_value"}),
    ("/materials", MATERIAL | {"product": "acc_1"}, {"product"}),
    ("/materials/itm_1/lots", LOT | {"expires_on": "tomorrow"}, {"expires_on"}),
    ("/materials/itm_1/lots", LOT | {"expires_on": "0001-01-01"}, {"expires_on"}),
    ("/materials/itm_1/lots", LOT | {"expires_on": "9999-12-31"}, {"expires_on"}),
    ("/materials/itm_1/lots", LOT | {"number": "a\u0000b"}, {"number"}),
    ("/stock/receipts", RECEIPT | {"quantity": 0}, {"quantity"}),
    ("/stock/receipts", RECEIPT | {"quantity": 1_000_001}, {"quantity"}),
    ("/stock/receipts", RECEIPT | {"quantity": True}, {"quantity"}),
    ("/stock/receipts", RECEIPT | {"quantity": "5"}, {"quantity"}),
    ("/stock/receipts", RECEIPT | {"lot_id": {"$ne": None}}, {"lot_id"}),
    ("/stock/receipts", RECEIPT | {"location_id": "wh-1"}, {"location_id"}),
    ("/stock/transfers", {"quantity": -3}, {"lot_id", "from_location_id", "to_location_id", "quantity"}),
    ("/stock/transfers", TRANSFER | {"movement_id": "mov_1"}, {"movement_id"}),
    ("/stock/transfers", [TRANSFER], set()),
]


@pytest.mark.parametrize(("path", "body", "fields"), UNFIT)
async def test_a_body_that_does_not_fit_the_schema(promotion: Promotion, path: str, body: Any, fields: set[str]):
    before = await promotion.document_count()
    answer = await promotion.post(path, body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    named = {violation["field"] for violation in answer.json()["violations"]}
    assert fields <= named, answer.text
    assert await promotion.document_count() == before


@pytest.mark.parametrize("raw", [b"{", b"", b"\xff\xfe", b'{"name": NaN}', b"null"])
async def test_a_body_that_is_no_json_object(promotion: Promotion, raw: bytes):
    headers = as_principal(an_hq()) | {"content-type": "application/json"}
    answer = await promotion.client.post("/api/v1/products", content=raw, headers=headers)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    ("path", "body", "violations"),
    [
        ("/materials", MATERIAL | {"product": "prd_none"}, {("product", "unknown_reference")}),
        (
            "/stock/receipts",
            RECEIPT | {"lot_id": "lot_none", "location_id": "loc_none"},
            {("lot_id", "unknown_reference"), ("location_id", "unknown_reference")},
        ),
        (
            "/stock/transfers",
            TRANSFER | {"to_location_id": "loc_1"},
            {
                ("lot_id", "unknown_reference"),
                ("from_location_id", "unknown_reference"),
                ("to_location_id", "unknown_reference"),
                ("to_location_id", "same_location"),
            },
        ),
    ],
)
async def test_values_against_a_rule(promotion: Promotion, path: str, body: Any, violations: set[tuple[str, str]]):
    before = await promotion.document_count()
    answer = await promotion.post(path, body)
    assert answer.status_code == 422, answer.text
    assert {(v["field"], v["code"]) for v in answer.json()["violations"]} == violations
    assert await promotion.document_count() == before


async def test_places_that_take_no_part(promotion: Promotion):
    bag, supplier = await promotion.location(employee_id="emp_rep"), await promotion.location(kind="supplier")
    warehouse = await promotion.location(kind="warehouse")
    lot_id = await promotion.a_stocked_lot(warehouse, 3)
    for place in (bag, supplier):
        answer = await promotion.post("/stock/receipts", {"lot_id": lot_id, "location_id": place, "quantity": 1})
        assert (answer.status_code, answer.json()["code"]) == (422, "not_a_receiving_location")
    for ends in ((supplier, warehouse), (warehouse, supplier)):
        answer = await promotion.transfer(lot_id, *ends, 1)
        assert (answer.status_code, answer.json()["code"]) == (422, "location_closed_to_transfers")
    assert await promotion.total(lot_id) == 0


@pytest.mark.parametrize(
    "path", ["/materials/itm_none", "/materials/none", "/products/prd_none", "/materials/itm_none/lots"]
)
async def test_what_the_path_names_is_absent(promotion: Promotion, path: str):
    answer = await promotion.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_lots_of_an_absent_item(promotion: Promotion):
    for material_id in ("itm_none", "nonsense", "itm_none%2F"):
        assert (await promotion.post(f"/materials/{material_id}/lots", LOT)).status_code == 404


async def test_a_lot_number_is_taken_once(promotion: Promotion):
    material = await promotion.made("/materials", MATERIAL)
    await promotion.made(f"/materials/{material['id']}/lots", LOT)
    answer = await promotion.post(f"/materials/{material['id']}/lots", LOT)
    assert (answer.status_code, answer.json()["code"]) == (409, "lot_number_taken")
    assert len(await promotion.items(f"/materials/{material['id']}/lots")) == 1


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/stock", {"lot_id": "x"}),
        ("/stock", {"limit": 0}),
        ("/stock", {"limit": 501}),
        ("/stock", {"cursor": "made-by-hand"}),
        ("/stock", {"sort": "visible"}),
        ("/stock/movements", {}),
        ("/locations", {"kind": "moon"}),
        ("/products", {"own": "perhaps"}),
    ],
)
async def test_a_query_that_does_not_fit(promotion: Promotion, path: str, query: dict[str, Any]):
    answer = await promotion.get(path, **query)
    assert answer.status_code == 400, answer.text


async def test_the_catalogue_is_read_by_all_and_written_by_few(promotion: Promotion):
    rep = a_rep(NORTH_TERRITORY)
    product = await promotion.made("/products", PRODUCT)
    material = await promotion.made("/materials", MATERIAL | {"product": product["id"]})
    lot = await promotion.made(f"/materials/{material['id']}/lots", LOT)
    assert material["class"] == "sample"
    assert (await promotion.get(f"/products/{product['id']}", by=rep)).json() == product
    assert (await promotion.get(f"/materials/{material['id']}", by=rep)).json() == material
    assert await promotion.items(f"/materials/{material['id']}/lots", by=rep) == [lot]
    assert material in await promotion.items("/materials", by=rep, product=product["id"])
    assert product in await promotion.items("/products", by=rep, own="true", line="gastro")
    for path, body in (("/products", PRODUCT), ("/materials", MATERIAL), (f"/materials/{material['id']}/lots", LOT)):
        assert (await promotion.post(path, body, by=rep)).status_code == 403
    assert (await promotion.client.get("/api/v1/products")).status_code == 401
