"""The live feed on the real broker: scope, resumption, reset, slow clients, the end of a session."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
import pytest
from contracts.events.customer import AccountCreated, AccountState, UnitCreated, UnitState
from contracts.events.promotion import LotCreated, LotState, ProductCreated, ProductState
from contracts.roles import Role
from contracts.values import AccountKind, Grade, Stage, UnitKind
from prometheus_client import REGISTRY

from tests.gateway.builders import eventually
from tests.gateway.stack import NORTH, SOUTH, RunningGateway

pytestmark = pytest.mark.stack

DAY_MS = 24 * 3600 * 1000


class Stream:
    """A client of the feed."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.last_id: str | None = None

    async def next(self, within_s: float = 10.0) -> tuple[str, dict[str, Any]]:
        """The next event's name and data; ids are remembered, heartbeats passed over. StopAsyncIteration at the end."""
        async with asyncio.timeout(within_s):
            while True:
                block = await self._block()
                if "id" in block:
                    self.last_id = block["id"]
                if "data" in block:
                    return block.get("event", "message"), orjson.loads(block["data"])

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next `count` events of services; `ready` may stand between what was missed and what is new."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            name, data = await self.next()
            if name != "ready":
                assert name == "message"
                found.append(data)
        return found

    async def quiet(self, for_s: float = 0.7) -> bool:
        """True when nothing comes."""
        try:
            await self.next(for_s)
        except TimeoutError:
            return True
        return False

    async def _block(self) -> dict[str, str]:
        block: dict[str, str] = {}
        while True:
            line = (await self.answer.content.readline()).decode()
            if not line:
                raise StopAsyncIteration
            line = line.rstrip("\r\n")
            if not line:
                return block
            name, _, value = line.partition(": ")
            block[name] = value


@asynccontextmanager
async def following(
    house: RunningGateway, tokens: dict[str, Any], *topics: str, last_id: str | None = None
) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    if last_id is not None:
        headers["Last-Event-ID"] = last_id
    query = [("topic", topic) for topic in topics]
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(timeout=timeout, read_bufsize=2**20) as client,
        client.get(f"{house.url}/api/v1/feed", params=query, headers=headers) as answer,
    ):
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        yield Stream(answer)


def an_account(account_id: str, path: str, name: str = "Hospital") -> AccountCreated:
    return AccountCreated(
        account=AccountState(
            account_id=account_id,
            name=name,
            kind=AccountKind.HOSPITAL,
            grade=Grade.G3A,
            unit_id="unt_x",
            unit_path=path,
            stage=Stage.PROSPECT,
        )
    )


def a_unit(unit_id: str) -> UnitCreated:
    return UnitCreated(
        unit=UnitState(unit_id=unit_id, name=unit_id, kind=UnitKind.OFFICE, parent_id=None, path=f"/{unit_id}/")
    )


def a_product(product_id: str) -> ProductCreated:
    return ProductCreated(
        product=ProductState(product_id=product_id, name=product_id, line="gastro", manufacturer="ours", own=True)
    )


def a_lot(lot_id: str) -> LotCreated:
    return LotCreated(lot=LotState(lot_id=lot_id, material_id="itm_1", number="A1"))


async def ready(stream: Stream) -> None:
    name, _ = await stream.next()
    assert name == "ready"


async def test_events_arrive_live_and_only_within_the_scope(house: RunningGateway):
    _, north = await house.employ("f1north", roles=[Role.REP], path=NORTH)
    _, head = await house.employ("f1head", roles=[Role.HQ], path="/unt_hq/")
    async with following(house, north, "customer.account") as near, following(house, head, "customer.account") as all_:
        await ready(near)
        await ready(all_)
        await house.say(an_account("acc_f1a", SOUTH), "acc_f1a", SOUTH)
        await house.say(an_account("acc_f1b", NORTH), "acc_f1b", NORTH + "unt_n1/")
        await house.say(an_account("acc_f1c", SOUTH), "acc_f1c", SOUTH, NORTH)
        await house.say(an_account("acc_f1d", SOUTH), "acc_f1d")
        seen = await near.events(2)
        assert {e["subject"] for e in seen} == {"acc_f1b", "acc_f1c"}
        assert await near.quiet()
        assert {e["subject"] for e in await all_.events(4)} == {"acc_f1a", "acc_f1b", "acc_f1c", "acc_f1d"}
        event = seen[0]
        assert event["type"] == "customer.account-created.v1"
        assert event["topic"] == "customer.account"
        assert event["sequence"] == 1
        assert event["data"]["account"]["account_id"] == event["subject"]


async def test_a_client_of_the_feed_counts_as_no_request_in_flight(house: RunningGateway):
    _, north = await house.employ("f0north", roles=[Role.REP], path=NORTH)
    async with following(house, north, "customer.account") as stream:
        await ready(stream)
        await house.call("GET", "/me", token=north["access_token"])
        await asyncio.sleep(0.2)
        assert REGISTRY.get_sample_value("terrain_http_in_flight", {"service": "gateway"}) == 0


async def test_a_topic_filter_leaves_out_the_others(house: RunningGateway):
    _, head = await house.employ("f2head", roles=[Role.HQ], path="/unt_hq/")
    async with following(house, head, "customer.unit") as stream:
        await ready(stream)
        await house.say(an_account("acc_f2", NORTH), "acc_f2", NORTH)
        await house.say(a_unit("unt_f2"), "unt_f2", "/unt_f2/")
        assert [e["subject"] for e in await stream.events(1)] == ["unt_f2"]


async def test_records_that_are_no_events_are_passed_over(house: RunningGateway):
    _, head = await house.employ("f3head", roles=[Role.HQ], path="/unt_hq/")
    async with following(house, head, "customer.account") as stream:
        await ready(stream)
        await house.put("customer.account", b"acc_poison", b"\xff\xfe", [("ce_type", b"\xff")])
        await house.put("customer.account", b"acc_poison", b"{}", [])
        await house.say(an_account("acc_f3", NORTH), "acc_f3", NORTH)
        assert [e["subject"] for e in await stream.events(1)] == ["acc_f3"]


async def test_a_client_that_comes_back_gets_what_it_missed_once_and_goes_on_live(house: RunningGateway):
    _, north = await house.employ("f4north", roles=[Role.REP], path=NORTH)
    async with following(house, north, "customer.account") as stream:
        await ready(stream)
        await house.say(an_account("acc_f4a", NORTH), "acc_f4a", NORTH)
        await stream.events(1)
        last = stream.last_id
    for n in range(30):
        where = NORTH if n % 3 else SOUTH
        await house.say(an_account(f"acc_f4b{n}", where), f"acc_f4b{n}", where)
    async with following(house, north, "customer.account", last_id=last) as stream:
        missed = await stream.events(20)
        assert sorted(e["subject"] for e in missed) == sorted(f"acc_f4b{n}" for n in range(30) if n % 3)
        await house.say(an_account("acc_f4c", NORTH), "acc_f4c", NORTH)
        assert [e["subject"] for e in await stream.events(1)] == ["acc_f4c"]
        assert await stream.quiet()


async def test_what_was_missed_ends_with_ready(house: RunningGateway):
    _, north = await house.employ("f4b", roles=[Role.REP], path=NORTH)
    async with following(house, north, "customer.unit") as stream:
        await ready(stream)
        last = stream.last_id
    async with following(house, north, "customer.unit", last_id=last) as stream:
        await ready(stream)


async def test_coming_back_in_the_middle_of_what_was_missed_gives_the_rest(house: RunningGateway):
    _, north = await house.employ("f5north", roles=[Role.REP], path=NORTH)
    async with following(house, north, "customer.account") as stream:
        await ready(stream)
        last = stream.last_id
    for n in range(12):
        await house.say(an_account(f"acc_f5{n}", NORTH), f"acc_f5{n}", NORTH)
    seen: list[str] = []
    for _ in range(12):
        async with following(house, north, "customer.account", last_id=last) as stream:
            seen.append((await stream.events(1))[0]["subject"])
            last = stream.last_id
    assert sorted(seen) == sorted(f"acc_f5{n}" for n in range(12))


async def test_coming_back_while_events_keep_coming_leaves_no_gap_and_repeats_nothing(house: RunningGateway):
    _, north = await house.employ("f6north", roles=[Role.REP], path=NORTH)
    async with following(house, north, "customer.account") as stream:
        await ready(stream)
        last = stream.last_id

    async def pour() -> None:
        for n in range(120):
            await house.say(an_account(f"acc_f6x{n}", NORTH), f"acc_f6x{n}", NORTH)

    pouring = asyncio.create_task(pour())
    seen: list[str] = []
    while len(seen) < 120:
        async with following(house, north, "customer.account", last_id=last) as stream:
            seen += [e["subject"] for e in await stream.events(min(17, 120 - len(seen)))]
            last = stream.last_id
    await pouring
    assert sorted(seen) == sorted(f"acc_f6x{n}" for n in range(120))


@pytest.mark.parametrize("last_id", ["nonsense", "AAAAAAAAAAAAAAAAAAAA", "é"])
async def test_an_id_that_was_not_made_here_resets(house: RunningGateway, last_id: str):
    _, north = await house.employ(f"f7{ord(last_id[0])}{len(last_id)}", roles=[Role.REP], path=NORTH)
    async with following(house, north, last_id=last_id) as stream:
        name, data = await stream.next()
        assert (name, data["code"]) == ("reset", "unknown_position")
        await ready(stream)


async def test_what_was_missed_within_a_day_is_given(house: RunningGateway):
    _, head = await house.employ("f8", roles=[Role.HQ], path="/unt_hq/")
    async with following(house, head, "promotion.product") as stream:
        await ready(stream)
        last = stream.last_id
    await house.say(a_product("prd_f8"), "prd_f8", "/", at=int(time.time() * 1000) - DAY_MS + 600_000)
    async with following(house, head, "promotion.product", last_id=last) as stream:
        assert [e["subject"] for e in await stream.events(1)] == ["prd_f8"]


async def test_beyond_a_day_the_client_is_told_to_start_anew(house: RunningGateway):
    _, head = await house.employ("f8b", roles=[Role.HQ], path="/unt_hq/")
    async with following(house, head, "promotion.lot") as stream:
        await ready(stream)
        last = stream.last_id
    await house.say(a_lot("lot_f8a"), "lot_f8a", "/", at=int(time.time() * 1000) - DAY_MS - 600_000)
    await house.say(a_lot("lot_f8a"), "lot_f8a", "/")
    async with following(house, head, "promotion.lot", last_id=last) as stream:
        name, data = await stream.next()
        assert (name, data["code"]) == ("reset", "too_old")
        await ready(stream)
        await house.say(a_lot("lot_f8b"), "lot_f8b", "/")
        assert [e["subject"] for e in await stream.events(1)] == ["lot_f8b"]


async def test_a_feed_ends_with_its_session(house: RunningGateway):
    _, tokens = await house.employ("f9", roles=[Role.REP], path=NORTH)
    async with following(house, tokens) as stream:
        await ready(stream)
        assert (await house.call("POST", "/auth/logout", token=tokens["access_token"]))[0] == 204
        name, data = await stream.next(5)
        assert (name, data["code"]) == ("end", "session_ended")
        with pytest.raises((StopAsyncIteration, RuntimeError)):
            await stream.next(5)


async def test_a_change_of_position_changes_a_running_feed(house: RunningGateway):
    employee_id, tokens = await house.employ("f10", roles=[Role.REP], path=NORTH)
    async with following(house, tokens, "customer.account") as stream:
        await ready(stream)
        await house.reassign(employee_id, "f10", roles=[Role.REP], path=SOUTH)
        end = time.monotonic() + 8
        while (await house.call("GET", "/me", token=tokens["access_token"]))[1]["paths"] != [SOUTH]:
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        await house.say(an_account("acc_f10a", NORTH), "acc_f10a", NORTH)
        await house.say(an_account("acc_f10b", SOUTH), "acc_f10b", SOUTH)
        assert [e["subject"] for e in await stream.events(1)] == ["acc_f10b"]


async def test_heartbeats_carry_the_position_so_that_a_quiet_client_resumes_where_it_is(house: RunningGateway):
    _, north = await house.employ("f11", roles=[Role.REP], path=NORTH)
    async with following(house, north, "customer.account") as stream:
        await ready(stream)
        first = stream.last_id
        await house.say(an_account("acc_f11", SOUTH), "acc_f11", SOUTH)
        assert await stream.quiet(3.0)
        assert stream.last_id != first


async def test_a_client_that_takes_nothing_is_cut_and_the_others_go_on(
    house: RunningGateway, database_uri: str, database_name: str, broker_address: str, topic_prefix: str
):
    from tests.gateway.stack import running_gateway

    _, head = await house.employ("f12", roles=[Role.HQ], path="/unt_hq/")
    async with running_gateway(
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topic_prefix,
        reactions=False,
        feed_keep=50,
        feed_send_timeout_s=1.0,
    ) as small:
        host, port = small.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(
            f"GET /api/v1/feed HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {head['access_token']}\r\n\r\n".encode()
        )
        await writer.drain()
        async with following(small, head, "customer.account") as quick:
            await ready(quick)
            count = 400
            for n in range(count):
                await small.say(an_account(f"acc_f12x{n}", NORTH, "x" * 60_000), f"acc_f12x{n}", NORTH)
                await quick.events(1)
            feed = small.gateway.feed
            await eventually(lambda: feed.connected == 1, 15)
            await small.say(an_account("acc_f12last", NORTH), "acc_f12last", NORTH)
            assert (await quick.events(1))[0]["subject"] == "acc_f12last"
        writer.close()
        del reader


async def test_bad_input_is_refused_before_the_stream_begins(house: RunningGateway):
    _, tokens = await house.employ("f13", roles=[Role.REP], path=NORTH)
    token = tokens["access_token"]
    assert (await house.call("GET", "/feed"))[0] == 401
    assert (await house.call("GET", "/feed?topic=nothing", token=token))[0] == 400
    assert (await house.call("GET", "/feed?unknown=1", token=token))[0] == 400
    assert (await house.call("POST", "/feed", {}, token=token))[0] == 405
