"""A representative has one visit open at a time, however closely two check-ins overlap."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.journal import Cause
from chassis.testing import a_rep
from chassis.testing.service import ServiceClient, running
from chassis.work import UnitOfWork
from chassis.works import Works
from visits.app import service
from visits.visits.check_in_visit import CheckInVisit, check_in_visit
from visits.visits.model import Visit
from visits.visits.refusals import AnotherVisitOpen

from tests.visits.builders import NOW, replicas
from tests.visits.stack import POINT, Representative, seed

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(database_uri: str, database_name: str) -> AsyncIterator[ServiceClient]:
    async with running(
        service, database_uri=database_uri, database_name=database_name, clock=FixedClock(NOW)
    ) as opened:
        await seed(opened, replicas())
        yield opened


async def test_of_two_commits_forced_to_overlap_one_wins(client: ServiceClient):
    rep = Representative(client)
    visits = [(await rep.plan())["id"] for _ in range(2)]
    works: Works = client.app.state.edge.works
    both_have_read = asyncio.Barrier(2)

    async def arrive(visit_id: str) -> str:
        attempts = 0

        async def action(work: UnitOfWork) -> Visit:
            nonlocal attempts
            attempts += 1
            visit = await check_in_visit(CheckInVisit(visit_id=visit_id, at=NOW, **POINT), work)
            if attempts == 1:
                await both_have_read.wait()
            return visit

        try:
            await works.run(action, principal=a_rep(), cause=Cause(command="check_in_visit"))
        except AnotherVisitOpen:
            return "refused"
        return "arrived"

    outcomes = await asyncio.gather(*map(arrive, visits))
    assert sorted(outcomes) == ["arrived", "refused"]
    states = [(await rep.call("GET", f"/{visit}")).json() for visit in visits]
    assert sorted(visit["state"] for visit in states) == ["checked_in", "planned"]
    assert sorted(visit["version"] for visit in states) == [1, 2]
    assert (await rep.check_out(visits[outcomes.index("arrived")])).status_code == 200


async def test_of_many_check_ins_at_once_one_wins(client: ServiceClient):
    rep = Representative(client)
    visits = [(await rep.plan())["id"] for _ in range(8)]
    answers = await asyncio.gather(*map(rep.check_in, visits))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"another_visit_open"}
