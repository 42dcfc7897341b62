"""Units over HTTP, on the real database."""

import pytest
import pytest_asyncio
from chassis.testing import a_manager, an_admin
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def admin(client: ServiceClient) -> Person:
    return Person(client, an_admin())


async def test_a_unit_is_created_and_shown(admin: Person):
    answer = await admin.call("POST", "/units", {"name": " East ", "kind": "region", "parent_id": "unt_hq"})
    unit = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"/api/v1/units/{unit['id']}"
    assert unit == {
        "id": unit["id"],
        "name": "East",
        "kind": "region",
        "parent_id": "unt_hq",
        "path": f"/unt_hq/{unit['id']}/",
        "opened_on": "2026-03-01",
        "closed_on": None,
        "parents": [{"parent_id": "unt_hq", "valid_from": "2026-03-01", "valid_to": None, "reason": None}],
        "version": 1,
    }
    assert await admin.get(f"/units/{unit['id']}") == unit


async def test_units_are_listed_from_the_root_down_page_by_page(admin: Person):
    office = await admin.make("/units", {"name": "Office", "kind": "office", "parent_id": "unt_north"})
    everything = [unit["path"] for unit in await admin.items("/units")]
    assert everything == sorted(everything)
    assert {"/unt_hq/", office["path"]} <= {*everything}
    paged, cursor = [], ""
    while cursor is not None:
        page = await admin.get(f"/units?limit=2{cursor and '&cursor=' + cursor}")
        paged += [unit["path"] for unit in page["items"]]
        cursor = page["next"]
    assert paged == everything
    assert [unit["id"] for unit in await admin.items("/units?parent_id=unt_north")] == [office["id"]]
    assert [unit["id"] for unit in await admin.items("/units?kind=hq")] == ["unt_hq"]


async def test_a_manager_sees_the_own_subtree(client: ServiceClient):
    manager = Person(client, a_manager())
    assert {unit["path"].startswith("/unt_hq/unt_north/") for unit in await manager.items("/units")} == {True}
    assert (await manager.call("GET", "/units/unt_south")).status_code == 404


async def test_only_administrators_open_units(client: ServiceClient):
    answer = await Person(client).call("POST", "/units", {"name": "x", "kind": "region", "parent_id": "unt_hq"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_second_head_office_is_a_conflict(admin: Person):
    answer = await admin.call("POST", "/units", {"name": "x", "kind": "hq"})
    assert (answer.status_code, answer.json()["code"]) == (409, "head_office_exists")


async def test_a_unit_is_renamed_with_the_version_it_was_read_in(admin: Person):
    unit = await admin.make("/units", {"name": "Name", "kind": "office", "parent_id": "unt_south"})
    path = f"/units/{unit['id']}"
    assert (await admin.call("PATCH", path, {"name": "Other"})).status_code == 428
    answer = await admin.call("PATCH", path, {"name": "Other"}, if_match='"1"')
    assert (answer.status_code, answer.headers["etag"], answer.json()["name"]) == (200, '"2"', "Other")
    assert (await admin.call("PATCH", path, {"name": "Late"}, if_match='"1"')).status_code == 412


async def test_a_moved_unit_shows_where_it_stood_and_stands_on_a_date(admin: Person):
    opened = {"kind": "district", "parent_id": "unt_north", "opened_on": "2024-01-01"}
    unit = await admin.make("/units", {"name": "Wanderer"} | opened)
    path = f"/units/{unit['id']}"
    move = {"to_parent_id": "unt_south", "on": "2026-02-01", "reason": "reorganised"}
    answer = await admin.call("POST", f"{path}/moves", move)
    assert (answer.status_code, answer.json()["path"]) == (200, f"/unt_hq/unt_south/{unit['id']}/")
    plan = await admin.call("POST", f"{path}/moves", {"to_parent_id": "unt_north", "on": "2027-01-01", "reason": "x"})
    assert (plan.status_code, plan.json()["parent_id"]) == (200, "unt_south")
    for day, parent in (("2024-01-01", "unt_north"), ("2026-02-01", "unt_south"), ("2027-01-01", "unt_north")):
        then = await admin.get(f"{path}?as_of={day}")
        assert (then["parent_id"], then["path"]) == (parent, f"/unt_hq/{parent}/{unit['id']}/")
        listed = await admin.items(f"/units?kind=district&parent_id={parent}&as_of={day}")
        assert [one["path"] for one in listed if one["id"] == unit["id"]] == [then["path"]]
        other = {"unt_north": "unt_south", "unt_south": "unt_north"}[parent]
        listed = await admin.items(f"/units?kind=district&parent_id={other}&as_of={day}")
        assert unit["id"] not in {one["id"] for one in listed}
    assert (await admin.call("GET", f"{path}?as_of=2023-12-31")).status_code == 404
    history = await admin.items(f"{path}/history")
    assert [(one["command"], one["reason"]) for one in history] == [
        ("create_unit", None),
        ("move_unit", "reorganised"),
        ("move_unit", "x"),
    ]
    believed = await admin.get(f"{path}?as_of=2026-02-01&known_at={history[0]['recorded_at'].replace('+', '%2B')}")
    assert believed["parent_id"] == "unt_north"


async def test_a_closure_names_what_depends_on_the_unit(admin: Person):
    unit = await admin.make("/units", {"name": "Closing", "kind": "district", "parent_id": "unt_south"})
    below = await admin.make("/units", {"name": "Below", "kind": "office", "parent_id": unit["id"]})
    answer = await admin.call("POST", f"/units/{unit['id']}/closure", {"reason": "x"})
    assert (answer.status_code, answer.json()["code"], answer.json()["units"]) == (409, "unit_in_use", [below["id"]])
    for one in (below, unit):
        answer = await admin.call("POST", f"/units/{one['id']}/closure", {"reason": "no business"})
        assert (answer.status_code, answer.json()["closed_on"]) == (200, "2026-03-01")
    assert unit["id"] not in {one["id"] for one in await admin.items("/units?parent_id=unt_south")}
    assert unit["id"] in {one["id"] for one in await admin.items("/units?parent_id=unt_south&closed=true")}
    refused = await admin.call("POST", "/units", {"name": "x", "kind": "office", "parent_id": unit["id"]})
    assert (refused.status_code, refused.json()["violations"][0]["code"]) == (422, "unit_closed")


async def test_a_unit_below_itself_is_a_cycle(admin: Person):
    office = await admin.make("/units", {"name": "Ring", "kind": "office", "parent_id": "unt_north"})
    body = {"to_parent_id": office["id"], "reason": "x"}
    answer = await admin.call("POST", "/units/unt_north/moves", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "cycle")
    assert [one["field"] for one in answer.json()["violations"]] == ["to_parent_id"]


async def test_only_administrators_change_the_tree(client: ServiceClient):
    steward = Person(client)
    for method, path, body in (
        ("PATCH", "/units/unt_north", {"name": "x"}),
        ("POST", "/units/unt_north/moves", {"to_parent_id": "unt_hq", "reason": "x"}),
        ("POST", "/units/unt_north/closure", {"reason": "x"}),
    ):
        assert (await steward.call(method, path, body, if_match="*")).status_code == 403
