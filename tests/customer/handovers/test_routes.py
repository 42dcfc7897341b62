"""Handing over over HTTP, on the real database."""

from dataclasses import replace

import pytest
import pytest_asyncio
from chassis.testing import a_manager, a_rep, a_steward, an_admin
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient
from customer.handovers.known import CarriedStock, OwnPlace

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def admin(client: ServiceClient) -> Person:
    return Person(client, an_admin())


async def test_a_leaver_hands_over_and_is_let_go(client: ServiceClient, admin: Person):
    hiring = {"name": "x", "roles": ["rep"], "unit_id": "unt_north", "valid_from": "2025-01-01"}
    leaver = await admin.make("/employees", hiring | {"username": "leaver"})
    heir = await admin.make("/employees", hiring | {"username": "heir"})
    body = {"on": "2026-03-01", "reason": "moves abroad", "successor_id": heir["id"]}
    answer = await admin.call("POST", f"/employees/{leaver['id']}/departure", body)
    assert answer.status_code == 201, answer.text
    handover = answer.json()
    path = f"/handovers/{handover['id']}"
    assert answer.headers["location"] == f"/api/v1{path}"
    database = client.app.state.edge.database
    place = OwnPlace(id="loc_9", employee_id=leaver["id"])
    stock = CarriedStock(id="bal_9", location_id="loc_9", material_id="itm_9", lot_id="lot_9", on_hand=4)
    await database.collection("own_places").insert_one(place.dump())
    await database.collection("carried_stock").insert_one(stock.dump())
    shown = await admin.get(path)
    assert [(item["kind"], item["id"]) for item in shown["outstanding"]] == [("stock", "bal_9")]
    assert shown["outstanding"][0]["facts"]["on_hand"] == 4
    refused = await admin.call("POST", f"{path}/closure")
    assert (refused.status_code, refused.json()["code"], refused.json()["stock"]) == (
        409,
        "handover_outstanding",
        ["bal_9"],
    )
    manager = Person(client, a_manager())
    entry = await manager.call("POST", f"{path}/entries", {"kind": "task", "title": "call the clinic"})
    assert entry.status_code == 200, entry.text
    (task,) = [item for item in (await manager.get(path))["outstanding"] if item["kind"] == "task"]
    done = await manager.call("POST", f"{path}/items", {"items": [{"kind": "task", "id": task["id"]}]})
    assert [one["to_employee_id"] for one in done.json()["handed_over"]] == [heir["id"]]
    await database.collection("carried_stock").delete_many({"_id": "bal_9"})
    closed = await admin.call("POST", f"{path}/closure")
    assert (closed.status_code, closed.json()["closed_on"]) == (200, "2026-03-01")
    assert (await admin.get(f"/employees/{leaver['id']}"))["closed_on"] == "2026-03-01"
    assert [one["command"] for one in await admin.items(f"{path}/history")] == [
        "depart_employee",
        "write_down_entry",
        "hand_over_items",
        "close_handover",
    ]


async def test_a_leaver_sees_the_own_handover_and_nothing_else(client: ServiceClient, admin: Person):
    made = []
    for username in ("goes.1", "goes.2"):
        hiring = {"name": "x", "roles": ["rep"], "unit_id": "unt_north", "valid_from": "2025-01-01"}
        employee = await admin.make("/employees", hiring | {"username": username})
        answer = await admin.call("POST", f"/employees/{employee['id']}/departure", {"on": "2026-02-01", "reason": "x"})
        made.append((employee["id"], answer.json()["id"]))
    (own_id, own), (_, other) = made
    leaver = Person(client, replace(a_rep(NORTH, own_id), leaving=True))
    assert (await leaver.get(f"/handovers/{own}"))["id"] == own
    assert [one["id"] for one in await leaver.items("/handovers")] == [own]
    assert (await leaver.call("GET", f"/handovers/{other}")).status_code == 404
    for method, path in (("GET", "/accounts"), ("GET", "/contacts"), ("GET", "/employees"), ("GET", "/units")):
        assert (await leaver.call(method, path)).status_code == 403
    south = Person(client, a_manager(SOUTH))
    assert (await south.call("GET", f"/handovers/{own}")).status_code == 404
    steward = Person(client, a_steward())
    assert (await steward.call("POST", f"/handovers/{own}/closure")).status_code == 403
