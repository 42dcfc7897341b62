"""Contacts over HTTP, on the real database."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import pytest_asyncio
from chassis.testing import a_manager, a_rep
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


async def test_a_contact_is_registered_with_all_that_is_said_of_it(steward: Person):
    body = {
        "name": "单雄信",
        "title": "chief physician",
        "specialty": "cardiology",
        "mobile": "138 0013 8000",
        "affiliation": {
            "account_id": "acc_A",
            "department_id": "dep_A1",
            "role": "head of department",
            "valid_from": "2024-01-01",
        },
    }
    answer = await steward.call("POST", "/contacts", body)
    contact = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"/api/v1/contacts/{contact['id']}"
    assert (contact["name"], contact["mobile"]) == ("单雄信", "+8613800138000")
    (affiliation,) = contact["affiliations"]
    assert affiliation.pop("id").startswith("aff_")
    assert affiliation == body["affiliation"] | {"primary": True, "share": 100, "valid_to": None, "evidence": None}
    shown = await steward.get(f"/contacts/{contact['id']}")
    affiliation["id"] = shown["affiliations"][0]["id"]
    assert shown == contact


async def test_a_number_that_is_taken_names_who_has_it(steward: Person):
    there = await steward.contact(mobile="13900139000")
    answer = await steward.call(
        "POST", "/contacts", {"name": "x", "mobile": "+86 139-0013-9000", "affiliation": {"account_id": "acc_B"}}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "already_registered")
    assert answer.json()["contact_id"] == there["id"]
    other = await steward.contact()
    patched = await steward.call("PATCH", f"/contacts/{other['id']}", {"mobile": "13900139000"}, if_match='"1"')
    assert (patched.status_code, patched.json()["contact_id"]) == (409, there["id"])


async def test_the_journey_of_a_contact_through_time(steward: Person):
    contact = await steward.contact("旅行者", since="2024-01-01")
    path = f"/contacts/{contact['id']}"
    moved = await steward.move(contact["id"], "acc_B", "2026-02-01", to_department_id="dep_B1", evidence="letter")
    assert (moved.status_code, moved.headers["etag"]) == (201, '"2"')
    believed = moved.json()
    corrected = await steward.move(contact["id"], "acc_B", "2025-12-01", to_department_id="dep_B1")
    assert [(one["account_id"], one["valid_from"], one["valid_to"]) for one in corrected.json()["affiliations"]] == [
        ("acc_A", "2024-01-01", "2025-12-01"),
        ("acc_B", "2025-12-01", None),
    ]

    async def employer(as_of: str, known_at: str = "") -> list[str]:
        query = f"as_of={as_of}" + (f"&known_at={quote(known_at)}" if known_at else "")
        items = await steward.items(f"{path}/affiliations?{query}")
        assert (await steward.get(f"{path}?{query}"))["affiliations"] == items
        return [one["account_id"] for one in items]

    assert await employer("2026-01-01") == ["acc_B"]
    assert await employer("2026-01-01", believed["recorded_at"]) == ["acc_A"]
    assert await employer("2026-02-01", believed["recorded_at"]) == ["acc_B"]
    assert await employer("2026-02-01", contact["recorded_at"]) == ["acc_A"]
    assert await employer("2023-12-31") == []
    everything = await steward.get(f"{path}/affiliations")
    assert (len(everything["items"]), everything["next"]) == (2, None)


async def test_a_planned_move_shows_on_its_date(steward: Person):
    contact = await steward.contact("计划者")
    assert (await steward.move(contact["id"], "acc_B", "2026-09-01")).status_code == 201
    path = f"/contacts/{contact['id']}/affiliations?as_of="
    assert [one["account_id"] for one in await steward.items(path + "2026-08-31")] == ["acc_A"]
    assert [one["account_id"] for one in await steward.items(path + "2026-09-01")] == ["acc_B"]


async def test_a_move_that_changes_nothing_is_200_and_makes_no_version(steward: Person):
    contact = await steward.contact()
    unmoved = await steward.move(contact["id"], "acc_A", "2026-02-01")
    assert (unmoved.status_code, unmoved.headers["etag"], unmoved.json()) == (200, '"1"', contact)
    assert len(await steward.items(f"/contacts/{contact['id']}/history")) == 1


async def test_a_repeated_move_with_the_same_key_gets_the_same_answer(steward: Person):
    contact = await steward.contact()
    path, body = f"/contacts/{contact['id']}/moves", {"to_account_id": "acc_B", "on": "2026-02-01", "evidence": "call"}
    first = await steward.call("POST", path, body, idempotency_key="move-1")
    await steward.move(contact["id"], "acc_A", "2026-02-15")
    again = await steward.call("POST", path, body, idempotency_key="move-1")
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), '"2"')


@pytest.mark.parametrize(
    ("to", "on", "status", "code"),
    [
        ("acc_B", "2024-01-01", 422, "move_before_start"),
        ("acc_B", "2023-01-01", 422, "move_before_start"),
        ("acc_C", "2026-03-01", 422, "institution_closed"),
        ("acc_absent", "2026-03-01", 422, "unknown_reference"),
        ("acc_B", "2190-01-01", 422, "too_far_ahead"),
    ],
)
async def test_an_impossible_move_is_refused(steward: Person, to: str, on: str, status: int, code: str):
    contact = await steward.contact()
    answer = await steward.move(contact["id"], to, on)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await steward.get(f"/contacts/{contact['id']}") == contact


async def test_a_move_may_carry_the_version_that_was_read(steward: Person):
    contact = await steward.contact()
    path, body = f"/contacts/{contact['id']}/moves", {"to_account_id": "acc_B", "on": "2026-02-01"}
    assert (await steward.call("POST", path, body, if_match='"5"')).status_code == 412
    assert (await steward.call("POST", path, body, if_match='"1"')).status_code == 201


async def test_a_correction_needs_the_version_that_was_read(steward: Person):
    contact = await steward.contact(mobile="13700137000")
    path = f"/contacts/{contact['id']}"
    assert (await steward.call("PATCH", path, {"title": "professor"})).status_code == 428
    assert (await steward.call("PATCH", path, {"title": "professor"}, if_match='"2"')).status_code == 412
    answer = await steward.call("PATCH", path, {"title": "professor", "mobile": None}, if_match='"1"')
    assert (answer.status_code, answer.json()["title"], answer.json()["mobile"]) == (200, "professor", None)


async def test_the_history_names_personal_fields_without_their_values(steward: Person):
    contact = await steward.contact("保密者", mobile="13600136000")
    await steward.move(contact["id"], "acc_B", "2026-02-01", evidence="a neighbour said so")
    answer = await steward.call("GET", f"/contacts/{contact['id']}/history")
    created, moved = answer.json()["items"]
    assert {"name", "mobile"} <= {*created["changed"]}
    assert moved["after"]["affiliations"][1]["account_id"] == "acc_B"
    for secret in ("保密者", "13600136000", "neighbour"):
        assert secret not in answer.text


async def test_names_are_told_for_contacts_in_scope(steward: Person, client: ServiceClient):
    one, two = await steward.contact("甲"), await steward.contact("乙", at="acc_B")
    ids = {"ids": [two["id"], one["id"], "con_absent"]}
    everything = await steward.call("POST", "/contacts/names", ids)
    assert everything.json()["items"] == [{"id": two["id"], "name": "乙"}, {"id": one["id"], "name": "甲"}]
    northern = await Person(client, a_rep(path="/unt_hq/unt_north/")).call("POST", "/contacts/names", ids)
    assert northern.json()["items"] == [{"id": one["id"], "name": "甲"}]


@pytest.mark.parametrize("q", ["尉迟", "yuchi", "ycg", "恭", "迟恭"])
async def test_a_search_finds_by_name_reading_and_initials(steward: Person, q: str):
    if not await steward.items("/contacts?q=ycg"):
        await steward.contact("尉迟恭")
    assert [one["name"] for one in await steward.items(f"/contacts?q={quote(q)}")] == ["尉迟恭"]


async def test_the_contacts_of_an_institution_are_those_of_today_and_to_come(steward: Person):
    place = await steward.account("Small Hospital")
    stays = await steward.contact("留下", at=place["id"])
    left = await steward.contact("离开", at=place["id"])
    leaves = await steward.contact("将去", at=place["id"])
    comes = await steward.contact("将来")
    await steward.move(left["id"], "acc_B", "2026-02-01")
    await steward.move(leaves["id"], "acc_B", "2026-09-01")
    await steward.move(comes["id"], place["id"], "2026-09-01")
    found = {one["id"] for one in await steward.items(f"/contacts?account_id={place['id']}")}
    assert found == {stays["id"], leaves["id"], comes["id"]}
    assert [one["id"] for one in await steward.items(f"/contacts?account_id={place['id']}&q=jianglai")] == [comes["id"]]


async def test_known_at_never_looks_ahead_and_has_an_offset(steward: Person):
    contact = await steward.contact()
    future = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    for known_at in (future, "2026-01-01", "2026-01-01T00:00:00", "1700000000", "yesterday"):
        answer = await steward.call("GET", f"/contacts/{contact['id']}?known_at={quote(known_at)}")
        assert (answer.status_code, answer.json()["violations"][0]["field"]) == (400, "known_at"), known_at


async def test_managers_read_and_do_not_write(client: ServiceClient):
    manager = Person(client, a_manager(path=SOUTH))
    body = {"name": "x", "affiliation": {"account_id": "acc_B"}}
    assert (await manager.call("POST", "/contacts", body)).status_code == 403
    assert (await manager.call("PATCH", "/contacts/con_1", {"title": "x"}, if_match="*")).status_code == 403
    assert (await manager.move("con_1", "acc_A", "2026-02-01")).status_code == 403
    assert (await manager.call("GET", "/contacts")).status_code == 200
