"""A customer service that runs imports."""

from collections.abc import AsyncIterator

import pytest_asyncio
from chassis.clock import FixedClock
from chassis.service import Service
from chassis.testing.service import running
from chassis.workers import job_loop
from customer.app import service
from customer.imports.model import Import
from customer.imports.run_import import run_import

from tests.customer.builders import NOW, the_units
from tests.customer.conftest import institutions
from tests.customer.imports.desk import Desk
from tests.customer.stack import seed

worker = Service(
    name=service.name,
    settings=service.settings,
    aggregates=service.aggregates,
    routers=service.routers,
    background=[job_loop(Import, run_import)],
)
"""The service with nothing in the background but its imports: it needs no broker."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(database_uri: str, database_name: str) -> AsyncIterator[Desk]:
    """A steward's desk at a running service with two regions and three hospitals."""
    async with running(
        worker, database_uri=database_uri, database_name=database_name, reactions=True, clock=FixedClock(NOW)
    ) as client:
        await seed(client, [*the_units(), *institutions()])
        yield Desk(client)
