"""Care over HTTP on the real database."""

import pytest
import pytest_asyncio
from chassis.testing import a_manager, a_rep
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def rep(client: ServiceClient) -> Person:
    return Person(client, a_rep(path=NORTH))


async def test_a_complaint_is_opened_answered_closed_and_opened_again(rep: Person, client: ServiceClient):
    body = {
        "kind": "complaint",
        "subject": "account",
        "subject_id": "acc_A",
        "text": "late delivery",
        "visit_id": "vis_1",
    }
    case = await rep.make("/care-cases", body)
    path = f"/care-cases/{case['id']}"
    assert (case["status"], case["due_on"], case["visit_id"]) == ("open", "2026-03-02", "vis_1")
    assert (await rep.call("POST", f"{path}/assignment", {"employee_id": "emp_rep"})).status_code == 403
    early = await rep.call("POST", f"{path}/closure")
    assert (early.status_code, early.json()["code"]) == (409, "not_answered")
    for step, more, status in (
        ("answer", {"text": "on its way"}, "answered"),
        ("closure", None, "closed"),
        ("reopening", {"reason": "it is not"}, "assigned"),
    ):
        answer = await rep.call("POST", f"{path}/{step}", more)
        assert (answer.status_code, answer.json()["status"]) == (200, status), answer.text
    assert [one["id"] for one in await rep.items("/care-cases?kind=complaint&overdue=false")] == [case["id"]]
    assert await rep.items("/care-cases?overdue=true") == []
    history = await rep.items(f"{path}/history")
    assert len(history) == 4
    assert "delivery" not in str(history)
    stranger = Person(client, a_rep(path=SOUTH + "unt_t9/", employee_id="emp_other"))
    assert (await stranger.call("GET", path)).status_code == 404
    refused = await stranger.call("POST", "/care-cases", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_reference")


async def test_a_plan_is_made_by_a_manager_changed_and_ended(rep: Person, client: ServiceClient):
    manager = Person(client, a_manager())
    body = {
        "name": "Festivals",
        "subject": "contact",
        "segment": {"unit_id": "unt_north", "specialties": ["cardiology"]},
        "occasions": [{"name": "国庆节", "month": 10, "day": 1}],
    }
    assert (await rep.call("POST", "/care-plans", body)).status_code == 403
    plan = await manager.make("/care-plans", body)
    path = f"/care-plans/{plan['id']}"
    assert [one["id"] for one in await rep.items("/care-plans?status=active")] == [plan["id"]]
    assert (await manager.call("PATCH", path, {"name": "x"})).status_code == 428
    ended = await manager.call("PATCH", path, {"status": "ended"}, if_match='"1"')
    assert (ended.status_code, ended.json()["status"]) == (200, "ended")
    again = await manager.call("PATCH", path, {"name": "x"}, if_match='"2"')
    assert (again.status_code, again.json()["code"]) == (409, "plan_ended")


async def test_the_policy_is_read_by_all_and_set_by_stewards(rep: Person, client: ServiceClient):
    steward = Person(client)
    policy = await rep.get("/working-policy")
    assert (policy["version"], policy["acceptance"]["enabled"]) == (0, False)
    body = {"request_days": 4, "acceptance": {"enabled": False, "fields": ["account.beds"]}}
    assert (await steward.call("PUT", "/working-policy", body)).status_code == 428
    assert (await rep.call("PUT", "/working-policy", body, if_match='"0"')).status_code == 403
    put = await steward.call("PUT", "/working-policy", body, if_match='"0"')
    assert put.status_code == 200, put.text
    assert put.json()["version"] == 1
    assert (await steward.call("PUT", "/working-policy", body, if_match='"0"')).status_code == 412
    assert (await rep.get("/working-policy"))["request_days"] == 4
    assert len(await steward.items("/working-policy/history")) == 1
