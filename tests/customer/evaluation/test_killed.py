"""A run whose worker is killed in the middle goes on where it stood, on the facts of its beginning."""

import asyncio
import signal
from typing import Any

import pytest
from chassis.testing import an_hq
from chassis.testing.service import ServiceClient, running
from customer.app import service
from customer.evaluation.runs import BATCH

from tests.customer.builders import an_account, the_units
from tests.customer.evaluation.samples import a_model
from tests.customer.realignments.test_killed import worker
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack

SUBJECTS = 5 * BATCH
WITHIN_S = 90.0


async def _progress(hq: Person, path: str, at_least: int) -> dict[str, Any]:
    async with asyncio.timeout(WITHIN_S):
        while True:
            run = await hq.get(path)
            if run["state"] in ("done", "failed") or run["scored"] + run["unscored"] >= at_least:
                return run
            await asyncio.sleep(0.02)


async def _corrected(client: ServiceClient, **facts: Any) -> None:
    steward = Person(client)
    seen = await steward.call("GET", "/accounts/acc_0000")
    answer = await steward.call("PATCH", "/accounts/acc_0000", facts, If_Match=seen.headers["etag"])
    assert answer.status_code == 200, answer.text


async def test_a_killed_run_is_finished_by_another_worker_with_everybody_scored_once(
    database_uri: str, database_name: str, broker_address: str, topics: str
):
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
    ) as client:
        database = client.app.state.edge.database
        await seed(client, the_units())
        accounts = [
            an_account(f"acc_{number:04d}", beds=number, discharges=number).dump() | {"version": 1}
            for number in range(SUBJECTS)
        ]
        await database.collection("accounts").insert_many(accounts)
        await _corrected(client, address="1 Road")
        hq = Person(client, an_hq())
        model = await hq.make("/score-models", a_model())
        path = f"/score-models/{model['id']}"
        assert (await hq.call("POST", f"{path}/activation", {})).status_code == 200
        asked = await hq.call("POST", f"{path}/runs", {"as_of": "2026-03-01"})
        run_path = f"{path}/runs/{asked.json()['id']}"
        async with worker(client) as first:
            halfway = await _progress(hq, run_path, BATCH)
            first.send_signal(signal.SIGKILL)
            await first.wait()
        assert halfway["state"] == "running"
        assert halfway["scored"] < SUBJECTS
        unfinished = await hq.call("GET", "/accounts/acc_0000/score?as_of=2026-03-01")
        assert unfinished.json()["code"] == "not_scored", "what is half done is not shown"
        await _corrected(client, beds=5_000)
        async with worker(client):
            finished = await _progress(hq, run_path, SUBJECTS + 1)
        assert (finished["state"], finished["errors"], finished["total"]) == ("done", [], SUBJECTS)
        assert (finished["scored"], finished["changed"]) == (SUBJECTS, SUBJECTS)
        scores = await database.collection("scores").find({}).to_list(None)
        assert {(one["version"], one["sequence"]) for one in scores} == {(1, 1)}
        expected = {f"acc_{n:04d}": round(100 * (n + 0.5) / SUBJECTS, 4) for n in range(SUBJECTS)}
        assert {one["subject_id"]: one["score"] for one in scores} == pytest.approx(expected, abs=1e-3)
        journal = database.collection("journal")
        assert await journal.count_documents({"kind": "score"}) == SUBJECTS
