"""The marts in use: the event loop goes on, callers that give up stop their statement, failures are told apart."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import duckdb
import pytest
from analytics.marts.file import Applied
from analytics.marts.folding import Unfoldable
from analytics.marts.generation import EngineAway, Generation
from chassis.intake import is_away

from tests.analytics.histories import company

FOREVER = "SELECT count(*) FROM range(10_000_000_000) a, range(1000) b WHERE hash(a.range + b.range) = 7"


@pytest.fixture
async def generation(tmp_path: Path) -> AsyncIterator[Generation]:
    made = await Generation.open(tmp_path / "marts.duckdb", memory_limit="256MB", threads=1)
    yield made
    await made.close()


async def test_a_reader_that_gives_up_stops_its_statement(generation: Generation):
    async def ask() -> None:
        await generation.read(lambda connection: connection.execute(FOREVER).fetchall())

    for _ in range(4):  # more than there are reading threads
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask(), 0.2)
    async with asyncio.timeout(5):
        assert await generation.read(lambda c: c.execute("SELECT 1").fetchall()) == [(1,)]


async def test_the_event_loop_goes_on_while_the_engine_works(generation: Generation):
    asked = asyncio.ensure_future(generation.read(lambda connection: connection.execute(FOREVER).fetchall()))
    begun = time.monotonic()
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert time.monotonic() - begun < 2
    assert not asked.done()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def test_questions_cannot_change_the_marts(generation: Generation):
    with pytest.raises(duckdb.Error, match="read-only"):
        await generation.read(lambda connection: connection.execute("DELETE FROM progress"))
    assert await generation.read(lambda c: c.execute("SELECT 1").fetchall()) == [(1,)]


async def test_a_failure_of_the_engine_blames_no_record(generation: Generation, monkeypatch: pytest.MonkeyPatch):
    def full_disk(*_: object) -> None:
        raise duckdb.IOException("Could not write file: No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(generation._file, "apply", full_disk)
        with pytest.raises(EngineAway) as failure:
            await generation.apply(company().records, {}, {})
    assert is_away(failure.value)
    assert not generation.failed


async def test_a_record_that_makes_no_row_is_blamed(generation: Generation):
    (envelope, _), (_, event) = company().records[:2]
    with pytest.raises(Unfoldable) as failure:
        await generation.apply([(envelope, event)], {("customer.unit", 0): Applied(1)}, {envelope.subject: 1})
    assert not is_away(failure.value)
    assert await generation.places() == {}


async def test_what_was_applied_is_there_after_closing_and_opening(tmp_path: Path):
    path = tmp_path / "marts.duckdb"
    records = company().records
    progress = {envelope.subject: envelope.sequence for envelope, _ in records}
    first = await Generation.open(path)
    await first.apply(records, {("all", 0): Applied(len(records))}, progress)
    await first.set_meta("note", "kept")
    await first.close()
    second = await Generation.open(path)
    assert await second.places() == {("all", 0): Applied(len(records))}
    assert await second.progress(sorted(progress)) == progress
    assert await second.meta("note") == "kept"
    await second.close()
