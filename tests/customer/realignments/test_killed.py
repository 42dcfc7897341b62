"""A publication whose worker is killed in the middle goes on where it stood: every item once, none lost."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from chassis.native import ports
from chassis.testing.service import JWKS, ServiceClient, running
from customer.app import service

from tests.customer.alignments.samples import the_field
from tests.customer.builders import an_account, the_units
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack

ITEMS = 500
"""Five batches."""
WITHIN_S = 90.0


@asynccontextmanager
async def worker(client: ServiceClient) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m customer --role worker` on the database of the service; killed at the end of the block."""
    settings = client.settings
    environment = {
        **os.environ,
        "MONGODB_URI": settings.mongodb_uri,
        "DATABASE": settings.database,
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "TOPIC_PREFIX": settings.topic_prefix,
        "INTERNAL_JWKS": orjson.dumps(JWKS).decode(),
        "CURSOR_SECRET": "a secret that only tests use",
        "HTTP_PORT": str(ports.free_ports(1)[0]),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "customer", "--role", "worker", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def progress(steward: Person, path: str, at_least: int) -> dict[str, Any]:
    """The publication once at least so many items are done, or all."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            publication = (await steward.get(path))["publication"]
            done = publication["applied"] + publication["unchanged"] + publication["failed_count"]
            if publication["state"] == "done" or (at_least < ITEMS and done >= at_least):
                return publication
            await asyncio.sleep(0.02)


async def test_a_killed_publication_is_finished_by_another_worker_with_every_item_applied_once(
    database_uri: str, database_name: str, broker_address: str, topics: str
):
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
    ) as client:
        database = client.app.state.edge.database
        await seed(client, [*the_units(), *the_field()])
        accounts = [an_account(f"acc_{number:04d}").dump() | {"version": 1} for number in range(ITEMS)]
        await database.collection("accounts").insert_many(accounts)
        steward = Person(client)
        items = [
            {"account_id": account["_id"], "line_id": "lin_1", "to_unit_id": "unt_t1", "employee_id": "emp_1"}
            for account in accounts
        ]
        body = {"name": "Everything", "effective_on": "2020-01-01", "items": items}
        path = f"/realignments/{(await steward.make('/realignments', body))['id']}"
        assert (await steward.call("POST", f"{path}/simulation")).json()["publishable"] is True
        assert (await steward.call("POST", f"{path}/publication")).status_code == 202
        async with worker(client) as first:
            halfway = await progress(steward, path, 100)
            first.send_signal(signal.SIGKILL)
            await first.wait()
        assert halfway["state"] == "running"
        assert halfway["applied"] < ITEMS
        async with worker(client):
            finished = await progress(steward, path, ITEMS)
        assert (finished["applied"], finished["unchanged"], finished["failed_count"]) == (ITEMS, 0, 0)
        alignments = await database.collection("alignments").find({}).to_list(None)
        assert {(one["version"], len(one["assignments"])) for one in alignments} == {(1, 1)}
        assert len(alignments) == ITEMS
        seen = await database.collection("accounts").count_documents({"audience": "lin_1|unt_t1", "version": 2})
        assert seen == ITEMS, "each institution is stamped once"
        journal = database.collection("journal")
        assert await journal.count_documents({"kind": "alignment"}) == ITEMS
        assert len(await journal.distinct("cause.run_id", {"kind": "alignment"})) == ITEMS // 100
