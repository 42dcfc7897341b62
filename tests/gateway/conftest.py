"""Fixtures of the gateway's tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.stack import RunningGateway, running_gateway


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(
    database_uri: str, database_name: str, broker_address: str, topics: str
) -> AsyncIterator[RunningGateway]:
    """One running gateway for all stack tests of a module."""
    async with running_gateway(
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
        invitation_wait_s=3.0,
        feed_heartbeat_s=1.0,
    ) as running:
        yield running
