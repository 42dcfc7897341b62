"""A commit whose answer is lost took effect or did not, and the unit of work finds out which."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from chassis.journal import JOURNAL, Cause, ensure_journal
from chassis.mongo import connect
from chassis.principal import SystemPrincipal
from chassis.work import UnitOfWork
from chassis.works import Works
from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.errors import AutoReconnect, OperationFailure

from tests.chassis.notes import Jar

pytestmark = pytest.mark.stack


@pytest.fixture
async def works(database_uri: str):
    database = connect(database_uri, f"lost_{uuid4().hex[:10]}")
    await database.ensure_indexes([Jar])
    await ensure_journal(database)
    yield Works(database)
    await database.client.drop_database(database.name)
    database.close()


async def _fill(work: UnitOfWork) -> Jar | None:
    return await work.adjust(Jar, "jar_1", {"on_hand": 5}, create=lambda: Jar(id="jar_1"))


def _forgotten() -> OperationFailure:
    """What the driver's own repetition of a commit hears from a server that was killed and restarted after the first."""
    labels = ["TransientTransactionError"]
    return OperationFailure("no such transaction", 251, {"ok": 0, "code": 251, "errorLabels": labels})


@pytest.mark.parametrize("answer", [_forgotten(), AutoReconnect("connection closed")], ids=["restarted", "broken"])
@pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "not carried out"])
async def test_the_effect_is_there_once_whatever_became_of_the_commit(
    works: Works, monkeypatch: pytest.MonkeyPatch, answer: Exception, carried_out: bool
):
    commit, lost = AsyncIOMotorClientSession.commit_transaction, asyncio.Event()

    async def losing(session: Any) -> Any:
        if lost.is_set() and session in broken:
            raise _forgotten()
        if lost.is_set():
            return await commit(session)
        lost.set()
        broken.append(session)
        if carried_out:
            await commit(session)
        else:
            await session.abort_transaction()
        raise answer

    broken: list[Any] = []
    monkeypatch.setattr(AsyncIOMotorClientSession, "commit_transaction", losing)
    outcome = await works.run(_fill, principal=SystemPrincipal("test"), cause=Cause(command="fill"))
    assert outcome.value is not None
    assert outcome.value.on_hand == 5
    stored = await works.database.collection(Jar.COLLECTION).find_one({"_id": "jar_1"})
    assert stored is not None
    assert stored["on_hand"] == 5
    assert await works.database.collection(JOURNAL).count_documents({}) == 1
