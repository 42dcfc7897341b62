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
