"""Evaluation over HTTP, on the real database with the worker that carries runs out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from chassis.clock import FixedClock, from_microseconds
from chassis.principal import Principal
from chassis.testing import a_manager, a_rep, an_hq
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient, running
from contracts.values import Grade
from customer.app import service

from tests.customer.builders import NOW, a_contact, an_account, the_units
from tests.customer.evaluation.samples import LIMITS, a_model, weighed
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(
    database_uri: str, database_name: str, broker_address: str, topics: str
) -> AsyncIterator[ServiceClient]:
    """Four hospitals in the north, one in the south that tells nothing, and two doctors; runs are carried out."""
    stored = [an_account(f"acc_{n}", beds=100 * n, discharges=10 * n, grade=Grade.G3A) for n in range(1, 5)]
    stored += [an_account("acc_B", path=SOUTH)]
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
        reactions=True,
        clock=FixedClock(NOW),
    ) as opened:
        contacts = [a_contact("con_1", at="acc_1", role="科主任"), a_contact("con_2", at="acc_2")]
        await seed(opened, [*the_units(), *stored, *contacts])
        yield opened


class Evaluator(Person):
    """Somebody of the head office who evaluates."""

    async def active(self, subject: str = "account", **more: Any) -> str:
        """The id of a model in force."""
        model = await self.make("/score-models", a_model(subject, **more))
        answer = await self.call("POST", f"/score-models/{model['id']}/activation", {})
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "active"
        return model["id"]

    async def run(self, model_id: str, as_of: str = "2026-03-01", **more: Any) -> dict[str, Any]:
        """The run of a date, when it is done."""
        answer = await self.call("POST", f"/score-models/{model_id}/runs", {"as_of": as_of} | more)
        assert answer.status_code == 202, answer.text
        path = answer.headers["location"].removeprefix("/api/v1")
        async with asyncio.timeout(30):
            while True:
                found = await self.get(path)
                if found["state"] in ("done", "failed"):
                    return found
                await asyncio.sleep(0.05)

    async def documents(self) -> dict[str, int]:
        """How many documents there are that evaluation may write."""
        database = self.client.app.state.edge.database
        names = ("score_models", "scores", "score_runs", "score_overrides", "journal", "job_progress")
        return {name: await database.collection(name).count_documents({}) for name in names}


def somebody(client: ServiceClient, principal: Principal) -> Evaluator:
    return Evaluator(client, principal)


async def corrected(client: ServiceClient, account_id: str, **facts: Any) -> None:
    steward = Person(client)
    account = await steward.call("GET", f"/accounts/{account_id}")
    changed = await steward.call("PATCH", f"/accounts/{account_id}", facts, If_Match=account.headers["etag"])
    assert changed.status_code == 200, changed.text


@pytest.fixture
def hq(client: ServiceClient) -> Evaluator:
    return Evaluator(client, an_hq())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scored(client: ServiceClient) -> str:
    """The id of a model in force that has scored the institutions for a day in January and today."""
    await corrected(client, "acc_4", address="1 Road")
    hq = Evaluator(client, an_hq())
    model_id = await hq.active(population=["kind", "region"])
    for on in ("2026-01-10", "2026-03-01"):
        run = await hq.run(model_id, on)
        assert (run["state"], run["scored"], run["unscored"], run["progress"]) == ("done", 4, 1, 1.0)
    return model_id


async def test_a_score_is_explained_input_by_input(client: ServiceClient, scored: str):
    rep = somebody(client, a_rep(NORTH))
    score = await rep.get("/accounts/acc_3/score")
    assert (score["score"], score["tier"], score["scored_tier"], score["missing"]) == (62.5, "B", "B", [])
    assert (score["model_id"], score["model_version"], score["scored_on"]) == (scored, 1, "2026-03-01")
    assert score["population"] == {"kind": "hospital", "region": "unt_north"}
    assert score["inputs"] == [
        {
            "code": "beds",
            "source": "account",
            "weight": 60.0,
            "value": 300.0,
            "percentile": 62.5,
            "contribution": 37.5,
            "population": 4,
            "compared_by": {"kind": "hospital", "region": "unt_north"},
            "missing": False,
        },
        {
            "code": "discharges",
            "source": "account",
            "weight": 40.0,
            "value": 30.0,
            "percentile": 62.5,
            "contribution": 25.0,
            "population": 4,
            "compared_by": {"kind": "hospital", "region": "unt_north"},
            "missing": False,
        },
    ]
    south = await somebody(client, a_manager(SOUTH)).get("/accounts/acc_B/score")
    assert (south["score"], south["tier"], south["missing"]) == (None, None, ["beds", "discharges"])
    assert [one["missing"] for one in south["inputs"]] == [True, True]
    outside = await rep.call("GET", "/accounts/acc_B/score")
    assert (outside.status_code, outside.json()["code"]) == (404, "not_found")


async def test_dates_and_instants_decide_which_score_is_shown(client: ServiceClient, scored: str, hq: Evaluator):
    assert (await hq.get("/accounts/acc_1/score?as_of=2026-02-15"))["scored_on"] == "2026-01-10"
    early = await hq.call("GET", "/accounts/acc_1/score?as_of=2026-01-09")
    assert (early.status_code, early.json()["code"]) == (404, "not_scored")
    before = await hq.call("GET", "/accounts/acc_1/score?known_at=2020-01-01T00:00:00Z")
    assert before.status_code == 404
    future = await hq.call("GET", "/accounts/acc_1/score?known_at=2199-01-01T00:00:00Z")
    assert future.status_code == 400
    lonely = await hq.call("GET", "/accounts/acc_1/score?version=1")
    assert lonely.status_code == 400
    named = await hq.get(f"/accounts/acc_1/score?model={scored}&version=1")
    assert named["scored_on"] == "2026-03-01"


def _instant(microseconds: int) -> str:
    return from_microseconds(microseconds).isoformat().replace("+00:00", "Z")


async def test_lists_hold_what_is_in_scope(client: ServiceClient, scored: str, hq: Evaluator):
    async def ids(person: Person, query: str) -> list[str]:
        return [one["subject_id"] for one in await person.items(f"/scores?subject=account{query}")]

    assert await ids(hq, "") == ["acc_1", "acc_2", "acc_3", "acc_4", "acc_B"]
    assert await ids(hq, "&tier=D") == ["acc_1"]
    assert await ids(hq, "&unit_id=unt_south") == ["acc_B"]
    assert await ids(somebody(client, a_manager(SOUTH)), "") == ["acc_B"]
    assert await ids(somebody(client, a_rep(NORTH)), "&unit_id=unt_south") == []
    page = await hq.get("/scores?subject=account&limit=2&tier=C")
    assert ([one["subject_id"] for one in page["items"]], page["next"]) == (["acc_2"], None)
    first = await hq.get("/scores?subject=account&limit=2")
    rest = await hq.get(f"/scores?subject=account&limit=500&cursor={first['next']}")
    assert [one["subject_id"] for one in first["items"] + rest["items"]] == await ids(hq, "")
    foreign = await hq.call("GET", f"/scores?subject=account&tier=A&cursor={first['next']}")
    assert foreign.status_code == 400
    assert (await hq.call("GET", "/scores?subject=contact")).json()["code"] == "not_scored"


async def test_an_override_counts_once_somebody_else_has_approved_it(client: ServiceClient, scored: str, hq: Evaluator):
    rep, manager = somebody(client, a_rep(NORTH)), somebody(client, a_manager(NORTH))
    body = {"tier": "A", "reason": "The new wing", "expires_on": "2026-04-01"}
    override = await rep.make("/accounts/acc_2/score-overrides", body)
    assert (override["state"], override["reason"]) == ("requested", "The new wing")
    assert (await hq.get("/accounts/acc_2/score"))["tier"] == "C"
    path = f"/score-overrides/{override['id']}"
    assert (await rep.call("POST", f"{path}/approval", {})).status_code == 403
    assert (await somebody(client, a_manager(SOUTH)).call("POST", f"{path}/approval", {})).status_code == 404
    assert (await manager.call("POST", f"{path}/approval", {}, If_Match='"9"')).status_code == 412
    assert (await manager.call("POST", f"{path}/approval", {"reason": "I was there"})).json()["state"] == "approved"
    score = await rep.get("/accounts/acc_2/score")
    assert (score["tier"], score["scored_tier"], score["override"]["id"]) == ("A", "C", override["id"])
    assert (await rep.get("/accounts/acc_2/score?as_of=2026-03-31"))["tier"] == "A"
    assert (await rep.get("/accounts/acc_2/score?as_of=2026-04-01"))["tier"] == "C", "it has expired by itself"
    assert (await rep.get("/accounts/acc_2/score?as_of=2026-02-01"))["tier"] == "C", "it was not in force yet"
    tops = [one["subject_id"] for one in await rep.items("/scores?subject=account&tier=A")]
    assert "acc_2" in tops
    assert [one["id"] for one in await rep.items("/score-overrides?state=approved")] == [override["id"]]
    assert await somebody(client, a_manager(SOUTH)).items("/score-overrides") == []
    assert (await somebody(client, a_manager(SOUTH)).call("GET", path)).status_code == 404
    own = await manager.make("/accounts/acc_3/score-overrides", body)
    refused = await manager.call("POST", f"/score-overrides/{own['id']}/approval", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "approver_is_requester")


async def test_what_if_tells_who_would_change_and_stores_nothing(client: ServiceClient, scored: str, hq: Evaluator):
    body = {"inputs": weighed(discharges=100), "population": [], "thresholds": LIMITS | {"A": 30, "B": 20, "C": 10}}
    await hq.make(f"/score-models/{scored}/versions", body)
    before = await hq.documents()
    told = await hq.call("POST", f"/score-models/{scored}/what-if", {"as_of": "2026-03-01"})
    assert told.status_code == 200, told.text
    found = told.json()
    assert (found["version"], found["against"]) == (2, {"model_id": scored, "version": 1})
    assert found["subjects"] == 5
    assert found["changed"] == sum(one["count"] for one in found["changes"]) == len(found["rows"])
    moves = {row["subject_id"]: (row["from_tier"], row["to_tier"]) for row in found["rows"]}
    assert moves["acc_2"] == ("C", "A")
    assert moves["acc_1"][1] == "C"
    assert "acc_B" not in moves
    assert await hq.documents() == before
    draft = await hq.call("POST", f"/score-models/{scored}/runs", {"as_of": "2026-03-01", "version": 2})
    assert (draft.status_code, draft.json()["code"]) == (409, "version_is_draft")


async def test_doctors_are_scored_too(client: ServiceClient, hq: Evaluator):
    model_id = await hq.active("contact", inputs=weighed(role=100), population=["grade_band"])
    run = await hq.run(model_id)
    assert (run["scored"], run["unscored"]) == (2, 0)
    score = await somebody(client, a_rep(NORTH)).get("/contacts/con_1/score")
    assert (score["score"], score["tier"], score["population"]) == (75.0, "B", {"grade_band": "3"})
    assert [one["subject_id"] for one in await hq.items("/scores?subject=contact&tier=C")] == ["con_2"]
    assert (await somebody(client, a_rep(SOUTH)).call("GET", "/contacts/con_1/score")).status_code == 404


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"inputs": weighed(beds=60, discharges=41)}, 422, "weights_not_100"),
        ({"inputs": []}, 422, "no_inputs"),
        ({"inputs": weighed(horoscope=100)}, 422, "unknown_input"),
        ({"subject": "contact", "inputs": weighed(prescriptions=100)}, 422, "prescriber_level_data_forbidden"),
        ({"thresholds": {"A": 10, "B": 20, "C": 30}}, 422, "thresholds_not_ordered"),
        ({"thresholds": {"A": 101, "B": 20, "C": 3}}, 400, "invalid_request"),
        ({"inputs": [{"code": "beds", "weight": -1}]}, 400, "invalid_request"),
        ({"subject": "employee"}, 400, "invalid_request"),
    ],
)
async def test_what_is_no_model(hq: Evaluator, more: dict[str, Any], status: int, code: str):
    before = await hq.documents()
    answer = await hq.call("POST", "/score-models", a_model() | more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await hq.documents() == before


async def test_who_may_do_what(client: ServiceClient, scored: str, hq: Evaluator):
    rep, manager = somebody(client, a_rep(NORTH)), somebody(client, a_manager(NORTH))
    for person in (rep, manager):
        for path, body in (
            ("/score-models", a_model()),
            (f"/score-models/{scored}/runs", {"as_of": "2026-03-01"}),
            (f"/score-models/{scored}/what-if", {}),
            (f"/score-models/{scored}/activation", {}),
        ):
            assert (await person.call("POST", path, body)).status_code == 403
    assert scored in [one["id"] for one in await rep.items("/score-models?subject=account")]
    catalogue = await rep.get("/score-models/inputs")
    assert {"beds", "role"} <= {one["code"] for one in catalogue["inputs"]}
    assert (await hq.call("GET", "/score-models/scm_0none")).status_code == 404
    assert (await hq.call("POST", "/score-models/scm_0none/runs", {"as_of": "2026-03-01"})).status_code == 404


async def test_a_date_scored_again_keeps_what_was_believed_before(client: ServiceClient, scored: str, hq: Evaluator):
    first = await hq.get("/accounts/acc_4/score?as_of=2026-01-10")
    await corrected(client, "acc_4", beds=1)
    again = await hq.run(scored, "2026-01-10", version=1)
    assert again["changed"] == 4
    second = await hq.get("/accounts/acc_4/score?as_of=2026-01-10")
    assert (first["score"], second["score"]) == (87.5, 60 * 0.125 + 40 * 0.875)
    instant = first["recorded_at"].replace("+00:00", "Z")
    runs = (await hq.items(f"/score-models/{scored}/runs"))[::-1]
    assert [run["as_of"] for run in runs] == ["2026-01-10", "2026-03-01", "2026-01-10"]
    database = client.app.state.edge.database
    journal = await database.collection("journal").find({"aggregate_id": runs[0]["id"]}).to_list(None)
    done = max(entry["recorded_at"] for entry in journal)
    assert instant < _instant(done)
    believed = await hq.get(f"/accounts/acc_4/score?as_of=2026-01-10&known_at={_instant(done)}")
    assert believed["score"] == 87.5
    today = await hq.get("/accounts/acc_4/score")
    assert today["score"] == 87.5, "the run of today has not been repeated"
    assert len(await hq.items(f"/scores?subject=account&as_of=2026-01-10&known_at={_instant(done)}&tier=A")) == 1
    assert await hq.items("/scores?subject=account&as_of=2026-01-10&tier=A") == []


async def test_two_activations_at_once_leave_one_model_in_force(hq: Evaluator):
    models = [await hq.make("/score-models", a_model(name=f"Model {n}")) for n in range(4)]
    answers = await asyncio.gather(*(hq.call("POST", f"/score-models/{one['id']}/activation", {}) for one in models))
    assert {answer.status_code for answer in answers} == {200}
    active = [one for one in await hq.items("/score-models?subject=account&limit=100") if one["state"] == "active"]
    assert len(active) == 1
