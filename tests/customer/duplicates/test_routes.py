"""Pairs over HTTP, on the real database and the real broker: registered, found, dismissed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.testing import a_manager, a_rep
from chassis.testing.principals import HQ_PATH, NORTH, SOUTH
from chassis.testing.service import ServiceClient, running
from customer.app import service

from tests.customer.builders import NOW, the_units
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(
    database_uri: str, database_name: str, broker_address: str, topic_prefix: str
) -> AsyncIterator[ServiceClient]:
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topic_prefix,
        relay=True,
        reactions=True,
        clock=FixedClock(NOW),
    ) as opened:
        await seed(opened, the_units())
        yield opened


async def found(person: Person, *ids: str, at_least: int = 1, **filters: Any) -> list[Any]:
    """The pairs of these entries, once there are as many."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    pairs: list[Any] = []
    for _ in range(200):
        items = await person.items(f"/duplicates?limit=100&{query}")
        pairs = [one for one in items if {one["left_id"], one["right_id"]} & set(ids)]
        if len(pairs) >= at_least:
            break
        await asyncio.sleep(0.1)
    return pairs


async def test_what_is_registered_twice_shows_up_by_itself_and_can_be_dismissed(client: ServiceClient):
    steward = Person(client)
    one = await steward.account("福州市闽侯县昙石医院", division_code="350121")
    two = await steward.account("闽侯县昙石醫院（闽侯县东门医院）", division_code="350121", unit_id="unt_south")
    (pair,) = await found(steward, one["id"], two["id"], kind="account")
    assert {pair["left_id"], pair["right_id"]} == {one["id"], two["id"]}
    assert 0.9 < pair["score"] <= 1
    assert pair["reasons"][0] == {"code": "same_name", "weight": 5.0}
    assert await steward.get(f"/duplicates/{pair['id']}") == pair
    assert await found(steward, one["id"], at_least=0, kind="contact") == []
    assert await found(steward, one["id"], at_least=0, min_score=1) == []

    for stranger in (a_manager(NORTH), a_manager(SOUTH)):
        assert await Person(client, stranger).items("/duplicates") == []
        answer = await Person(client, stranger).call("GET", f"/duplicates/{pair['id']}")
        assert answer.status_code == 404
    assert len(await found(Person(client, a_manager(HQ_PATH)), one["id"])) == 1

    path = f"/duplicates/{pair['id']}/dismissal"
    refused = await Person(client, a_rep()).call("POST", path, {"reason": "x"})
    assert refused.status_code == 403
    assert (await steward.call("POST", path, {"reason": "two houses"})).status_code == 201
    again = await steward.call("POST", path, {"reason": "two houses"})
    assert (again.status_code, again.json()["code"]) == (409, "already_dismissed")
    assert await steward.items("/duplicates?kind=account") == []
    assert len(await steward.items("/duplicates?standing=dismissed")) == 1
    await steward.call("PATCH", f"/accounts/{two['id']}", {"telephone": "0591-22081234"}, if_match="*")
    assert len(await found(steward, one["id"])) == 1


async def test_pages_follow_one_another_by_score(client: ServiceClient):
    steward = Person(client)
    ids = [
        (await steward.account(f"闽侯县竹岐{more}医院", division_code="350121"))["id"]
        for more in ("", " （总院）", "院")
    ]
    await found(steward, *ids, at_least=2, min_score=0.2)
    first = await steward.get("/duplicates?limit=1&min_score=0.2")
    second = await steward.get(f"/duplicates?limit=1&min_score=0.2&cursor={first['next']}")
    assert first["items"][0]["score"] >= second["items"][0]["score"]
    assert first["items"][0]["id"] != second["items"][0]["id"]


@pytest.mark.parametrize("query", ["kind=visit", "min_score=2", "min_score=-1", "min_score=x", "standing=gone"])
async def test_what_fits_no_pair_is_refused(client: ServiceClient, query: str):
    assert (await Person(client).call("GET", f"/duplicates?{query}")).status_code == 400


async def run_done(steward: Person, body: Any) -> Any:
    answer = await steward.call("POST", "/duplicates/runs", body)
    assert answer.status_code == 202, answer.text
    for _ in range(200):
        shown = await steward.get(f"/duplicates/runs/{answer.json()['id']}")
        if shown["state"] == "done":
            return shown
        await asyncio.sleep(0.1)
    raise AssertionError(shown)


async def test_a_run_over_everything_finds_again_what_was_lost_and_leaves_what_was_dismissed(client: ServiceClient):
    steward = Person(client)
    ids = [(await steward.account(f"闽侯县甘蔗{more}医院", division_code="350121"))["id"] for more in ("", "（总院）")]
    (pair,) = await found(steward, *ids)
    collection = client.app.state.edge.database.collection("duplicate_candidates")
    kept = {row["_id"]: row["score"] async for row in collection.find({"kind": "account"})}
    await steward.call("POST", f"/duplicates/{pair['id']}/dismissal", {"reason": "x"})
    await collection.delete_many({})
    shown = await run_done(steward, {"kinds": ["account"]})
    assert (shown["progress"], shown["kept"], shown["kinds"]) == (1.0, len(kept), ["account"])
    again = {row["_id"]: row["score"] async for row in collection.find({"kind": "account"})}
    assert again == kept
    assert (await steward.get(f"/duplicates/{pair['id']}"))["standing"] == "dismissed"
    assert (await Person(client, a_rep()).call("POST", "/duplicates/runs", {})).status_code == 403
