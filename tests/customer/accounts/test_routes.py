"""Institutions over HTTP, on the real database."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import pytest_asyncio
from chassis.testing import a_manager
from chassis.testing.principals import NORTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack

EVERYTHING = {
    "name": "北京协和医院",
    "kind": "hospital",
    "unit_id": "unt_north",
    "grade": "3A",
    "code": "12100000400012345A",
    "division_code": "110101",
    "address": "东城区帅府园1号",
    "telephone": "010-69156114",
    "location": {"lat": 39.9139, "lon": 116.4154},
    "beds": 2000,
    "outpatient_visits": 4_000_000,
    "departments": [{"name": "心内科", "specialty": "cardiology", "outpatient_visits": 90_000, "discharges": 4000}],
    "discharges": 120_000,
    "tags": ["key account", "教学医院"],
}


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


async def test_an_institution_is_registered_with_all_that_is_said_of_it(steward: Person):
    answer = await steward.call("POST", "/accounts", EVERYTHING)
    account = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"/api/v1/accounts/{account['id']}"
    (department,) = account["departments"]
    assert department.pop("id").startswith("dep_")
    assert department.pop("patients") == []
    assert {name: account[name] for name in EVERYTHING} == EVERYTHING
    assert (account["stage"], account["unit_path"]) == ("prospect", NORTH)
    assert [entry["on"] for entry in account["stages"]] == ["2026-03-01"]
    answer = await steward.call("GET", f"/accounts/{account['id']}")
    assert answer.headers["etag"] == '"1"'
    department |= {"id": answer.json()["departments"][0]["id"], "patients": []}
    assert answer.json() == account


async def test_name_kind_and_unit_are_enough(steward: Person):
    account = await steward.account("Smallest Clinic", kind="clinic")
    assert (account["grade"], account["beds"], account["departments"]) == ("ungraded", None, [])


async def test_a_repeated_request_with_the_same_key_gets_the_same_answer(steward: Person):
    body = {"name": "Once Only Hospital", "kind": "hospital", "unit_id": "unt_north", "departments": [{"name": "x"}]}
    first = await steward.call("POST", "/accounts", body, idempotency_key="a-key")
    await steward.call("PATCH", f"/accounts/{first.json()['id']}", {"beds": 3}, if_match='"1"')
    again = await steward.call("POST", "/accounts", body, idempotency_key="a-key")
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), '"1"')
    assert again.headers["idempotent-replayed"] == "true"
    other = await steward.call("POST", "/accounts", body | {"beds": 1}, idempotency_key="a-key")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await steward.items("/accounts?q=Once Only")) == 1


async def test_an_exact_key_is_refused_with_the_match_that_the_caller_can_see(steward: Person, client: ServiceClient):
    there = await steward.account("Exact（East）Hospital", division_code="310101", code="EXACT-1")
    same = {"name": "exact (EAST) hospital", "kind": "hospital", "unit_id": "unt_south", "division_code": "310101"}
    answer = await steward.call("POST", "/accounts", same)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_registered")
    assert answer.json()["account_id"] == there["id"]
    by_code = await steward.call("POST", "/accounts", same | {"name": "Another", "code": "EXACT-1"})
    assert (by_code.status_code, by_code.json()["account_id"]) == (409, there["id"])


async def test_a_correction_needs_the_version_that_was_read(steward: Person):
    account = await steward.account("Versioned Hospital", beds=10)
    path = f"/accounts/{account['id']}"
    assert (await steward.call("PATCH", path, {"beds": 11})).status_code == 428
    stale = await steward.call("PATCH", path, {"beds": 11}, if_match='"7"')
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "stale_version", 1)
    answer = await steward.call("PATCH", path, {"beds": None, "grade": "2A"}, if_match='"1"')
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["beds"], answer.json()["grade"]) == (None, "2A")
    assert (await steward.call("PATCH", path, {"grade": "2A"}, if_match='"2"')).headers["etag"] == '"2"'


async def test_a_place_can_be_cleared_and_set_again(steward: Person):
    account = await steward.account("Wandering Clinic", location={"lat": 30.0, "lon": 104.0})
    path, near = f"/accounts/{account['id']}", "/accounts?near=30,104,1&q=Wandering"
    assert len(await steward.items(near)) == 1
    await steward.call("PATCH", path, {"location": None}, if_match="*")
    assert await steward.items(near) == []
    await steward.call("PATCH", path, {"location": {"lat": 30.001, "lon": 104}}, if_match="*")
    assert len(await steward.items(near)) == 1


async def test_a_correction_to_a_known_name_names_the_match(steward: Person):
    known = await steward.account("Known Name Hospital")
    other = await steward.account("Other Name Hospital")
    answer = await steward.call("PATCH", f"/accounts/{other['id']}", {"name": "KNOWN NAME hospital"}, if_match='"1"')
    assert (answer.status_code, answer.json()["account_id"]) == (409, known["id"])


async def test_the_life_cycle_goes_on_and_can_be_planned(steward: Person):
    account = await steward.account("Cycle Hospital")
    path = f"/accounts/{account['id']}"
    jump = await steward.call("POST", f"{path}/stage", {"stage": "dormant", "reason": "x", "on": "2026-03-01"})
    assert (jump.status_code, jump.json()["code"]) == (409, "illegal_transition")
    back = await steward.call("POST", f"{path}/stage", {"stage": "developing", "reason": "x", "on": "2026-02-01"})
    assert (back.status_code, back.json()["code"]) == (422, "stage_before_last")
    now = await steward.call(
        "POST", f"{path}/stage", {"stage": "developing", "reason": "first order", "on": "2026-03-01"}
    )
    assert (now.status_code, now.json()["stage"], now.headers["etag"]) == (200, "developing", '"2"')
    stale = await steward.call("POST", f"{path}/stage", {"stage": "active", "reason": "x"}, if_match='"1"')
    assert stale.status_code == 412
    planned = await steward.call("POST", f"{path}/stage", {"stage": "active", "reason": "contract", "on": "2026-07-01"})
    assert (planned.json()["stage"], planned.json()["stages"][-1]["reason"]) == ("developing", "contract")
    assert (await steward.get(f"{path}?as_of=2026-07-01"))["stage"] == "active"
    assert (await steward.get(f"{path}?as_of=2026-06-30"))["stage"] == "developing"
    assert (await steward.get(f"{path}?as_of=2020-01-01"))["stage"] is None
    listed = await steward.items("/accounts?stage=developing&q=Cycle")
    assert [one["id"] for one in listed] == [account["id"]]
    for other in ("prospect", "active"):
        assert await steward.items(f"/accounts?stage={other}&q=Cycle") == []


async def test_what_was_known_at_an_instant_can_be_asked_for(steward: Person):
    account = await steward.account("Remembered Hospital", beds=10)
    path = f"/accounts/{account['id']}"
    await steward.call("PATCH", path, {"beds": 20}, if_match='"1"')
    current = await steward.get(path)
    at = quote(account["recorded_at"])
    before = await steward.call("GET", f"{path}?known_at={at}")
    assert (before.json()["beds"], before.json()["version"], "etag" in before.headers) == (10, 1, False)
    assert (await steward.get(f"{path}?known_at={quote(current['recorded_at'])}"))["beds"] == 20
    assert (await steward.call("GET", f"{path}?known_at=2020-01-01T00:00:00Z")).status_code == 404
    future = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await steward.call("GET", f"{path}?known_at={quote(future)}")).status_code == 400


async def test_the_history_says_what_changed_by_whom_and_why(steward: Person):
    account = await steward.account("Historic Hospital")
    path = f"/accounts/{account['id']}"
    await steward.call("PATCH", path, {"beds": 20}, if_match='"1"')
    await steward.call("POST", f"{path}/stage", {"stage": "developing", "reason": "first order"})
    created, corrected, staged = await steward.items(f"{path}/history")
    assert (created["version"], created["command"], created["actor"]) == (1, "create_account", "emp_steward")
    assert (corrected["changed"], corrected["before"], corrected["after"]) == (["beds"], {"beds": None}, {"beds": 20})
    assert (staged["reason"], staged["valid_from"], staged["changed"]) == ("first order", "2026-03-01", ["stages"])
    first = await steward.get(f"{path}/history?limit=1")
    second = await steward.get(f"{path}/history?limit=2&cursor={first['next']}")
    assert [one["version"] for one in (*first["items"], *second["items"])] == [1, 2, 3]
    assert second["next"] is None


@pytest.mark.parametrize("q", ["找得到", "zhaodedao", "ZDDYY", "zhaode", "医院（总院）", "FIND-7", "440304"])
async def test_a_search_finds_by_name_reading_initials_and_code(steward: Person, q: str):
    if not await steward.items("/accounts?q=FIND-7"):
        await steward.account("找得到医院（总院）", code="FIND-7", division_code="440304")
    assert [one["code"] for one in await steward.items(f"/accounts?q={quote(q)}")] == ["FIND-7"]


async def test_filters_narrow_together(steward: Person):
    for name, unit, kind, lat in (
        ("Filter One", "unt_north", "hospital", 25.0),
        ("Filter Two", "unt_north", "pharmacy", 25.001),
        ("Filter Three", "unt_south", "pharmacy", 25.5),
    ):
        await steward.account(name, unit_id=unit, kind=kind, location={"lat": lat, "lon": 100.0})

    async def names(query: str) -> list[str]:
        return [one["name"] for one in await steward.items(f"/accounts?q=Filter&sort=name&{query}")]

    assert await names("") == ["Filter One", "Filter Three", "Filter Two"]
    assert await names("kind=pharmacy") == ["Filter Three", "Filter Two"]
    assert await names("unit_id=unt_north") == ["Filter One", "Filter Two"]
    assert await names("unit_id=unt_hq&kind=pharmacy") == ["Filter Three", "Filter Two"]
    assert await names("near=25,100,5") == ["Filter One", "Filter Two"]
    assert await names("near=25,100,100&kind=pharmacy&unit_id=unt_south&stage=prospect") == ["Filter Three"]
    assert await names("unit_id=unt_absent") == []


async def test_lists_are_sorted_and_paged(steward: Person):
    names = [f"Paged {letter}" for letter in "ECADB"]
    for name in names:
        await steward.account(name)

    async def walk(sort: str) -> list[str]:
        found, cursor = [], ""
        while cursor is not None:
            page = await steward.get(f"/accounts?q=Paged&sort={sort}&limit=2{cursor and '&cursor=' + cursor}")
            assert len(page["items"]) <= 2
            found += [one["name"] for one in page["items"]]
            cursor = page["next"]
        return found

    assert await walk("name") == sorted(names)
    assert await walk("-name") == sorted(names, reverse=True)
    assert await walk("created") == names
    assert await walk("-created") == names[::-1]


async def test_a_manager_neither_registers_nor_corrects(client: ServiceClient):
    manager = Person(client, a_manager())
    assert (await manager.call("POST", "/accounts", EVERYTHING)).status_code == 403
    assert (await manager.call("PATCH", "/accounts/acc_A", {"beds": 1}, if_match="*")).status_code == 403
    assert (await manager.call("POST", "/accounts/acc_A/stage", {"stage": "closed", "reason": "x"})).status_code == 403
