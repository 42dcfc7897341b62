"""Reads of visits over HTTP, on the real database."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.testing.service import running
from visits.app import service

from tests.visits.builders import NOW, replicas
from tests.visits.stack import Representative, seed

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rep(database_uri: str, database_name: str) -> AsyncIterator[Representative]:
    async with running(
        service, database_uri=database_uri, database_name=database_name, clock=FixedClock(NOW)
    ) as opened:
        await seed(opened, replicas())
        yield Representative(opened)


async def test_lists_filter_sort_and_page(rep: Representative):
    days = [NOW + timedelta(days=100 + n) for n in range(5)]
    made = [await rep.plan(account_id="acc_B", contact_ids=[], planned_at=day.isoformat()) for day in days]
    span = f"account_id=acc_B&from={days[0].date()}&to={days[4].date()}"
    latest_first = (await rep.call("GET", f"?{span}")).json()
    assert [v["id"] for v in latest_first["items"]] == [v["id"] for v in reversed(made[:4])], "`to` is not included"
    first = (await rep.call("GET", f"?{span}&sort=planned_at&limit=3")).json()
    second = (await rep.call("GET", f"?{span}&sort=planned_at&limit=3&cursor={first['next']}")).json()
    assert [v["id"] for v in (*first["items"], *second["items"])] == [v["id"] for v in made[:4]]
    assert second["next"] is None
    for where, found in (("state=planned", 4), ("state=confirmed", 0), ("employee_id=emp_rep2", 0)):
        assert len((await rep.call("GET", f"?{span}&{where}")).json()["items"]) == found


@pytest.mark.parametrize("sort", ["planned_at", "-planned_at"])
async def test_pages_neither_lose_nor_repeat_visits_of_the_same_instant(rep: Representative, sort: str):
    days = 300 if sort == "planned_at" else 310
    at = [(NOW + timedelta(days=days + day)).isoformat() for day in (0, 1, 1, 1, 2)]
    made = [(await rep.plan(account_id="acc_B", contact_ids=[], planned_at=moment))["id"] for moment in at]
    span = f"account_id=acc_B&from={(NOW + timedelta(days=days)).date()}&to={(NOW + timedelta(days=days + 3)).date()}"
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (
            await rep.call(
                "GET", f"?{span}&sort={sort}&limit=2&cursor={cursor}" if cursor else f"?{span}&sort={sort}&limit=2"
            )
        ).json()
        found += [visit["id"] for visit in page["items"]]
        cursor = page["next"]
    assert sorted(found) == sorted(made)
    assert (found[0], found[-1]) == ((made[0], made[-1]) if sort == "planned_at" else (made[-1], made[0]))


@pytest.mark.parametrize(
    "query", ["from=yesterday", "state=lost", "sort=feedback", "limit=0", "account_id[$ne]=1", "cursor=abc", "x=1"]
)
async def test_a_bad_query_is_refused(rep: Representative, query: str):
    answer = await rep.call("GET", f"?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
