"""The composed view of an institution, with services on the loopback that answer, refuse, sleep or are away."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from chassis.http.facts import RequestFacts
from chassis.refusals import NotFound
from chassis.tokens import Mint
from gateway.composed.account_360 import account_360
from gateway.routing.forward import Forwarder
from gateway.routing.internal_tokens import InternalTokens
from gateway.routing.upstream import Upstream

from tests.gateway.builders import INTERNAL_KEY, a_hall, serving

ANSWERS: dict[str, Any] = {
    "/api/v1/accounts/acc_1": {"id": "acc_1", "name": "Hospital"},
    "/api/v1/contacts": {"items": [{"id": "con_1"}], "next": None},
    "/api/v1/visits": {"items": [], "next": None},
    "/api/v1/locations": {"items": [{"id": "loc_9"}], "next": None},
    "/api/v1/stock": {"items": [{"lot_id": "lot_1", "on_hand": 3}], "next": None},
    "/api/v1/analytics/accounts/acc_1/summary": {"visits": 4, "as_of": "2026-03-01T00:00:00Z"},
}


@asynccontextmanager
async def services(
    changes: dict[str, Any] | None = None, away: str | None = None
) -> AsyncIterator[tuple[Forwarder, list[str]]]:
    """All services at one address: `changes` are statuses or seconds of sleep by path; `away` names one that is down."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        change = (changes or {}).get(request.path)
        if isinstance(change, float):
            await asyncio.sleep(change)
        if isinstance(change, int):
            return web.json_response({"code": "x"}, status=change)
        if isinstance(change, str):
            return web.Response(text=change)
        return web.json_response(ANSWERS[request.path])

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        async with serving(answer) as url:
            names = ("customer", "visits", "promotion", "analytics")
            upstreams = {name: Upstream(name, nowhere if name == away else url) for name in names}
            for upstream in upstreams.values():
                await upstream.open()
            yield Forwarder(upstreams, InternalTokens(Mint(INTERNAL_KEY))), asked
            for upstream in upstreams.values():
                await upstream.close()


async def view(forwarder: Forwarder, account_id: str = "acc_1") -> dict[str, Any]:
    hall = a_hall()
    caller = await hall.identity.identify(hall.bearer["Authorization"])
    facts = RequestFacts("req_1", "00-" + "1" * 32 + "-" + "2" * 16 + "-01", time.monotonic() + 10)
    return (await account_360(forwarder, caller, facts, account_id)).model_dump(mode="json")


def states(found: dict[str, Any]) -> dict[str, str]:
    return {name: part["state"] for name, part in found["parts"].items()}


async def test_every_part_is_there_with_its_freshness():
    async with services() as (forwarder, asked):
        found = await view(forwarder)
    assert set(states(found).values()) == {"ok"}
    assert found["parts"]["profile"]["data"] == ANSWERS["/api/v1/accounts/acc_1"]
    assert found["parts"]["materials"]["data"]["items"] == [{"lot_id": "lot_1", "on_hand": 3}]
    assert found["parts"]["activity"]["as_of"] == "2026-03-01T00:00:00Z"
    assert all(part["as_of"] for part in found["parts"].values())
    assert "/api/v1/visits?account_id=acc_1&sort=-planned_at&limit=50" in asked
    assert "/api/v1/stock?location_id=loc_9&limit=50" in asked


async def test_an_institution_out_of_scope_is_404_whatever_the_others_say():
    async with services({"/api/v1/accounts/acc_1": 404}) as (forwarder, _):
        with pytest.raises(NotFound):
            await view(forwarder)


@pytest.mark.parametrize(
    ("away", "parts"),
    [
        ("customer", {"profile", "contacts"}),
        ("visits", {"visits"}),
        ("promotion", {"materials"}),
        ("analytics", {"activity"}),
    ],
)
async def test_parts_of_a_service_that_is_down_are_marked_and_the_rest_is_served(away: str, parts: set[str]):
    async with services(away=away) as (forwarder, _):
        found = await view(forwarder)
    assert {name for name, state in states(found).items() if state == "unavailable"} == parts
    assert {name for name, state in states(found).items() if state == "ok"} == set(found["parts"]) - parts
    for name in parts:
        assert found["parts"][name]["data"] is None


async def test_a_part_that_sleeps_is_given_up_after_two_seconds():
    async with services({"/api/v1/visits": 30.0}) as (forwarder, _):
        began = time.monotonic()
        found = await view(forwarder)
        assert time.monotonic() - began < 4
    assert states(found)["visits"] == "unavailable"
    assert states(found)["profile"] == "ok"


@pytest.mark.parametrize(
    ("change", "state"), [(403, "forbidden"), (404, "absent"), (500, "unavailable"), ("no json", "unavailable")]
)
async def test_what_a_service_says_becomes_the_state_of_its_part(change: int | str, state: str):
    async with services({"/api/v1/analytics/accounts/acc_1/summary": change}) as (forwarder, _):
        assert states(await view(forwarder))["activity"] == state


async def test_an_answer_beyond_a_mebibyte_is_not_taken_in():
    async with services({"/api/v1/visits": '"' + "x" * 2_000_000 + '"'}) as (forwarder, _):
        assert states(await view(forwarder))["visits"] == "unavailable"


@pytest.mark.parametrize("account_id", ["..", "acc_1?x=", "acc_1/../..", "con_1", "acc_", "acc_1\n"])
async def test_what_is_no_id_of_an_institution_is_404_and_nobody_is_asked(account_id: str):
    async with services() as (forwarder, asked):
        with pytest.raises(NotFound):
            await view(forwarder, account_id)
    assert asked == []
