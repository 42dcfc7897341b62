"""Lists of contacts as they were, and as they were believed to be."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from chassis.testing import a_manager
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack

CAPPED_S = 5.5


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def moved(client: ServiceClient) -> dict[str, Any]:
    """Two doctors of a new hospital; one was moved away in February, which became known a while after the first instant."""
    steward = Person(client)
    place = (await steward.account("Time Hospital"))["id"]
    stays = (await steward.contact("留守", at=place))["id"]
    leaves = (await steward.contact("离开", at=place))["id"]
    await asyncio.sleep(0.01)
    before = datetime.now(UTC).isoformat()
    await asyncio.sleep(0.01)
    assert (await steward.move(leaves, "acc_B", "2026-02-01")).status_code == 201
    after = datetime.now(UTC).isoformat()
    await asyncio.sleep(CAPPED_S)
    return {"place": place, "stays": stays, "leaves": leaves, "before": quote(before), "after": quote(after)}


def ids(items: list[Any]) -> set[str]:
    return {one["id"] for one in items}


async def test_a_list_as_of_a_date_shows_who_worked_there_then(client: ServiceClient, moved: dict[str, Any]):
    steward, path = Person(client), f"/contacts?account_id={moved['place']}"
    assert ids(await steward.items(path)) == {moved["stays"]}
    then = await steward.items(f"{path}&as_of=2026-01-31")
    assert ids(then) == {moved["stays"], moved["leaves"]}
    assert [one["valid_to"] for each in then for one in each["affiliations"] if each["id"] == moved["leaves"]] == [
        "2026-02-01"
    ]
    assert ids(await steward.items(f"{path}&as_of=2026-02-01")) == {moved["stays"]}
    assert await steward.items(f"{path}&as_of=2023-12-31") == []


async def test_a_list_shows_what_was_believed_at_an_instant(client: ServiceClient, moved: dict[str, Any]):
    steward, path = Person(client), f"/contacts?account_id={moved['place']}"
    both = {moved["stays"], moved["leaves"]}
    assert ids(await steward.items(f"{path}&known_at={moved['before']}")) == both
    assert ids(await steward.items(f"{path}&known_at={moved['before']}&as_of=2026-02-20")) == both
    assert ids(await steward.items(f"{path}&known_at={moved['after']}&as_of=2026-02-20")) == {moved["stays"]}
    assert ids(await steward.items(f"{path}&known_at={moved['after']}&as_of=2026-01-20")) == both
    assert ids(await steward.items(f"/contacts?q=likai&known_at={moved['before']}")) >= {moved["leaves"]}


async def test_pages_of_what_was_believed_go_on_with_the_same_instant(client: ServiceClient, moved: dict[str, Any]):
    steward, path = Person(client), f"/contacts?account_id={moved['place']}&known_at={moved['before']}&limit=1"
    first = await steward.get(path)
    assert len(first["items"]) == 1
    second = await steward.get(f"{path}&cursor={quote(first['next'])}")
    assert ids(first["items"]) | ids(second["items"]) == {moved["stays"], moved["leaves"]}
    other = await steward.call("GET", f"/contacts?known_at={moved['after']}&cursor={quote(first['next'])}")
    assert other.status_code == 400


async def test_todays_scope_decides_about_the_past_too(client: ServiceClient, moved: dict[str, Any]):
    south = Person(client, a_manager(path=SOUTH))
    path = f"/contacts?account_id={moved['place']}&known_at={moved['before']}"
    assert ids(await south.items(path)) == {moved["leaves"]}


@pytest.mark.parametrize("query", ["as_of=yesterday", "known_at=2026-01-01", "known_at=2199-01-01T00:00:00Z"])
async def test_what_is_no_date_or_lies_in_the_future_is_refused(client: ServiceClient, query: str):
    assert (await Person(client).call("GET", f"/contacts?{query}")).status_code == 400


async def test_what_has_just_been_written_is_not_known_to_lists_yet(client: ServiceClient):
    steward = Person(client)
    place = (await steward.account("Fresh Hospital"))["id"]
    await steward.contact("新人", at=place)
    now = quote((datetime.now(UTC) - timedelta(milliseconds=1)).isoformat())
    assert await steward.items(f"/contacts?account_id={place}&known_at={now}") == []
    assert len(await steward.items(f"/contacts?account_id={place}")) == 1
