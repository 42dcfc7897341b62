"""Many rows in one request, on the real database."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from chassis.testing import a_rep
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person, documents

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


def a_row(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "clinic", "unit_id": "unt_north"} | more


def summary(answer: Any) -> list[tuple[int, str | None]]:
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [one["index"] for one in items] == list(range(len(items)))
    return [(one["status"], (one["problem"] or {}).get("code")) for one in items]


async def test_every_row_gets_the_verdict_of_a_request_of_its_own(steward: Person):
    there = await steward.account("Bulk Hospital There", beds=1)
    other = await steward.account("Bulk Hospital Other")
    rows = [
        a_row("Bulk Clinic 1", departments=[{"name": "Ward"}]),
        a_row("Bulk Clinic 1"),
        a_row("Bulk Clinic 2", unit_id="unt_none", division_code="999999"),
        {"name": "Bulk Clinic 3"},
        {"id": there["id"], "version": 1, "beds": 2},
        {"id": other["id"], "version": 7, "beds": 2},
        {"id": "acc_none", "version": 1, "beds": 2},
        {"id": other["id"], "beds": 3},
    ]
    answer = await steward.call("POST", "/accounts/bulk", {"items": rows})
    assert summary(answer) == [
        (201, None),
        (409, "already_registered"),
        (422, "unknown_reference"),
        (400, "invalid_request"),
        (200, None),
        (422, "repeated_row"),
        (404, "not_found"),
        (422, "repeated_row"),
    ]
    items = answer.json()["items"]
    assert items[1]["problem"]["account_id"] == items[0]["id"]
    assert {one["code"] for one in items[2]["problem"]["violations"]} == {"unknown_reference", "implausible_division"}
    assert {one["field"] for one in items[3]["problem"]["violations"]} == {"kind", "unit_id"}
    assert (items[0]["etag"], items[4]["etag"]) == ('"1"', '"2"')
    assert (await steward.get(f"/accounts/{there['id']}"))["beds"] == 2
    stale = [{"id": other["id"], "version": 7, "beds": 2}]
    assert summary(await steward.call("POST", "/accounts/bulk", {"items": stale})) == [(412, "stale_version")]
    unread = [{"id": other["id"], "beds": 2}]
    assert summary(await steward.call("POST", "/accounts/bulk", {"items": unread})) == [(428, "match_required")]


async def test_with_all_or_none_one_refusal_keeps_everything_out(steward: Person, client: ServiceClient):
    before = await documents(client)
    rows = [a_row("Together 1"), a_row("Together 2", division_code="999999"), a_row("Together 3")]
    answer = await steward.call("POST", "/accounts/bulk", {"all_or_none": True, "items": rows})
    assert summary(answer) == [(424, None), (422, "implausible_division"), (424, None)]
    assert await documents(client) == before
    rows[1] = a_row("Together 2")
    answer = await steward.call("POST", "/accounts/bulk", {"all_or_none": True, "items": rows})
    assert summary(answer) == [(201, None)] * 3
    assert len(await steward.items("/accounts?q=Together")) == 3


async def test_the_same_request_again_has_one_effect_in_every_batch(steward: Person, client: ServiceClient):
    rows = [a_row(f"Repeated Clinic {n:03d}") for n in range(120)]
    body = {"items": rows}
    answers = await asyncio.gather(
        *(steward.call("POST", "/accounts/bulk", body, idempotency_key="bulk-once") for _ in range(3))
    )
    assert summary(answers[0]) == [(201, None)] * 120
    assert len({answer.text for answer in answers}) == 1
    assert len(await steward.items("/accounts?q=Repeated Clinic&limit=500")) == 120
    changed = await steward.call("POST", "/accounts/bulk", {"items": rows[:1]}, idempotency_key="bulk-once")
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")


async def test_contacts_come_in_bulk_too(steward: Person):
    place = (await steward.account("Bulk Contacts Hospital"))["id"]
    mobile = "13912345678"
    rows = [
        {"name": "张三", "mobile": mobile, "affiliation": {"account_id": place}},
        {"name": "李四", "mobile": mobile, "affiliation": {"account_id": place}},
        {"name": "王五", "affiliation": {"account_id": "acc_C"}},
        {"name": "赵六"},
    ]
    answer = await steward.call("POST", "/contacts/bulk", {"items": rows})
    assert summary(answer) == [
        (201, None),
        (409, "already_registered"),
        (422, "institution_closed"),
        (400, "invalid_request"),
    ]
    made = answer.json()["items"][0]
    change = [{"id": made["id"], "version": 1, "title": "chief physician"}]
    assert summary(await steward.call("POST", "/contacts/bulk", {"items": change})) == [(200, None)]
    assert (await steward.get(f"/contacts/{made['id']}"))["title"] == "chief physician"


@pytest.mark.parametrize("items", [[], [a_row("x")] * 501, [a_row("x", surprise=1)], [a_row("x", beds="many")]])
async def test_what_does_not_fit_the_schema_is_refused_as_a_whole(steward: Person, items: list[Any]):
    answer = await steward.call("POST", "/accounts/bulk", {"items": items})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_a_representative_has_no_bulk(client: ServiceClient):
    rep = Person(client, a_rep())
    assert (await rep.call("POST", "/accounts/bulk", {"items": [a_row("x")]})).status_code == 403
