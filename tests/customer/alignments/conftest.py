"""The running service with territories, representatives and lines."""

from collections.abc import AsyncIterator

import pytest_asyncio
from chassis.clock import FixedClock
from chassis.testing.service import ServiceClient, running
from customer.app import service

from tests.customer.alignments.samples import the_field
from tests.customer.builders import NOW, the_units
from tests.customer.conftest import institutions
from tests.customer.stack import seed


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(database_uri: str, database_name: str) -> AsyncIterator[ServiceClient]:
    """The service on a real database that holds the organisation, its territories and hospitals."""
    async with running(
        service, database_uri=database_uri, database_name=database_name, clock=FixedClock(NOW)
    ) as opened:
        await seed(opened, [*the_units(), *the_field(), *institutions()])
        yield opened
