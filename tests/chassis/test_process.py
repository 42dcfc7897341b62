"""The process of a service: settings, signals, exit codes."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import orjson
import pytest
from chassis.testing.service import JWKS

ROOT = Path(__file__).parents[2]
PROGRAM = "from tests.chassis.http.notes_service import service; service.main()"

pytestmark = pytest.mark.stack


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def process(*arguments: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    environment |= {"PYTHONPATH": str(ROOT), **{name: value for name, value in settings.items() if value}}
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *arguments, env=environment, cwd=ROOT, stdout=-1, stderr=-1
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


@pytest.fixture
def settings(database_uri: str, database_name: str, broker_address: str, topic_prefix: str) -> dict[str, str]:
    return {
        "MONGODB_URI": database_uri,
        "DATABASE": database_name,
        "KAFKA_BOOTSTRAP_SERVERS": broker_address,
        "TOPIC_PREFIX": topic_prefix,
        "HTTP_PORT": str(free_port()),
        "INTERNAL_JWKS": orjson.dumps(JWKS).decode(),
        "CURSOR_SECRET": "a secret that only tests use",
    }


async def ready(client: httpx2.AsyncClient) -> dict[str, str]:
    async with asyncio.timeout(20):
        while True:
            try:
                answer = await client.get("/readyz")
                if answer.status_code == 200:
                    return answer.json()["checks"]
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_asked_to_end_it_answers_what_is_in_flight_and_ends_with_0(settings: dict[str, str], number: int):
    async with (
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{settings['HTTP_PORT']}", timeout=10) as client,
        process("--role", "api", **settings) as started,
    ):
        assert await ready(client) == {"database": "ok"}
        slow = asyncio.create_task(client.get("/api/v1/notes/slow/note"))
        await asyncio.sleep(0.3)
        started.send_signal(number)
        await asyncio.sleep(0.3)
        with pytest.raises(httpx2.TransportError):
            await httpx2.AsyncClient().get(f"http://127.0.0.1:{settings['HTTP_PORT']}/livez")
        answer = await slow
        assert (answer.status_code, answer.json()) == (200, {"slow": True})
        async with asyncio.timeout(10):
            assert await started.wait() == 0


async def test_the_role_decides_what_it_answers_for(settings: dict[str, str]):
    async with (
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{settings['HTTP_PORT']}") as client,
        process("--role", "relay", **settings) as started,
    ):
        assert await ready(client) == {"database": "ok", "relay": "ok"}
        assert (await client.get("/api/v1/notes/public/note")).status_code == 404
        started.terminate()
        async with asyncio.timeout(10):
            assert await started.wait() == 0


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DATABASE": ""}, "DATABASE"),
        ({"HTTP_PORT": "many"}, "HTTP_PORT"),
        ({"INTERNAL_JWKS": "/absent"}, "INTERNAL_JWKS"),
    ],
)
async def test_settings_that_cannot_work_are_named_in_a_sentence(
    settings: dict[str, str], changed: dict[str, str], named: str
):
    async with process(**settings | changed) as started:
        _, errors = await started.communicate()
    assert started.returncode == 2
    assert errors.decode().startswith(f"notes: {named}: ")
    assert "Traceback" not in errors.decode()


async def test_a_taken_port_ends_it_with_a_failure(settings: dict[str, str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(settings["HTTP_PORT"])))
        taken.listen()
        async with process("--role", "api", **settings) as started, asyncio.timeout(20):
            assert await started.wait() not in (0, None)


async def test_its_logs_are_json_and_name_the_service(settings: dict[str, str]):
    async with (
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{settings['HTTP_PORT']}") as client,
        process("--role", "api", **settings) as started,
    ):
        await ready(client)
        await client.get("/api/v1/notes?q=Wang", headers={"authorization": "Bearer secret"})
        started.terminate()
        _, errors = await started.communicate()
    lines = [orjson.loads(line) for line in errors.splitlines()]
    assert {line["service"] for line in lines} == {"notes"}
    assert any(line["event"] == "started" for line in lines)
    assert "Wang" not in errors.decode()
    assert "secret" not in errors.decode()


async def test_a_file_of_commands_is_loaded_with_progress(settings: dict[str, str], tmp_path: Path):
    file = tmp_path / "notes.ndjson"
    line = {"use_case": "write_note", "at": "2024-03-01T02:00:00Z", "principal": "system"}
    file.write_bytes(
        b"\n".join(orjson.dumps(line | {"command": {"note_id": f"nte_p{number}", "text": "x"}}) for number in range(25))
    )
    async with process("--role", "load", str(file), "--batch", "10", **settings) as started:
        output, errors = await started.communicate()
    assert started.returncode == 0, errors
    progress = [orjson.loads(row) for row in output.splitlines()]
    assert [(row["done"], row["total"]) for row in progress] == [(0, 25), (10, 25), (20, 25), (25, 25)]
