"""What operators ask a process."""

import asyncio

from chassis.http import operations
from chassis.http.operations import Health

from tests.chassis.http.conftest import Client


async def test_a_loop_that_moves_is_alive_and_one_that_does_not_is_named(client: Client):
    said: list[str | None] = ["it has not moved for 61 s"]
    client.health.probes |= {"relay": lambda: None, "consumer": lambda: said[0]}
    answer = await client.get("/livez")
    assert (answer.status_code, answer.json()["probes"]) == (503, {"consumer": "it has not moved for 61 s"})
    said[0] = None
    assert (await client.get("/livez")).json() == {"alive": True, "probes": {}}


async def test_readiness_names_every_dependency(client: Client, monkeypatch):
    monkeypatch.setattr(operations, "CHECK_TIMEOUT_S", 0.05)

    async def well() -> str | None:
        return None

    async def away() -> str | None:
        raise ConnectionError("mongodb://user:secret@host")

    async def silent() -> str | None:
        await asyncio.sleep(60)
        return None

    client.health.checks |= {"database": well}
    assert (await client.get("/readyz")).json() == {"ready": True, "checks": {"database": "ok"}}
    client.health.checks |= {"broker": away, "other": silent}
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "ConnectionError"
    assert answer.json()["checks"]["other"].startswith("no answer")
    assert "secret" not in answer.text


async def test_a_missing_dependency_does_not_make_a_process_dead(client: Client):
    async def away() -> str | None:
        raise ConnectionError

    client.health.checks["database"] = away
    assert (await client.get("/livez")).status_code == 200


async def test_a_process_is_not_ready_before_its_start_and_after_it_was_asked_to_end():
    health = Health()
    assert await health.ready() == {"process": "starting"}
    health.started = True
    assert await health.ready() == {}
    health.draining = True
    assert await health.ready() == {"process": "shutting down"}


async def test_metrics_are_in_prometheus_text_format(client: Client):
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for name in (
        "terrain_relay_unpublished_rows",
        "terrain_relay_oldest_unpublished_seconds",
        "terrain_consumer_lag",
        "terrain_parked_aggregates",
        "terrain_dead_letters_total",
        "terrain_http_request_seconds",
    ):
        assert f"# HELP {name}" in answer.text, name
