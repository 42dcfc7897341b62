"""A worker that is killed in the middle of an import: another goes on, and every row took effect exactly once."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from chassis.native.ports import free_ports
from chassis.testing.service import JWKS, running

from tests.customer.builders import the_units
from tests.customer.imports.conftest import worker
from tests.customer.imports.desk import ACCOUNT_MAPPING, Desk, counts, table
from tests.customer.stack import seed

pytestmark = pytest.mark.stack

ROWS, WRONG_EVERY = 3_000, 100
KILLS = 3


@asynccontextmanager
async def worker_process(database_uri: str, database_name: str) -> AsyncIterator[Process]:
    environment = os.environ | {
        "MONGODB_URI": database_uri,
        "DATABASE": database_name,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "INTERNAL_JWKS": orjson.dumps(JWKS).decode(),
        "CURSOR_SECRET": "a secret that only tests use",
        "HTTP_PORT": str(free_ports(1)[0]),
    }
    command = [sys.executable, "-m", "customer", "--role", "worker"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


@pytest.mark.timeout(300)
async def test_every_row_of_a_killed_import_takes_effect_once(database_uri: str, database_name: str):
    content = table(
        "名称,类型,等级,代码,床位,组织",
        *(
            f"断电医院{number},{'学校' if number % WRONG_EVERY == 0 else '医院'},三甲,,{number},unt_north"
            for number in range(ROWS)
        ),
    )
    async with running(worker, database_uri=database_uri, database_name=database_name) as client:
        await seed(client, the_units())
        desk = Desk(client)
        import_id = (await desk.hand_in(content, ACCOUNT_MAPPING)).json()["id"]
        stopped_at: list[int] = []
        for _ in range(KILLS):
            async with worker_process(database_uri, database_name):
                stopped_at.append(await beyond(desk, import_id, stopped_at[-1] if stopped_at else 0))
        assert stopped_at == sorted(set(stopped_at)), "each was killed after it had gone on"
        assert stopped_at[-1] < ROWS, "and before it was through"
        async with worker_process(database_uri, database_name):
            found = await desk.ended(import_id, within_s=120)
        wrong = ROWS // WRONG_EVERY
        assert (found["state"], counts(found)) == ("done", {"created": ROWS - wrong, "failed": wrong})
        names = await desk.database.collection("accounts").distinct("name")
        assert len(names) == await desk.database.collection("accounts").count_documents({}) == ROWS - wrong
        journal = desk.database.collection("journal")
        assert await journal.count_documents({"kind": "account"}) == ROWS - wrong
        assert list(await desk.codes(import_id)) == [number + 2 for number in range(0, ROWS, WRONG_EVERY)]


async def beyond(desk: Desk, import_id: str, done: int) -> int:
    """How many rows are done, once they are more."""
    async with asyncio.timeout(90):
        while True:
            found = await desk.get(f"/imports/{import_id}")
            now = found["created"] + found["failed"]
            if now > done:
                return now
            await asyncio.sleep(0.02)
