"""One company for every folder of tests that asks for it."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from chassis.testing import stack
from contracts.topics import DEAD_LETTERS, TOPICS

from tests.system.company import Company, founded
from tests.system.installation import running_installation

_COMPANY: pytest.StashKey[Company] = pytest.StashKey()


def standing_company(config: pytest.Config, broker_address: str, ground: ExitStack) -> Company:
    """The company of this session: founded at the first call, gone when `ground` is closed, before its broker is."""
    if _COMPANY not in config.stash:
        prefix = f"s{secrets.token_hex(3)}."
        names = [prefix + topic.name for topic in (*TOPICS, *DEAD_LETTERS)]
        ground.callback(_delete_topics, broker_address, names)
        installation = ground.enter_context(running_installation(broker_address, prefix))
        config.stash[_COMPANY] = ground.enter_context(founded(installation))
    return config.stash[_COMPANY]


def _delete_topics(broker_address: str, names: list[str]) -> None:
    with ThreadPoolExecutor(1) as apart:  # the tests' own event loop stays as it is
        apart.submit(asyncio.run, stack.delete_topics(broker_address, names)).result()
