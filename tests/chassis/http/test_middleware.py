"""The edge of a service: limits, deadline, identity of a request, counting."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from chassis.http import Answer, Body, Permission, Router
from starlette.responses import StreamingResponse

from chassis import metrics
from tests.chassis.http.conftest import Client, application_of
from tests.chassis.http.notes_service import router as notes


class Gate:
    """A route that answers when the test says so."""

    def __init__(self) -> None:
        self.router = Router(prefix="/gate")
        self.opened = asyncio.Event()
        self.entered = asyncio.Event()

        @self.router.get("", permission=Permission.ACCOUNTS_READ)
        async def gate() -> Answer:
            self.entered.set()
            await self.opened.wait()
            return Answer({"through": True})


async def test_every_answer_carries_the_id_of_its_request(client: Client):
    given = await client.get("/api/v1/notes/echo/1", headers={"x-request-id": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    made = await client.get("/api/v1/notes/echo/1", headers={"x-request-id": "no such\tid"})
    assert made.headers["x-request-id"].startswith("req_")


async def test_an_announced_body_beyond_the_limit_is_refused_unread(client: Client):
    read = 0

    async def content() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(20):
            read += 1
            yield b" " * 1000

    answer = await client.post(
        "/api/v1/notes/everything",
        content=content(),
        headers={"content-type": "application/json", "content-length": "20000"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert read == 0


async def test_a_streamed_body_beyond_the_limit_is_refused(client: Client):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1000
            yield b" " * 1000

    async with asyncio.timeout(5):
        answer = await client.post(
            "/api/v1/notes/everything",
            content=endless(),
            headers={"content-type": "application/json", "transfer-encoding": "chunked"},
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert sent < 20_000


async def test_a_request_beyond_its_deadline_is_given_up():
    gate = Gate()
    async with application_of(gate.router, deadline_s=0.1) as client:
        answer = await client.get("/api/v1/gate")
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")


async def test_a_caller_may_grant_less_time_than_the_service_would():
    gate = Gate()
    async with application_of(gate.router, deadline_s=60) as client:
        answer = await client.get("/api/v1/gate", headers={"x-deadline-ms": "100"})
    assert answer.status_code == 504


async def test_beyond_the_limit_requests_are_refused_at_once_and_the_others_answered():
    gate = Gate()
    async with application_of(gate.router, limit=1) as client:
        first = asyncio.create_task(client.get("/api/v1/gate"))
        await gate.entered.wait()
        second = await client.get("/api/v1/gate")
        assert (second.status_code, second.json()["code"]) == (503, "overloaded")
        assert int(second.headers["retry-after"]) >= 1
        assert (await client.get("/livez")).status_code == 200
        gate.opened.set()
        assert (await first).status_code == 200
        assert (await client.get("/api/v1/gate")).status_code == 200


async def test_draining_finishes_what_is_in_flight_and_takes_nothing_new():
    gate = Gate()
    async with application_of(gate.router) as client:
        running = asyncio.create_task(client.get("/api/v1/gate"))
        await gate.entered.wait()
        drained = asyncio.create_task(client.in_flight.drained(5))
        await asyncio.sleep(0)
        assert (await client.get("/api/v1/gate")).json()["code"] == "shutting_down"
        assert not drained.done()
        gate.opened.set()
        assert (await running).status_code == 200
        assert await drained


async def test_draining_ends_when_its_time_is_up():
    gate = Gate()
    async with application_of(gate.router) as client:
        running = asyncio.create_task(client.get("/api/v1/gate"))
        await gate.entered.wait()
        assert not await client.in_flight.drained(0.05)
        gate.opened.set()
        await running


async def test_an_endless_answer_holds_no_place_and_has_no_deadline():
    router = Router(prefix="/endless")
    seen: list[int] = []

    @router.get("", permission=Permission.ACCOUNTS_READ, streaming=True)
    async def endless() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for part in range(3):
                await asyncio.sleep(0.05)
                seen.append(client.in_flight.count)
                yield b"%d" % part

        return StreamingResponse(parts())

    async with application_of(router, deadline_s=0.05) as client:
        answer = await client.get("/api/v1/endless")
        assert answer.content == b"012"
        assert seen == [0, 0, 0]
        assert client.in_flight.count == 0


async def test_durations_are_counted_by_template_and_never_by_address(client: Client):
    await client.get("/api/v1/notes/echo/42")
    exposition = metrics.exposition().decode()
    assert 'route="/notes/echo/{number}"' in exposition or 'route="/api/v1/notes/echo/{number}"' in exposition
    assert "echo/42" not in exposition


async def test_a_failure_outside_of_any_route_is_a_problem_too():
    router = Router(prefix="/odd")

    class Odd(Body):
        text: str

    @router.post("", permission=Permission.ACCOUNTS_READ)
    async def odd(body: Odd) -> StreamingResponse:
        raise BaseExceptionGroup("odd", [ValueError(body.text)])

    async with application_of(router) as client:
        answer = await client.post("/api/v1/odd", json={"text": "secret"})
    assert answer.status_code == 500
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
async def test_operations_are_never_shed(path: str):
    async with application_of(notes, limit=0) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.get("/api/v1/notes/echo/1")).status_code == 503
