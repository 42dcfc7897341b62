"""A service as one process: its parts start, become ready and end together. On a real database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx2
import pytest
from chassis.service import Context, Role, Service
from chassis.settings import ServiceSettings
from chassis.testing import a_rep, a_steward
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient, as_principal, running, settings_for
from fastapi import FastAPI

from tests.chassis.http.notes_service import service

pytestmark = pytest.mark.stack
NOTES = "/api/v1/notes"
STEWARD = as_principal(a_steward())


@pytest.fixture
async def client(database_uri: str, database_name: str) -> AsyncIterator[ServiceClient]:
    name = f"{database_name}_{uuid4().hex[:6]}"
    async with running(service, database_uri=database_uri, database_name=name) as opened:
        yield opened


def client_of(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://notes")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def write(client: ServiceClient, note_id: str = "nte_1", text: str = "x", **headers: str) -> httpx2.Response:
    return await client.post(NOTES, json={"note_id": note_id, "text": text}, headers=STEWARD | headers)


async def test_what_is_written_is_read_in_scope_and_nowhere_else(client: ServiceClient):
    assert (await write(client)).status_code == 201
    own = await client.get(f"{NOTES}/nte_1", headers=as_principal(a_rep()))
    assert (own.status_code, own.headers["etag"], own.json()["text"]) == (200, '"1"', "x")
    other = await client.get(f"{NOTES}/nte_1", headers=as_principal(a_rep(path=SOUTH)))
    absent = await client.get(f"{NOTES}/nte_2", headers=as_principal(a_rep(path=SOUTH)))
    assert (other.status_code, absent.status_code) == (404, 404)
    assert other.json()["code"] == absent.json()["code"]


async def test_lists_go_on_where_the_last_page_ended(client: ServiceClient):
    for number in range(5):
        await write(client, f"nte_{number}")
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(NOTES, params=params, headers=STEWARD)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"nte_{number}" for number in range(5)]


async def test_a_cursor_of_another_list_is_refused(client: ServiceClient):
    for number in range(3):
        await write(client, f"nte_{number}")
    cursor = (await client.get(NOTES, params={"limit": 1}, headers=STEWARD)).json()["next"]
    for params in ({"cursor": cursor, "text": "x"}, {"cursor": cursor[:-4] + "AAAA"}, {"cursor": "x"}):
        answer = await client.get(NOTES, params=params, headers=STEWARD)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_the_same_key_has_one_effect_and_one_answer(client: ServiceClient):
    first = await write(client, **{"idempotency-key": "k"})
    again = await write(client, **{"idempotency-key": "k"})
    assert (again.status_code, again.content, again.headers["etag"]) == (201, first.content, first.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"
    other = await write(client, text="y", **{"idempotency-key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_fifty_twins_in_flight_have_one_effect(client: ServiceClient):
    answers = await asyncio.gather(*(write(client, **{"idempotency-key": "k"}) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1


async def test_a_stale_version_changes_nothing(client: ServiceClient):
    await write(client)
    url, fresh = f"{NOTES}/nte_1", {"if-match": '"1"'}
    assert (await client.put(url, json={"text": "y"}, headers=STEWARD | fresh)).status_code == 200
    assert (await client.put(url, json={"text": "z"}, headers=STEWARD | fresh)).status_code == 412
    assert (await client.get(url, headers=STEWARD)).json()["text"] == "y"


async def test_readiness_names_the_database(client: ServiceClient):
    assert (await client.get("/readyz")).json() == {"ready": True, "checks": {"database": "ok"}}


async def test_without_a_database_a_process_lives_and_is_not_ready():
    settings = settings_for(
        service,
        database_uri="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200",
        database_name="absent",
        broker_address="127.0.0.1:9",
        topic_prefix="",
    )
    app = service.app(settings, role=Role.API)
    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503


async def test_parts_live_as_long_as_the_process_and_loops_start_again(database_uri: str, database_name: str):
    seen: list[str] = []

    @asynccontextmanager
    async def part(context: Context) -> AsyncIterator[None]:
        context.app.state.greeting = "hello"
        seen.append("entered")
        yield
        seen.append("left")

    async def loop(_: Context) -> None:
        seen.append("round")
        if seen.count("round") < 3:
            raise ValueError("once more")
        await asyncio.Event().wait()

    made = Service(name="notes", settings=ServiceSettings, parts=[part], background=[loop])
    async with running(made, database_uri=database_uri, database_name=database_name) as client:
        assert (client.app.state.greeting, seen) == ("hello", ["entered"])
    seen.clear()
    role = Role.API | Role.WORKER
    app = made.app(
        settings_for(
            made, database_uri=database_uri, database_name=database_name, broker_address="127.0.0.1:9", topic_prefix=""
        ),
        role=role,
    )
    async with app.router.lifespan_context(app):
        await until(lambda: seen.count("round") == 3)
    assert seen == ["entered", "round", "round", "round", "left"]


async def test_a_part_that_cannot_start_makes_the_process_dead(database_uri: str, database_name: str):
    @asynccontextmanager
    async def broken(_: Context) -> AsyncIterator[None]:
        raise OSError("disk full")
        yield

    made = Service(name="notes", settings=ServiceSettings, parts=[broken])
    app = made.app(
        settings_for(
            made, database_uri=database_uri, database_name=database_name, broker_address="127.0.0.1:9", topic_prefix=""
        ),
        role=Role.API,
    )
    async with app.router.lifespan_context(app):
        await until(app.state.health.alive)
        assert app.state.health.alive() == {"start": "the start failed: OSError"}


async def test_a_relay_that_stands_still_makes_the_process_dead(
    database_uri: str, database_name: str, broker_address: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chassis.parts._PATIENCE_S", 0.5)
    standing = asyncio.Event()

    async def stand_still(*_: object) -> int:
        standing.set()
        await asyncio.Event().wait()
        return 0

    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topic_prefix,
        relay=True,
    ) as client:
        assert (await client.get("/livez")).status_code == 200
        monkeypatch.setattr("chassis.relay.Relay.send_next", stand_still)
        await standing.wait()
        await until(client.app.state.health.alive)
        assert "relay" in (await client.get("/livez")).json()["probes"]


async def test_only_the_api_role_serves_the_routes(database_uri: str, database_name: str):
    settings = settings_for(
        service, database_uri=database_uri, database_name=database_name, broker_address="127.0.0.1:9", topic_prefix=""
    )
    app = service.app(settings, role=Role.RELAY)
    async with client_of(app) as client:
        assert (await client.get(f"{NOTES}/public/note")).status_code == 404
        assert (await client.get("/livez")).status_code == 200
