"""What is under a moved unit follows, also when the process that sees to it is killed in the middle."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from chassis.journal import Cause
from chassis.testing import a_manager, a_steward, an_admin
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient, running
from chassis.work import UnitOfWork
from contracts.values import AccountKind, UnitKind
from customer.accounts.create_account import CreateAccount, create_account
from customer.app import service
from customer.units.create_unit import CreateUnit, create_unit

from tests.customer.stack import Person

pytestmark = pytest.mark.stack

WITHIN_S = 100.0
TERRITORIES = [NORTH + f"unt_o/unt_t{number}/" for number in range(2)]
ACCOUNTS = 100
"""In each territory: two batches."""
TOGETHER = 50


async def found(client: ServiceClient) -> None:
    """Two regions; an office of the north with two territories full of hospitals."""
    kinds = [("unt_hq", "hq", None), ("unt_north", "region", "unt_hq"), ("unt_south", "region", "unt_hq")]
    kinds += [("unt_o", "office", "unt_north"), ("unt_t0", "territory", "unt_o"), ("unt_t1", "territory", "unt_o")]

    async def organise(work: UnitOfWork) -> None:
        for unit_id, kind, parent_id in kinds:
            await create_unit(CreateUnit(unit_id=unit_id, name=unit_id, kind=UnitKind(kind), parent_id=parent_id), work)

    await client.app.state.edge.works.run(organise, principal=an_admin(), cause=Cause(command="test"))
    for unit_id in ("unt_t0", "unt_t1"):
        for start in range(0, ACCOUNTS, TOGETHER):
            await client.app.state.edge.works.run(
                partial(register, unit_id, range(start, start + TOGETHER)),
                principal=a_steward(),
                cause=Cause(command="test"),
            )


async def register(unit_id: str, numbers: range, work: UnitOfWork) -> None:
    for number in numbers:
        account_id = f"acc_{unit_id[-2:]}x{number}"
        clinic = CreateAccount(account_id=account_id, name=account_id, kind=AccountKind.CLINIC, unit_id=unit_id)
        await create_account(clinic, work)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(
    database_uri: str, database_name: str, broker_address: str, topics: str
) -> AsyncIterator[ServiceClient]:
    """API and relay, without anybody who reacts; an office of the north with two territories full of hospitals."""
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
        relay=True,
    ) as client:
        await found(client)
        yield client


@contextmanager
def a_worker(client: ServiceClient) -> Iterator[subprocess.Popen[bytes]]:
    """A process that reacts and does what is to be done in the background."""
    told = client.settings.model_dump(mode="json")
    told["cursor_secret"] = client.settings.cursor_secret.get_secret_value()
    environment = {name.upper(): str(value) for name, value in told.items() if value is not None}
    process = subprocess.Popen(
        [sys.executable, "-m", "customer", "--role", "worker"],
        env={**os.environ, **environment, "HTTP_PORT": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def rows(client: ServiceClient, collection: str, where: dict[str, Any]) -> int:
    return await client.app.state.edge.database.collection(collection).count_documents(where)


async def until(look: Any, wanted: Any) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            if wanted(await look()):
                return
            await asyncio.sleep(0.02)


async def test_a_killed_job_is_taken_up_where_it_was_broken_off(house: ServiceClient):
    admin = Person(house, an_admin())
    hired = await admin.make(
        "/employees",
        {"name": "x", "username": "rep.t0", "roles": ["rep"], "unit_id": "unt_t0", "valid_from": "2025-01-01"},
    )
    answer = await admin.call("POST", "/units/unt_o/moves", {"to_parent_id": "unt_south", "reason": "reorganised"})
    assert (answer.status_code, answer.json()["path"]) == (200, SOUTH + "unt_o/")
    stale = {"unit_path": {"$in": TERRITORIES}}

    async def left() -> int:
        return await rows(house, "accounts", stale)

    with a_worker(house) as first:
        await until(left, lambda count: count < len(TERRITORIES) * ACCOUNTS)
        first.kill()
        first.wait()
    interrupted = await left()
    assert 0 < interrupted < len(TERRITORIES) * ACCOUNTS
    with a_worker(house):
        await until(left, lambda count: count == 0)
    assert (await admin.get("/units/unt_t1"))["path"] == SOUTH + "unt_o/unt_t1/"
    assert (await admin.get(f"/employees/{hired['id']}"))["unit_path"] == SOUTH + "unt_o/unt_t0/"
    told = {"kind": "account", "events.type": "customer.account-realigned.v1"}
    assert await rows(house, "journal", told) == len(TERRITORIES) * ACCOUNTS
    gone = Person(house, a_manager(NORTH))
    assert await gone.items("/accounts") == []
