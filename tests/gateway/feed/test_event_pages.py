"""Catch-up by pages on the real broker."""

import asyncio
from typing import Any

import pytest
from contracts.roles import Role

from tests.gateway.feed.test_feed import an_account
from tests.gateway.stack import NORTH, SOUTH, RunningGateway

pytestmark = pytest.mark.stack


async def page(house: RunningGateway, token: str, after: str | None = None, limit: int = 7) -> Any:
    query = f"/events?topic=customer.account&limit={limit}" + (f"&after={after}" if after else "")
    status, answer, _ = await house.call("GET", query, token=token)
    assert status == 200, answer
    return answer


async def all_of(house: RunningGateway, token: str, after: str | None = None, limit: int = 7) -> tuple[list[str], str]:
    """Subjects of all pages and where to resume."""
    subjects: list[str] = []
    while True:
        found = await page(house, token, after, limit)
        assert len(found["items"]) <= limit
        subjects += [item["subject"] for item in found["items"]]
        if found["next"] is None:
            return subjects, found["resume"]
        after = found["next"]


async def test_pages_hold_everything_in_scope_once_from_the_beginning_and_from_a_cursor(house: RunningGateway):
    _, tokens = await house.employ("p1", roles=[Role.REP], path=NORTH)
    token = tokens["access_token"]
    _, start = await all_of(house, token)
    for n in range(40):
        where = NORTH if n % 2 else SOUTH
        await house.say(an_account(f"acc_p1x{n}", where), f"acc_p1x{n}", where)
    subjects, end = await all_of(house, token, start)
    assert sorted(subjects) == sorted(f"acc_p1x{n}" for n in range(1, 40, 2))
    assert (await page(house, token, end))["items"] == []
    await house.say(an_account("acc_p1last", NORTH), "acc_p1last", NORTH)
    assert (await all_of(house, token, end))[0] == ["acc_p1last"]
    from_the_beginning, _ = await all_of(house, token, limit=500)
    assert set(subjects) | {"acc_p1last"} <= set(from_the_beginning)
    assert len(from_the_beginning) == len(set(from_the_beginning))


async def test_the_events_of_one_aggregate_keep_their_order_across_pages(house: RunningGateway):
    _, tokens = await house.employ("p2", roles=[Role.REP], path=NORTH)
    token = tokens["access_token"]
    _, after = await all_of(house, token)
    for n in range(30):
        await house.say(an_account(f"acc_p2x{n % 3}", NORTH), f"acc_p2x{n % 3}", NORTH)
    seen: dict[str, list[int]] = {}
    while after is not None:
        found = await page(house, token, after, 4)
        for item in found["items"]:
            seen.setdefault(item["subject"], []).append(item["sequence"])
        after = found["next"]
    assert seen == {f"acc_p2x{n}": list(range(1, 11)) for n in range(3)}


async def test_paging_while_events_are_written_leaves_no_gap(house: RunningGateway):
    _, tokens = await house.employ("p3", roles=[Role.REP], path=NORTH)
    token = tokens["access_token"]
    _, after = await all_of(house, token)

    async def pour() -> None:
        for n in range(100):
            await house.say(an_account(f"acc_p3x{n}", NORTH), f"acc_p3x{n}", NORTH)

    pouring = asyncio.create_task(pour())
    subjects: list[str] = []
    while not pouring.done() or len(subjects) < 100:
        found, after = await all_of(house, token, after)
        subjects += found
    await pouring
    assert sorted(subjects) == sorted(f"acc_p3x{n}" for n in range(100))


async def test_many_readers_at_once_are_all_served(house: RunningGateway):
    _, tokens = await house.employ("p4", roles=[Role.HQ], path="/unt_hq/")
    found = await asyncio.gather(*(all_of(house, tokens["access_token"], limit=100) for _ in range(12)))
    expected = sorted(found[0][0])
    assert expected
    assert all(sorted(subjects) == expected for subjects, _ in found)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", None),
        ("?topic=", "unknown_topic"),
        ("?topic=nothing", "unknown_topic"),
        ("?topic=gateway.dead-letters", "unknown_topic"),
        ("?topic=customer.account&after=nonsense", "invalid_cursor"),
        ("?topic=customer.account&after=%C3%A9", "invalid_cursor"),
        ("?topic=customer.account&limit=0", None),
        ("?topic=customer.account&limit=501", None),
        ("?topic=customer.account&limit=x", None),
        ("?topic=customer.account&offset=3", None),
    ],
)
async def test_bad_queries_are_400(house: RunningGateway, query: str, code: str | None):
    username = f"p5{abs(hash(query))}"
    _, tokens = await house.employ(username, roles=[Role.REP], path=NORTH)
    status, answer, _ = await house.call("GET", f"/events{query}", token=tokens["access_token"])
    assert status == 400, answer
    if code:
        assert answer["code"] == code
    assert answer["violations"]


async def test_a_cursor_of_another_topic_or_of_the_feed_is_refused(house: RunningGateway):
    _, tokens = await house.employ("p6", roles=[Role.REP], path=NORTH)
    token = tokens["access_token"]
    _, resume = await all_of(house, token)
    status, answer, _ = await house.call("GET", f"/events?topic=customer.unit&after={resume}", token=token)
    assert (status, answer["code"]) == (400, "invalid_cursor")
    foreign = house.gateway.feed.positions.write({"customer.account": (0, 0, 0)})
    status, answer, _ = await house.call("GET", f"/events?topic=customer.account&after={foreign}", token=token)
    assert (status, answer["code"]) == (400, "invalid_cursor")
