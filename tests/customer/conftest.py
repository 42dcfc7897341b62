"""Fixtures of the customer service's tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.testing import FakeUnitOfWork, a_steward
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient, running
from customer.app import service

from tests.customer.builders import NOW, an_account, the_units
from tests.customer.stack import seed


@pytest.fixture
async def work() -> FakeUnitOfWork:
    """A steward's unit of work on two regions: hospital A in the north, B in the south, C closed since February."""
    unit = FakeUnitOfWork(principal=a_steward(), now=NOW)
    for stored in (*the_units(), *institutions()):
        await unit.given(stored)
    return unit


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(database_uri: str, database_name: str) -> AsyncIterator[ServiceClient]:
    """The service on a real database that holds the same organisation and hospitals."""
    async with running(
        service, database_uri=database_uri, database_name=database_name, clock=FixedClock(NOW)
    ) as opened:
        await seed(opened, [*the_units(), *institutions()])
        yield opened


def institutions() -> list[object]:
    """Hospitals of both regions."""
    closed = NOW.date().replace(month=2)
    return [
        an_account("acc_A", departments=("dep_A1", "dep_A2")),
        an_account("acc_B", path=SOUTH, departments=("dep_B1",)),
        an_account("acc_C", path=SOUTH, closed_on=closed),
    ]
