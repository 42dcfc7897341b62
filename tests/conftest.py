"""Fixtures of the whole test suite: one broker and one database per session, kept apart per module."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest
import pytest_asyncio
from chassis.testing import stack

_GROUND: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture(scope="session")
def _session_ground(request: pytest.FixtureRequest) -> Iterator[ExitStack]:
    request.config.stash[_GROUND] = []
    with ExitStack() as opened:
        yield opened


@pytest.fixture(scope="session")
def broker_address(_session_ground: ExitStack, request: pytest.FixtureRequest) -> str:
    """Bootstrap servers of a real Kafka."""
    ground = _session_ground.enter_context(stack.running_broker())
    request.config.stash[_GROUND].append(f"broker: {ground.origin}")
    return ground.address


@pytest.fixture(scope="session")
def _database(_session_ground: ExitStack, request: pytest.FixtureRequest) -> stack.Ground:
    ground = _session_ground.enter_context(stack.running_database())
    request.config.stash[_GROUND].append(f"database: {ground.origin}")
    return ground


@pytest.fixture(scope="session")
def database_uri(_database: stack.Ground) -> str:
    """URI of a real database with MongoDB's protocol and transactions."""
    return _database.address


@pytest.fixture(scope="module")
def topic_prefix() -> str:
    """Set before all topic names of this module, for example `t3f9a.`; nothing is created."""
    return f"t{secrets.token_hex(3)}."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def topics(broker_address: str, topic_prefix: str) -> AsyncIterator[str]:
    """Every declared topic exists under this module's prefix, which is the value; removed afterwards."""
    names = await stack.create_topics(broker_address, topic_prefix)
    yield topic_prefix
    await stack.delete_topics(broker_address, names)


@pytest.fixture(scope="module")
def database_name(_database: stack.Ground) -> Iterator[str]:
    """A database name of this module; on a server that outlives the tests, it and all that begin with `<name>_` are dropped
    afterwards."""
    name = f"t{secrets.token_hex(3)}"
    yield name
    if _database.lasting:
        stack.drop_databases(_database.address, name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line: what was skipped and why, and on which ground the tests stood."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    skipped = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common()) or "nothing"
    ground = ", ".join(config.stash.get(_GROUND, [])) or "no broker or database needed"
    terminalreporter.write_line(f"skipped: {skipped} ({ground})")
