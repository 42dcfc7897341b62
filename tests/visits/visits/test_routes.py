"""Visits over HTTP, on the real database."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.principal import Principal
from chassis.testing import a_manager, a_rep, an_admin, an_auditor, an_hq
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient, running
from visits.app import service

from tests.visits.builders import NOW, replicas
from tests.visits.stack import POINT, Representative, count, seed

pytestmark = pytest.mark.stack

AT = NOW.isoformat()
REP2 = a_rep(path=SOUTH + "unt_t9/", employee_id="emp_rep2")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(database_uri: str, database_name: str) -> AsyncIterator[ServiceClient]:
    async with running(
        service, database_uri=database_uri, database_name=database_name, clock=FixedClock(NOW)
    ) as opened:
        await seed(opened, replicas())
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def rep(client: ServiceClient) -> AsyncIterator[Representative]:
    """The representative, whose visits are all closed again afterwards."""
    yield Representative(client)
    visits = client.app.state.edge.database.collection("visits")
    await visits.update_many({"state": "checked_in"}, {"$set": {"state": "missed"}})


def as_one(client: ServiceClient, principal: Principal) -> Representative:
    return Representative(client, principal)


async def test_a_visit_from_the_plan_to_the_submission(rep: Representative):
    visit = await rep.plan()
    assert (visit["state"], visit["version"], visit["employee_id"], visit["report"]) == ("planned", 1, "emp_rep", None)
    arrived = (await rep.check_in(visit["id"])).json()
    assert (arrived["state"], arrived["distance_m"], arrived["flags"]) == ("checked_in", 0, [])
    assert arrived["check_in"] == {"at": "2026-03-02T02:00:00Z", **POINT}
    left = (await rep.check_out(visit["id"])).json()
    reported = (await rep.report(left)).json()
    assert reported["report"]["products"] == [{"product": "prd_1", "message": "a new study", "reaction": "aware"}]
    answer = await rep.submit(visit["id"])
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/visits/{visit['id']}")
    assert answer.headers["etag"] == '"5"'
    shown = (await rep.call("GET", f"/{visit['id']}")).json()
    assert shown == answer.json()
    assert (shown["state"], shown["attempt"], shown["submitted_at"]) == ("submitted", 1, "2026-03-02T02:00:00Z")


async def test_creation_names_the_new_resource(rep: Representative):
    answer = await rep.call("POST", "", {"account_id": "acc_A", "planned_at": AT})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/visits/{answer.json()['id']}"
    assert answer.headers["etag"] == '"1"'


PLAN: dict[str, Any] = {"account_id": "acc_A", "planned_at": AT, "contact_ids": ["con_1"]}
BAD_PLANS: list[tuple[str, Any, int, set[tuple[str | None, str]]]] = [
    ("nothing at all", {}, 400, {("account_id", "required"), ("planned_at", "required")}),
    ("an unknown field", PLAN | {"colour": "red"}, 400, {("colour", "unknown_field")}),
    ("a named author", PLAN | {"employee_id": "emp_rep2"}, 400, {("employee_id", "unknown_field")}),
    ("an operator", PLAN | {"account_id": {"$gt": ""}}, 400, {("account_id", "string_type")}),
    ("another kind of id", PLAN | {"account_id": "con_1"}, 400, {("account_id", "string_pattern_mismatch")}),
    (
        "an instant without offset",
        PLAN | {"planned_at": "2026-03-02T10:00:00"},
        400,
        {("planned_at", "timezone_aware")},
    ),
    ("a number for an instant", PLAN | {"planned_at": True}, 400, {("planned_at", "datetime_type")}),
    ("a list for an object", [], 400, {(None, "model_type")}),
    ("no list of contacts", PLAN | {"contact_ids": "con_1"}, 400, {("contact_ids", "list_type")}),
    ("too many contacts", PLAN | {"contact_ids": ["con_1"] * 51}, 400, {("contact_ids", "too_long")}),
    ("a foreign visit id", PLAN | {"visit_id": "acc_1"}, 400, {("visit_id", "string_pattern_mismatch")}),
    ("the year 1800", PLAN | {"planned_at": "1800-01-01T00:00:00Z"}, 400, {("planned_at", "date_out_of_range")}),
    ("three years ahead", PLAN | {"planned_at": "2029-03-02T00:00:00Z"}, 422, {("planned_at", "absurd_date")}),
    ("an absent institution", PLAN | {"account_id": "acc_none"}, 422, {("account_id", "unknown_reference")}),
    ("a foreign institution", PLAN | {"account_id": "acc_south"}, 422, {("account_id", "unknown_reference")}),
    (
        "everything at once",
        {"account_id": "acc_closed", "planned_at": "2029-03-02T00:00:00Z", "contact_ids": ["con_1", "con_none"]},
        422,
        {
            ("planned_at", "absurd_date"),
            ("account_id", "account_closed"),
            ("contact_ids[0]", "not_affiliated"),
            ("contact_ids[1]", "unknown_reference"),
        },
    ),
]


@pytest.mark.parametrize(("body", "status", "wrong"), [row[1:] for row in BAD_PLANS], ids=[row[0] for row in BAD_PLANS])
async def test_a_bad_plan_is_refused_whole(
    rep: Representative, body: Any, status: int, wrong: set[tuple[str | None, str]]
):
    before = await count(rep.client, "journal")
    answer = await rep.call("POST", "", body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert {(v["field"], v["code"]) for v in answer.json()["violations"]} == wrong
    assert await count(rep.client, "journal") == before


async def test_what_is_no_json_is_refused(rep: Representative):
    sent = await rep.client.post(
        "/api/v1/visits", content=b'{"account_id": ', headers={**rep.headers, "content-type": "application/json"}
    )
    assert (sent.status_code, sent.json()["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("path", "body", "status", "wrong"),
    [
        ("check-in", {"at": AT, **POINT, "lat": 91}, 400, {("lat", "less_than_equal")}),
        ("check-in", {"at": AT, **POINT, "lon": "116"}, 400, {("lon", "float_type")}),
        ("check-in", {"at": AT, **POINT, "accuracy_m": -1}, 400, {("accuracy_m", "greater_than_equal")}),
        ("check-in", {"at": "2026-03-02T02:16:00Z", **POINT}, 422, {("at", "device_time_ahead")}),
        ("check-in", {"at": "2023-03-02T02:16:00Z", **POINT}, 422, {("at", "absurd_date")}),
        ("check-out", {"at": AT}, 409, set()),
        ("submission", None, 409, set()),
        ("submission", {"attempt": 3}, 400, {("attempt", "unknown_field")}),
        ("cancellation", {}, 400, {("reason", "required")}),
        ("cancellation", {"reason": "  "}, 400, {("reason", "string_too_short")}),
        ("cancellation", {"reason": "x", "reason_code": "boredom"}, 400, {("reason_code", "enum")}),
    ],
)
async def test_a_bad_action_is_refused_whole(
    rep: Representative, path: str, body: Any, status: int, wrong: set[tuple[str, str]]
):
    visit = await rep.plan()
    answer = await rep.call("POST", f"/{visit['id']}/{path}", body)
    assert answer.status_code == status, answer.text
    assert {(v["field"], v["code"]) for v in answer.json()["violations"]} == wrong
    assert (await rep.call("GET", f"/{visit['id']}")).json() == visit


async def test_an_illegal_transition_names_the_present_state(rep: Representative):
    visit = await rep.plan()
    problem = (await rep.check_out(visit["id"])).json()
    assert (problem["code"], problem["state"], problem["allowed_from"]) == (
        "illegal_transition",
        "planned",
        ["checked_in"],
    )


async def test_a_bad_report_is_refused_whole(rep: Representative):
    visit = (await rep.check_in((await rep.plan())["id"])).json()
    schema = await rep.report(
        visit,
        materials=[{"lot_id": "lot_1", "contact_id": "con_1", "quantity": 0}],
        products=[{"product": "prd_1", "reaction": "ecstatic"}],
    )
    assert schema.status_code == 400
    assert {v["field"] for v in schema.json()["violations"]} == {"materials[0].quantity", "products[0].reaction"}
    rules = await rep.report(
        visit, attendees=["con_B"], materials=[{"lot_id": "lot_9", "contact_id": "con_1", "quantity": 1}]
    )
    assert rules.status_code == 422
    assert {(v["field"], v["code"]) for v in rules.json()["violations"]} == {
        ("attendees[0]", "not_affiliated"),
        ("materials[0].lot_id", "unknown_reference"),
        ("materials[0].contact_id", "not_an_attendee"),
    }
    assert (await rep.call("GET", f"/{visit['id']}")).json() == visit


async def test_what_was_submitted_is_read_only(rep: Representative):
    visit = await rep.reported()
    submitted = (await rep.submit(visit["id"])).json()
    for answer in (
        await rep.report(submitted),
        await rep.submit(visit["id"]),
        await rep.call("POST", f"/{visit['id']}/cancellation", {"reason": "no"}),
    ):
        assert (answer.status_code, answer.json()["state"]) == (409, "submitted")


async def test_a_report_needs_the_version_that_was_read(rep: Representative):
    visit = (await rep.check_in((await rep.plan())["id"])).json()
    path, body = f"/{visit['id']}/report", {"attendees": ["con_1"]}
    assert (await rep.call("PUT", path, body)).status_code == 428
    stale = await rep.call("PUT", path, body, if_match='"1"')
    assert (stale.status_code, stale.json()["version"]) == (412, 2)
    assert (await rep.call("PUT", path, body, if_match="nonsense")).status_code == 400
    fresh = await rep.call("PUT", path, body, if_match='"2"')
    assert (fresh.status_code, fresh.headers["etag"]) == (200, '"3"')
    action = await rep.call("POST", f"/{visit['id']}/check-out", {"at": AT}, if_match='"1"')
    assert action.status_code == 412, "optional on actions, but honoured"


async def test_another_region_finds_nothing_anywhere(rep: Representative):
    visit = await rep.plan()
    other = as_one(rep.client, REP2)
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/history", None),
        ("POST", "/check-in", {"at": AT, **POINT}),
        ("POST", "/check-out", {"at": AT}),
        ("POST", "/submission", None),
        ("POST", "/cancellation", {"reason": "not mine"}),
        ("PUT", "/report", {"attendees": ["con_1"]}),
    ):
        foreign = await other.call(method, f"/{visit['id']}{path}", body, if_match='"1"')
        absent = await other.call(method, f"/vis_none{path}", body, if_match='"1"')
        assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
        assert absent.status_code == 404
    assert (await other.call("GET", "")).json() == {"items": [], "next": None}


async def test_a_manager_reads_and_does_not_write(rep: Representative):
    visit = await rep.plan()
    manager = as_one(rep.client, a_manager())
    assert (await manager.call("GET", f"/{visit['id']}")).json() == visit
    refused = await manager.check_in(visit["id"])
    assert (refused.status_code, refused.json()["code"]) == (403, "not_the_author")


@pytest.mark.parametrize("principal", [an_hq(), an_admin(), an_auditor()], ids=["hq", "admin", "auditor"])
async def test_roles_without_the_verb_are_refused_before_anything_is_looked_up(
    client: ServiceClient, principal: Principal
):
    one = as_one(client, principal)
    for answer in (await one.call("POST", "", {"nonsense": 1}), await one.check_in("vis_none")):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await one.call("GET", "")).status_code == 200


async def test_nobody_acts_without_a_token(client: ServiceClient):
    assert (await client.get("/api/v1/visits")).status_code == 401
    assert (await client.post("/api/v1/visits", json=PLAN)).status_code == 401


async def test_a_repeated_key_has_one_effect_and_one_answer(rep: Representative):
    before = await count(rep.client, "visits")
    answers = await asyncio.gather(*(rep.call("POST", "", PLAN, idempotency_key="plan-1") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count(rep.client, "visits") == before + 1
    other = await rep.call("POST", "", PLAN | {"contact_ids": []}, idempotency_key="plan-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_twins_with_one_client_made_id_are_one_visit(rep: Representative):
    answers = await asyncio.gather(*(rep.call("POST", "", PLAN | {"visit_id": "vis_twin"}) for _ in range(8)))
    assert [(answer.status_code, answer.json()["id"]) for answer in answers] == [(201, "vis_twin")] * 8
    other = await rep.call("POST", "", PLAN | {"visit_id": "vis_twin", "contact_ids": []})
    assert (other.status_code, other.json()["code"]) == (409, "visit_id_taken")


async def test_of_two_submissions_at_once_one_is_taken(rep: Representative):
    visit = await rep.reported()
    answers = await asyncio.gather(*(rep.submit(visit["id"]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409, 409]
    assert (await rep.call("GET", f"/{visit['id']}")).json()["attempt"] == 1


async def test_without_an_answer_the_wait_ends_with_202(rep: Representative):
    visit = await rep.reported()
    started = time.monotonic()
    answer = await rep.submit(visit["id"], prefer="wait=1")
    assert 0.9 < time.monotonic() - started < 5
    assert (answer.status_code, answer.json()["state"]) == (202, "submitted")
    assert (answer.headers["preference-applied"], answer.headers["location"]) == (
        "wait=1",
        f"/api/v1/visits/{visit['id']}",
    )


@pytest.mark.parametrize("prefer", ["wait=soon", "respond-async", "wait=-1", "wait=0"])
async def test_a_preference_that_asks_for_no_wait_is_answered_at_once(rep: Representative, prefer: str):
    visit = await rep.reported()
    answer = await rep.submit(visit["id"], prefer=prefer)
    assert answer.status_code == 202
    assert "preference-applied" not in answer.headers


async def test_history_names_personal_fields_and_never_shows_them(rep: Representative):
    visit = await rep.reported()
    answer = await rep.call("GET", f"/{visit['id']}/history")
    changes = answer.json()["items"]
    assert [change["command"] for change in changes] == [
        "plan_visit",
        "check_in_visit",
        "check_out_visit",
        "write_report",
    ]
    assert "check_in_fix" in changes[1]["changed"]
    assert "feedback" in changes[3]["changed"]
    assert changes[1]["after"]["state"] == "checked_in"
    for secret in ("39.9139", "a new study", "wants to read it", "bring the study"):
        assert secret not in answer.text
