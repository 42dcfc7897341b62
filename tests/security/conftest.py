"""The running product and the company in it, made once for tests/system and tests/security together."""

from contextlib import ExitStack

import pytest

from tests.system.company import Company
from tests.system.standing import standing_company


@pytest.fixture(scope="session")
def company(request: pytest.FixtureRequest, broker_address: str, _session_ground: ExitStack) -> Company:
    """The whole product, running, with a company that was founded over HTTP."""
    return standing_company(request.config, broker_address, _session_ground)
