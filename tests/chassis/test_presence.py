"""A process that is killed in a transaction must not keep its documents from the others until the server's own limit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import pytest_asyncio
from chassis.aggregate import Document
from chassis.journal import Cause, ensure_journal
from chassis.mongo import Database, connect, is_transient
from chassis.presence import PROCESSES, Presence
from chassis.principal import SystemPrincipal
from chassis.work import UnitOfWork
from chassis.works import Works
from pymongo.errors import PyMongoError

from tests.chassis.messages.stage import until
from tests.chassis.notes import Jar

pytestmark = pytest.mark.stack

SYSTEM = SystemPrincipal("test")


class Process:
    """A process as far as its database sees it."""

    def __init__(self, database: Database, *, term_s: float) -> None:
        self.database = database
        self.presence = Presence(database, term_s=term_s)
        database.note_session = self.presence.note
        self.jars = database.collection(Jar.COLLECTION)

    async def take(self) -> bool:
        """Take one from the jar; False when another transaction has it."""
        try:
            async with self.database.transaction() as session:
                await self.jars.update_one({"_id": "jar_1"}, {"$inc": {"on_hand": -1}}, session=session)
            return True
        except PyMongoError as failure:
            if is_transient(failure):
                return False
            raise

    async def jar(self) -> Document:
        found = await self.jars.find_one({"_id": "jar_1"})
        assert found is not None
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def processes(database_uri: str) -> AsyncIterator[tuple[Process, Process]]:
    """One that tells for 0.3 s that it is alive, and one that tells for long; a jar with five in it."""
    name = f"presence_{uuid4().hex[:10]}"
    first, second = (Process(connect(database_uri, name), term_s=term_s) for term_s in (0.3, 60.0))
    await first.database.ensure_indexes([Jar])
    await first.database.ensure_collection(PROCESSES)
    await ensure_journal(first.database)
    await Works(second.database).run(
        lambda work: work.adjust(Jar, "jar_1", {"on_hand": 5}, create=lambda: Jar(id="jar_1")),
        principal=SYSTEM,
        cause=Cause(command="fill"),
    )
    yield first, second
    await second.database.client.drop_database(name)
    for process in (first, second):
        process.database.close()


async def test_what_a_killed_process_has_left_open_is_aborted_when_it_has_been_silent_for_a_term(
    processes: tuple[Process, Process],
):
    killed, other = processes
    async with AsyncExitStack() as stack:
        await killed.presence.tell()
        session = await stack.enter_async_context(killed.database.transaction())
        await killed.jars.update_one({"_id": "jar_1"}, {"$inc": {"on_hand": -1}}, session=session)
        assert not await other.take()
        await asyncio.sleep(0.4)
        assert await other.presence.clear_up() == 1
        await until(other.take)
        stack.pop_all()  # it never ends its block
    assert (await other.jar())["on_hand"] == 4
    assert await other.database.collection(PROCESSES).count_documents({"_id": killed.presence.name}) == 0


async def test_nothing_is_taken_from_a_process_that_tells(processes: tuple[Process, Process]):
    alive, other = processes
    async with alive.database.transaction() as session:
        await alive.jars.update_one({"_id": "jar_1"}, {"$inc": {"on_hand": -1}}, session=session)
        await asyncio.sleep(0.4)
        await alive.presence.tell()
        assert await other.presence.clear_up() == 0
    assert (await other.jar())["on_hand"] == 4


async def test_a_process_that_was_only_frozen_runs_its_unit_again(processes: tuple[Process, Process]):
    frozen, other = processes
    runs = 0

    async def take(work: UnitOfWork) -> Jar | None:
        nonlocal runs
        runs += 1
        jar = await work.adjust(Jar, "jar_1", {"on_hand": -1}, at_least={"on_hand": 1})
        if runs == 1:
            await asyncio.sleep(0.4)
            assert await other.presence.clear_up() == 1
            assert await other.take()
        return jar

    await frozen.presence.tell()
    await Works(frozen.database).run(take, principal=SYSTEM, cause=Cause(command="take"))
    assert runs == 2
    assert (await other.jar())["on_hand"] == 3


async def test_whoever_leaves_is_forgotten(processes: tuple[Process, Process]):
    _, other = processes
    await other.presence.tell()
    assert await other.database.collection(PROCESSES).count_documents({"_id": other.presence.name}) == 1
    await other.presence.leave()
    assert await other.database.collection(PROCESSES).count_documents({"_id": other.presence.name}) == 0
