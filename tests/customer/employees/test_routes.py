"""Employees over HTTP, on the real database."""

import pytest
import pytest_asyncio
from chassis.testing import a_manager, an_admin
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def admin(client: ServiceClient) -> Person:
    return Person(client, an_admin())


def hiring(username: str, **more: object) -> dict[str, object]:
    return {
        "name": "王小明",
        "username": username,
        "roles": ["rep"],
        "unit_id": "unt_north",
        "valid_from": "2026-01-01",
    } | more


async def test_the_invitation_is_told_once(admin: Person):
    first = await admin.call("POST", "/employees", hiring("once"), idempotency_key="once")
    again = await admin.call("POST", "/employees", hiring("once"), idempotency_key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    told = first.json()
    assert len(told.pop("invitation")) == 43
    assert again.json() == told
    assert again.headers["etag"] == first.headers["etag"] == '"1"'
    assert "invitation" not in await admin.get(f"/employees/{told['id']}")


async def test_a_caller_cannot_choose_the_invitation(admin: Person):
    answer = await admin.call("POST", "/employees", hiring("chosen", invitation="i" * 43))
    assert (answer.status_code, answer.json()["violations"][0]["code"]) == (400, "unknown_field")


async def test_a_user_name_is_taken_once(admin: Person):
    await admin.make("/employees", hiring("taken"))
    answer = await admin.call("POST", "/employees", hiring("taken"))
    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")


async def test_a_position_changes_for_who_has_read_it(admin: Person):
    employee = await admin.make("/employees", hiring("mover", valid_to="2027-01-01"))
    path = f"/employees/{employee['id']}"
    body = {"unit_id": "unt_south", "roles": ["manager"], "valid_to": None}
    assert (await admin.call("PATCH", path, body)).status_code == 428
    assert (await admin.call("PATCH", path, body, if_match='"9"')).status_code == 412
    answer = await admin.call("PATCH", path, body, if_match='"1"')
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    changed = answer.json()
    assert (changed["unit_path"], changed["roles"], changed["valid_to"]) == (SOUTH, ["manager"], None)
    assert await admin.get(path) == changed


async def test_employees_are_listed_in_scope_by_unit_role_and_name(client: ServiceClient, admin: Person):
    for username, unit in (("list.n", "unt_north"), ("list.s", "unt_south")):
        await admin.make("/employees", hiring(username, unit_id=unit, roles=["rep", "finance"]))
    southern = await Person(client, a_manager(path=SOUTH)).items("/employees?role=finance")
    assert [one["username"] for one in southern] == ["list.s"]
    below = await admin.items("/employees?unit_id=unt_hq&role=finance")
    assert [one["username"] for one in below] == ["list.n", "list.s"]
    assert [one["username"] for one in await admin.items("/employees?unit_id=unt_north&role=finance")] == ["list.n"]
    assert await admin.items("/employees?unit_id=unt_absent") == []
    assert [one["unit_id"] for one in await admin.items("/employees?username=list.s")] == ["unt_south"]


async def test_only_administrators_hire(client: ServiceClient):
    assert (await Person(client).call("POST", "/employees", hiring("x1"))).status_code == 403


async def test_positions_are_taken_and_ended_over_http(client: ServiceClient, admin: Person):
    line = await admin.make("/lines", {"name": "Gastro", "code": "GASTRO"})
    employee = await admin.make("/employees", hiring("posts", share=60))
    path = f"/employees/{employee['id']}"
    body = {"unit_id": "unt_south", "roles": ["manager"], "line_ids": [line["id"]], "share": 40}
    answer = await admin.call("POST", f"{path}/positions", body | {"valid_from": "2026-02-01"})
    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/v1{path}")
    first, second = answer.json()["positions"]
    assert (first["unit_id"], second["unit_id"], second["line_ids"]) == ("unt_north", "unt_south", [line["id"]])
    assert (await Person(client, a_manager(path=SOUTH)).get(path))["id"] == employee["id"]
    ended = await admin.call("POST", f"{path}/positions/{first['id']}/end", {"on": "2026-02-15"})
    assert (ended.status_code, ended.json()["unit_id"]) == (200, "unt_south")
    assert (await admin.call("POST", f"{path}/positions/pos_absent/end", {})).status_code == 404
    for day, unit in (("2026-01-15", "unt_north"), ("2026-02-10", "unt_north"), ("2026-02-15", "unt_south")):
        assert (await admin.get(f"{path}?as_of={day}"))["unit_id"] == unit
        listed = await admin.items(f"/employees?username=posts&unit_id=unt_north&as_of={day}")
        assert bool(listed) == (day < "2026-02-15")
    assert (await admin.get(f"{path}?as_of=2025-12-31"))["employed"] is False
    hired = (await admin.items(f"{path}/history"))[0]
    believed = await admin.get(f"{path}?as_of=2026-02-15&known_at={hired['recorded_at'].replace('+', '%2B')}")
    assert (believed["unit_id"], len(believed["positions"])) == ("unt_north", 1)
    assert believed["name"] == "王小明"


async def test_employees_are_listed_by_product_line(admin: Person):
    one, other = [(await admin.make("/lines", {"name": code, "code": code}))["id"] for code in ("ONE", "OTHER")]
    for username, lines in (("line.one", [one]), ("line.other", [other]), ("line.all", [])):
        await admin.make("/employees", hiring(username, roles=["auditor"], line_ids=lines))
    found = await admin.items(f"/employees?role=auditor&line_id={one}")
    assert [each["username"] for each in found] == ["line.all", "line.one"]


async def test_a_position_that_overlaps_is_refused_with_the_field(admin: Person):
    employee = await admin.make("/employees", hiring("twice"))
    answer = await admin.call(
        "POST", f"/employees/{employee['id']}/positions", {"unit_id": "unt_north", "roles": ["rep"]}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "position_overlaps")
    assert [one["field"] for one in answer.json()["violations"]] == ["valid_from"]
