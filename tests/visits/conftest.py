"""Fixtures of the visits service's tests."""

import pytest
from chassis.testing import FakeUnitOfWork, a_rep

from tests.visits.builders import NOW, replicas


@pytest.fixture
async def work() -> FakeUnitOfWork:
    """A unit of work for the representative of the north, who knows one hospital and its doctors."""
    unit = FakeUnitOfWork(principal=a_rep(), now=NOW)
    for replica in replicas():
        await unit.given(replica)
    return unit
