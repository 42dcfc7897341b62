"""From the journal to another service's store: once, in order, whatever is repeated."""

import pytest

from tests.chassis.messages.stage import Stage, until

pytestmark = pytest.mark.stack


async def test_what_is_written_reaches_the_reader_once_and_in_order(written: Stage):
    stage = written
    async with stage.relaying(), stage.reacting():
        for note in ("nte_a", "nte_b", "nte_c"):
            await stage.write(note, 4)
        for note in ("nte_a", "nte_b", "nte_c"):
            await until(lambda note=note: _has(stage, note, ["1", "2", "3", "4"]))
        await until(lambda: _none_unpublished(stage))
    assert sorted(stage.told) == [(n, s) for n in ("nte_a", "nte_b", "nte_c") for s in (1, 2, 3, 4)]


async def _has(stage: Stage, note: str, texts: list[str]) -> bool:
    return await stage.kept(note) == texts


async def _none_unpublished(stage: Stage) -> bool:
    return await stage.unpublished() == 0
