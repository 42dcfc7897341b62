"""The plan for an institution, on the real database."""

import asyncio

import pytest
import pytest_asyncio
from chassis.testing import a_manager
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack

OBJECTIVE = {"text": "Listed in the formulary by June", "measure": "packs", "target": 500, "due_on": "2026-06-30"}
RIVAL = {"manufacturer": "Other Pharma", "product": "Rivalin", "presence": "leading", "share": 60}


@pytest_asyncio.fixture(loop_scope="session")
async def manager(client: ServiceClient) -> Person:
    return Person(client, a_manager())


async def test_a_plan_is_drafted_activated_closed_and_begun_again(manager: Person, client: ServiceClient):
    steward = Person(client)
    account = await steward.account("Planned Hospital")
    contact = await steward.contact("陈主任", at=account["id"])
    path = f"/accounts/{account['id']}/plan"
    empty = await manager.call("GET", path)
    assert (empty.status_code, empty.headers["etag"], empty.json()["status"]) == (200, '"0"', "draft")
    body = {
        "objectives": [OBJECTIVE],
        "key_contacts": [{"contact_id": contact["id"], "stance": "supporter"}],
        "competitors": [RIVAL],
    }
    assert (await manager.call("PUT", path, body)).status_code == 428
    drafted = await manager.call("PUT", path, body, if_match='"0"')
    assert (drafted.status_code, drafted.headers["etag"]) == (200, '"1"'), drafted.text
    assert drafted.json()["objectives"] == [OBJECTIVE | {"status": "open"}]
    assert (await manager.call("PUT", path, body, if_match='"0"')).status_code == 412
    active = await manager.call("PUT", path, body | {"status": "active"}, if_match='"1"')
    assert active.json()["status"] == "active"
    back = await manager.call("PUT", path, body, if_match='"2"')
    assert (back.status_code, back.json()["code"]) == (409, "illegal_transition")
    assert (await manager.call("PUT", path, body | {"status": "closed"}, if_match='"2"')).status_code == 200
    assert (await manager.call("PUT", path, {}, if_match='"3"')).json()["objectives"] == []
    history = await manager.items(f"{path}/history")
    assert [entry["version"] for entry in history] == [1, 2, 3, 4]
    assert "formulary" not in str(history)
    known = await manager.get(f"{path}?known_at={drafted_at(history)}")
    assert known["objectives"] == drafted.json()["objectives"]
    assert (await Person(client, a_manager(path=SOUTH)).call("GET", path)).status_code == 404


def drafted_at(history: list[dict]) -> str:
    return history[0]["recorded_at"].replace("+", "%2B")


async def test_what_is_wrong_with_a_plan_is_said_at_once(manager: Person, client: ServiceClient):
    steward = Person(client)
    account = await steward.account("Misplanned Hospital")
    elsewhere = await steward.contact("别处的人")
    body = {
        "status": "active",
        "period_from": "2026-06-01",
        "period_to": "2026-01-01",
        "key_contacts": [{"contact_id": elsewhere["id"]}, {"contact_id": "con_none"}],
        "competitors": [{"manufacturer": "Other Pharma"}],
    }
    answer = await manager.call("PUT", f"/accounts/{account['id']}/plan", body, if_match='"0"')
    assert answer.status_code == 422
    assert {(one["field"], one["code"]) for one in answer.json()["violations"]} == {
        ("objectives", "objectives_missing"),
        ("period_to", "period_ends_before_start"),
        ("key_contacts[0].contact_id", "contact_not_affiliated"),
        ("key_contacts[1].contact_id", "unknown_reference"),
        ("competitors[0].product", "competitor_without_product"),
    }


async def test_of_two_first_versions_at_once_one_is_kept(manager: Person, client: ServiceClient):
    account = await Person(client).account("Contested Hospital")
    path = f"/accounts/{account['id']}/plan"
    answers = await asyncio.gather(
        *(manager.call("PUT", path, {"competitors": [RIVAL | {"share": n}]}, if_match='"0"') for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
