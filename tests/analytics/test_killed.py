"""Analytics killed at any moment goes on where its marts stand, and they are those of a process that was never killed."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from chassis.native import ports
from chassis.testing.principals import an_hq
from chassis.testing.service import JWKS, internal_token

from tests.analytics.histories import busy_company
from tests.analytics.test_service import Ground, get, until_read

pytestmark = pytest.mark.stack


class Process:
    """`python -m analytics` with its marts at `path`."""

    def __init__(self, ground: Ground, path: Path) -> None:
        self.port = ports.free_ports(1)[0]
        self._environment = {
            **os.environ,
            "MONGODB_URI": ground.database_uri,
            "DATABASE": ground.database_name,
            "KAFKA_BOOTSTRAP_SERVERS": ground.kafka.bootstrap_servers,
            "TOPIC_PREFIX": ground.kafka.topic_prefix,
            "INTERNAL_JWKS": orjson.dumps(JWKS).decode(),
            "CURSOR_SECRET": "a secret that only tests use",
            "HTTP_PORT": str(self.port),
            "DUCKDB_PATH": str(path),
            "DUCKDB_MEMORY_LIMIT": "256MB",
        }

    async def start(self) -> None:
        """Start it; ready or not."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "analytics", env=self._environment, stderr=asyncio.subprocess.DEVNULL
        )

    async def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit code."""
        self._process.send_signal(number)
        return await self._process.wait()

    async def ready(self) -> None:
        """Wait until it has read all that was on the topics when it started."""
        async with asyncio.timeout(30), httpx2.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{self.port}/readyz")).status_code == 200:
                        return
                except httpx2.TransportError:
                    pass
                await asyncio.sleep(0.1)

    async def hash(self) -> Any:
        """The hash of its marts."""
        headers = {"authorization": f"Bearer {internal_token(an_hq(), 'analytics')}"}
        async with httpx2.AsyncClient(headers=headers) as client:
            answer = await client.get(f"http://127.0.0.1:{self.port}/api/v1/analytics/hash", timeout=30)
            return answer.json()["tables"]


async def test_killed_processes_lose_and_double_nothing(
    broker_address: str, database_uri: str, database_name: str, topics: str, tmp_path: Path
):
    ground = Ground(broker_address, database_uri, database_name, topics)
    chooser = random.Random(5)
    history = busy_company(chooser, 600)
    process = Process(ground, tmp_path / "killed.duckdb")
    third = len(history.records) // 3
    for part in range(3):
        await process.start()
        if part == 0:
            await process.ready()
        await ground.publish(history.records[part * third : (part + 1) * third if part < 2 else None])
        await asyncio.sleep(chooser.uniform(0.05, 0.3) if part == 0 else chooser.uniform(0.8, 2.5))
        await process.end(signal.SIGKILL)
    await process.start()
    await process.ready()
    survivor = await process.hash()
    assert await process.end(signal.SIGTERM) == 0
    async with ground.analytics(tmp_path / "calm.duckdb") as calm:
        await until_read(calm)
        assert (await get(calm, "hash"))["tables"] == survivor
