"""The stage of these tests, on the session's broker and database."""

import pytest_asyncio

from tests.chassis.messages.stage import Stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(broker_address: str, database_uri: str, database_name: str):
    """A fresh stage: own topics, an empty database for the reader."""
    made = Stage(broker_address, database_uri, database_name)
    await made.open()
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def written(stage: Stage):
    """The stage with a journal in the writer's database."""
    await stage.open_writer()
    return stage
