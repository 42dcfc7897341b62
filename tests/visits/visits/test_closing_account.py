"""An institution that closes while a visit to it is being planned takes that visit no more."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.journal import Cause
from chassis.principal import SystemPrincipal
from chassis.refusals import RuleBroken
from chassis.testing import a_rep
from chassis.testing.service import ServiceClient, running
from chassis.work import UnitOfWork
from chassis.works import Works
from contracts.values import Stage
from visits.app import service
from visits.known.model import KnownAccount
from visits.visits.model import Visit
from visits.visits.plan_visit import PlanVisit, plan_visit

from tests.visits.builders import NOW, an_account, replicas
from tests.visits.stack import count, seed

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(database_uri: str, database_name: str) -> AsyncIterator[ServiceClient]:
    async with running(
        service, database_uri=database_uri, database_name=database_name, clock=FixedClock(NOW)
    ) as opened:
        await seed(opened, replicas())
        yield opened


async def test_a_plan_that_saw_it_open_is_judged_again(client: ServiceClient):
    works: Works = client.app.state.edge.works
    attempts = 0

    async def close(work: UnitOfWork) -> None:
        account = an_account("acc_A", stage=Stage.CLOSING)
        account.sequence = 2
        await work.put(account)

    async def plan(work: UnitOfWork) -> Visit:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            seen = await work.get_replica(KnownAccount, "acc_A")
            assert seen is not None
            assert not seen.closed
            await works.run(close, principal=SystemPrincipal("visits.reactions"), cause=Cause(command="close"))
        return await plan_visit(PlanVisit(account_id="acc_A", planned_at=NOW), work)

    with pytest.raises(RuleBroken) as refused:
        await works.run(plan, principal=a_rep(), cause=Cause(command="plan_visit"))
    assert [(v.field, v.code) for v in refused.value.violations] == [("account_id", "account_closed")]
    assert attempts > 1
    assert await count(client, "visits") == 0
