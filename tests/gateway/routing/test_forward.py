"""Forwarding, against a real service on the loopback that behaves well or badly."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from chassis.tokens import public_jwks, verify

from tests.gateway.builders import INTERNAL_KEY, eventually, serving, standing_door

ACCOUNTS = "/api/v1/accounts"


async def test_method_path_query_and_body_arrive_as_they_were_sent():
    seen: list[tuple[str, str, bytes]] = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.method, request.raw_path, await request.read()))
        return web.json_response({"ok": True}, status=201)

    async with serving(note) as url, standing_door(url) as door:
        path = ACCOUNTS + "/acc_%E4%B8%AD/stage?q=a%2Fb&q=+%20&x"
        async with door.client.post(aiohttp.client.URL(door.url + path, encoded=True), data=b'{"a": 1}') as answer:
            assert answer.status == 201
            assert await answer.json() == {"ok": True}
    assert seen == [("POST", path, b'{"a": 1}')]


async def test_a_service_learns_who_asks_from_an_internal_token_and_never_sees_the_access_token():
    seen: dict[str, str] = {}

    async def note(request: web.Request) -> web.Response:
        seen.update({name.lower(): value for name, value in request.headers.items()})
        return web.Response()

    async with serving(note) as url, standing_door(url) as door:
        sent = door.client.headers["Authorization"]
        async with door.client.get("/api/v1/visits") as answer:
            assert answer.status == 200
    assert seen["authorization"] != sent
    principal = verify(public_jwks(INTERNAL_KEY), seen["authorization"].removeprefix("Bearer "), "visits")
    assert principal.employee_id == "emp_1"
    assert principal.paths == ("/unt_hq/unt_north/unt_n1/",)


async def test_headers_about_one_connection_and_forged_origins_stay_outside():
    seen: list[str] = []

    async def note(request: web.Request) -> web.Response:
        seen.extend(name.lower() for name in request.headers)
        answer = web.Response(headers={"X-Kept": "yes", "Keep-Alive": "timeout=5", "Server": "hidden"})
        return answer

    headers = {
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "evil",
        "Forwarded": "for=10.0.0.1",
        "X-Real-Ip": "10.0.0.1",
        "Cookie": "a=b",
        "Te": "trailers",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "If-Match": '"3"',
        "Idempotency-Key": "k1",
        "Prefer": "wait=5",
        "Accept": "text/csv",
    }
    async with serving(note) as url, standing_door(url) as door, door.client.get(ACCOUNTS, headers=headers) as answer:
        assert answer.headers["X-Kept"] == "yes"
        assert "Keep-Alive" not in answer.headers
        assert answer.headers.get("Server") != "hidden"
    assert {"if-match", "idempotency-key", "prefer", "accept"} <= set(seen)
    assert not {n for n in seen if n.startswith("x-forwarded")}
    assert not {"forwarded", "x-real-ip", "cookie", "te", "x-hop"} & set(seen)


async def test_request_id_trace_and_the_rest_of_the_deadline_are_passed_on():
    seen: dict[str, str] = {}

    async def note(request: web.Request) -> web.Response:
        seen.update({name.lower(): value for name, value in request.headers.items()})
        return web.Response()

    trace = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
    sent = {"X-Request-Id": "mine-1", "traceparent": trace, "X-Deadline-Ms": "2000"}
    async with serving(note) as url, standing_door(url) as door, door.client.get(ACCOUNTS, headers=sent) as answer:
        assert answer.headers["X-Request-Id"] == "mine-1"
    assert seen["x-request-id"] == "mine-1"
    assert seen["traceparent"] == trace
    assert 1000 < int(seen["x-deadline-ms"]) < 2000


async def test_a_service_that_is_down_is_a_503_with_retry_after_for_reads_and_writes_alike():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with standing_door(url) as door:
            for method in ("GET", "POST"):
                async with door.client.request(method, ACCOUNTS, data=b"{}") as answer:
                    assert answer.status == 503
                    assert answer.content_type == "application/problem+json"
                    assert int(answer.headers["Retry-After"]) >= 1
                    assert (await answer.json(content_type=None))["code"] == "service_unavailable"


async def test_a_wait_that_the_caller_asked_for_comes_on_top_of_the_deadline():
    async def wait(_: web.Request) -> web.Response:
        await asyncio.sleep(0.8)
        return web.json_response({"state": "confirmed"})

    async with serving(wait) as url, standing_door(url, deadline_s=0.4) as door:
        submission = "/api/v1/visits/vis_1/submission"
        async with door.client.post(submission, headers={"Prefer": "wait=3"}) as answer:
            assert answer.status == 200
        async with door.client.post(submission) as answer:
            assert answer.status == 504


async def test_a_slow_service_is_a_504_at_the_deadline():
    async def sleep(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with serving(sleep) as url, standing_door(url, deadline_s=0.4) as door:
        began = time.monotonic()
        async with door.client.get(ACCOUNTS) as answer:
            assert answer.status == 504
            assert "Retry-After" in answer.headers
            assert (await answer.json(content_type=None))["code"] == "service_timeout"
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(("method", "calls", "status"), [("GET", 2, 200), ("POST", 1, 503), ("PUT", 1, 503)])
async def test_only_reads_are_repeated_when_the_connection_breaks(method: str, calls: int, status: int):
    arrived = 0

    async def break_once(request: web.Request) -> web.Response:
        nonlocal arrived
        arrived += 1
        if arrived == 1:
            assert request.transport
            request.transport.abort()
        return web.Response(text="second")

    body = b"{}" if method != "GET" else None
    async with serving(break_once) as url, standing_door(url) as door:
        answer = await door.client.request(method, ACCOUNTS, data=body)
        assert answer.status == status
        if status == 503:
            assert (await answer.json(content_type=None))["code"] == "answer_lost"
    assert arrived == calls


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_write_is_not_repeated_on_a_kept_connection_that_breaks(method: str):
    arrived = 0

    async def break_writes(request: web.Request) -> web.Response:
        nonlocal arrived
        if request.method == "GET":
            return web.Response()
        arrived += 1
        assert request.transport
        request.transport.abort()
        return web.Response()

    async with serving(break_writes) as url, standing_door(url) as door:
        async with door.client.get(ACCOUNTS) as answer:
            assert answer.status == 200
        async with door.client.request(method, ACCOUNTS + "/acc_1") as answer:
            assert answer.status == 503
    assert arrived == 1


async def test_a_large_body_is_refused_before_the_service_sees_all_of_it():
    whole: list[bool] = []

    async def read(request: web.Request) -> web.Response:
        try:
            await request.read()
            whole.append(True)
        except Exception:
            whole.append(False)
        return web.Response()

    async def parts():
        for _ in range(64):
            yield b"x" * 1024

    async with serving(read) as url, standing_door(url, max_body_bytes=10_000) as door:
        async with door.client.post(ACCOUNTS, data=b"x" * 20_000) as answer:
            assert answer.status == 413
            assert (await answer.json(content_type=None))["code"] == "body_too_large"
        async with door.client.post(ACCOUNTS, data=parts()) as answer:
            assert answer.status == 413
    assert True not in whole


async def test_bodies_stream_in_both_directions():
    """The service answers each part as it arrives; nobody waits for the end of the other."""

    async def echo(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        async for part in request.content.iter_any():
            await answer.write(part.upper())
        await answer.write_eof()
        return answer

    heard = asyncio.Event()

    async def parts():
        yield b"one "
        await asyncio.wait_for(heard.wait(), 3)
        yield b"two"

    async with serving(echo) as url, standing_door(url) as door, door.client.post(ACCOUNTS, data=parts()) as answer:
        first = await answer.content.readany()
        heard.set()
        assert first == b"ONE "
        assert await answer.read() == b"TWO"


async def test_a_huge_answer_passes_through_without_being_held_as_a_whole():
    size = 64 * 1024 * 1024
    sent = 0

    async def pour(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse(headers={"Content-Length": str(size)})
        await answer.prepare(request)
        while sent < size:
            await answer.write(b"z" * 1024 * 1024)
            sent += 1024 * 1024
        return answer

    async with serving(pour) as url, standing_door(url) as door, door.client.get(ACCOUNTS) as answer:
        await answer.content.readexactly(1024)
        await asyncio.sleep(0.3)
        assert sent < size // 2
        got = 1024
        async for part in answer.content.iter_any():
            got += len(part)
        assert got == size


async def test_an_answer_that_breaks_off_is_broken_off_for_the_client_too():
    async def half(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": str(1024 * 1024)})
        await answer.prepare(request)
        await answer.write(b"x" * 100_000)
        assert request.transport
        request.transport.abort()
        return answer

    async with serving(half) as url, standing_door(url) as door, door.client.get(ACCOUNTS) as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_refusals_of_a_service_pass_unchanged():
    problem = {"type": "urn:terrain:problem:stale_version", "status": 412}

    async def refuse(_: web.Request) -> web.Response:
        return web.json_response(problem, status=412, content_type="application/problem+json", headers={"ETag": '"4"'})

    async with serving(refuse) as url, standing_door(url) as door, door.client.patch(ACCOUNTS + "/acc_1") as answer:
        assert answer.status == 412
        assert answer.headers["ETag"] == '"4"'
        assert await answer.json(content_type=None) == problem


@pytest.mark.parametrize("method", ["HEAD", "DELETE"])
async def test_answers_without_a_body_have_none(method: str):
    async def empty(request: web.Request) -> web.Response:
        return web.Response(status=200 if request.method == "HEAD" else 204)

    async with serving(empty) as url, standing_door(url) as door:
        for _ in range(3):  # on one connection: a stray byte would spoil the next answer
            async with door.client.request(method, ACCOUNTS) as answer:
                assert answer.status in (200, 204)
                assert await answer.read() == b""


async def test_beyond_the_most_in_flight_the_door_says_no_early():
    release = asyncio.Event()

    async def hold(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    async with serving(hold) as url, standing_door(url, max_in_flight=2) as door:
        held = [asyncio.create_task(_status(door.client, ACCOUNTS)) for _ in range(2)]
        await eventually(lambda: door.in_flight.count == 2)
        async with door.client.get(ACCOUNTS) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "1"
            assert (await answer.json(content_type=None))["code"] == "overloaded"
        release.set()
        assert await asyncio.gather(*held) == [200, 200]
        assert door.in_flight.count == 0


async def test_one_employee_is_slowed_down_and_told_for_how_long():
    async def ok(_: web.Request) -> web.Response:
        return web.Response()

    async with serving(ok) as url, standing_door(url, per_second=5) as door:
        statuses: list[int] = []
        for _ in range(30):
            async with door.client.get(ACCOUNTS) as answer:
                statuses.append(answer.status)
                if answer.status == 429:
                    assert answer.headers["Retry-After"] == "1"
                    assert (await answer.json(content_type=None))["code"] == "rate_limited"
        assert 200 in statuses
        assert 429 in statuses


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/v1/", "/api/v1//accounts", "/api/v1/%61ccounts", "/other"])
async def test_paths_of_no_service_are_left_to_the_own_application(path: str):
    arrived: list[str] = []

    async def note(request: web.Request) -> web.Response:
        arrived.append(request.raw_path)
        return web.Response()

    async with serving(note) as url, standing_door(url) as door:
        answer = await door.client.get(aiohttp.client.URL(door.url + path, encoded=True))
        assert await answer.text() == "own"
    assert arrived == []


async def test_nobody_gets_through_without_a_token():
    arrived: list[str] = []

    async def note(request: web.Request) -> web.Response:
        arrived.append(request.raw_path)
        return web.Response()

    async with serving(note) as url, standing_door(url) as door, aiohttp.ClientSession(door.url) as stranger:
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
            async with stranger.get(ACCOUNTS, headers=headers) as answer:
                assert answer.status == 401
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert arrived == []


async def _status(client: aiohttp.ClientSession, path: str) -> int:
    async with client.get(path) as answer:
        await answer.read()
        return answer.status


async def test_files_pass_the_door_beyond_the_limit_of_other_bodies_while_they_arrive():
    arrived: list[int] = []
    heard = asyncio.Event()

    async def count(request: web.Request) -> web.Response:
        arrived.append(0)
        async for part in request.content.iter_any():
            arrived[-1] += len(part)
            heard.set()
        return web.json_response({"size": arrived[-1]}, status=202)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        await asyncio.wait_for(heard.wait(), 5)
        for _ in range(19):
            yield b"x" * 100_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with serving(count) as url, standing_door(url) as door:
        async with door.client.post("/api/v1/imports", data=slowly(), headers=headers) as answer:
            assert (answer.status, await answer.json()) == (202, {"size": 2_000_000})
        async with door.client.post(ACCOUNTS, data=b"x" * 2_000_000, headers=headers) as answer:
            assert answer.status == 413
        async with door.client.post("/api/v1/imports", data=b"x" * 34_000_000, headers=headers) as answer:
            assert answer.status == 413
