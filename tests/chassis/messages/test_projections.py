"""Projections on a real broker: own offsets, facts and place together, poison skipped, restarts without loss or repetition."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from chassis.projections import Batch, Place, Projection

from tests.chassis.messages.stage import CONSUMER, TOPIC, Stage, until

pytestmark = pytest.mark.stack


class Store:
    """What a projection's transaction would keep; one call changes all of it or nothing."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, int]] = []
        self.offsets: dict[Place, int] = {}
        self.progress: dict[str, int] = {}


class Notes(Projection):
    def __init__(self, stage: Stage, store: Store, **options: Any) -> None:
        super().__init__(CONSUMER, [TOPIC], stage.kafka, stage.reader, **options)
        self.store = store
        self.refused: set[tuple[str, int]] = set()
        self.away = 0

    async def load_offsets(self) -> dict[Place, int]:
        return dict(self.store.offsets)

    async def load_progress(self, aggregates: Sequence[str]) -> dict[str, int]:
        return {name: self.store.progress[name] for name in aggregates if name in self.store.progress}

    async def apply(self, batch: Batch) -> None:
        if self.away:
            self.away -= 1
            raise ConnectionError("the store is away")
        facts = [(record.envelope.subject, record.envelope.sequence) for record in batch.records]
        if self.refused.intersection(facts):
            raise ValueError("this cannot be stored")
        self.store.facts += facts
        self.store.offsets.update(batch.offsets)
        self.store.progress.update(batch.progress)


@asynccontextmanager
async def running(projection: Projection):
    async def again() -> None:
        while True:
            try:
                await projection.run()
            except ConnectionError:
                await asyncio.sleep(0.05)

    task = asyncio.ensure_future(again())
    try:
        yield projection
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_everything_is_applied_once_and_in_order_and_then_it_has_caught_up(stage: Stage):
    await stage.send(*[stage.event(note, n) for n in (1, 2, 3) for note in ("nte_a", "nte_b")])
    store = Store()
    async with running(Notes(stage, store)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 15)
        assert sum(projection.lag().values()) == 0
        await stage.send(stage.event("nte_a", 4))
        await until(lambda: ("nte_a", 4) in store.facts)
    for note, last in (("nte_a", 4), ("nte_b", 3)):
        assert [s for n, s in store.facts if n == note] == list(range(1, last + 1))
    assert sum(store.offsets.values()) == 7


async def test_it_goes_on_where_its_store_is_and_a_new_generation_starts_from_nothing(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (1, 2)])
    first = Store()
    async with running(Notes(stage, first)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 15)
    await stage.send(stage.event("nte_a", 3))
    async with running(Notes(stage, first)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 15)
    assert first.facts == [("nte_a", 1), ("nte_a", 2), ("nte_a", 3)]
    second = Store()
    async with running(Notes(stage, second)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 15)
    assert second.facts == first.facts


async def test_duplicates_are_dropped_even_when_the_store_lost_its_offsets(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (1, 2, 1, 2, 3)])
    store = Store()
    async with running(Notes(stage, store)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 15)
    store.offsets.clear()
    async with running(Notes(stage, store)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 15)
    assert store.facts == [("nte_a", 1), ("nte_a", 2), ("nte_a", 3)]


async def test_an_event_that_is_ahead_waits_across_a_restart_for_the_missing_one(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (1, 3, 4)])
    store = Store()
    async with running(Notes(stage, store)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 15)
    assert store.facts == [("nte_a", 1)]
    async with running(Notes(stage, store)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 15)
        await stage.send(stage.event("nte_a", 2))
        await until(lambda: len(store.facts) == 4)
    assert store.facts == [("nte_a", n) for n in (1, 2, 3, 4)]


async def test_poison_is_kept_as_dead_letters_and_passed(stage: Stage):
    await stage.send(
        stage.event("nte_a", 1),
        stage.record("nte_a", 2, value=b"{"),
        stage.record("nte_a", 2, ce_type=b"\xff\xfe"),
        stage.event("nte_a", 2),
    )
    store = Store()
    for _ in range(2):
        store.offsets.clear()
        async with running(Notes(stage, store)) as projection:
            await asyncio.wait_for(projection.caught_up.wait(), 15)
    assert store.facts == [("nte_a", 1), ("nte_a", 2)]
    assert [letter["error"]["kind"] for letter in await stage.letters()] == ["undecodable"] * 2
    assert len(await stage.records(f"{CONSUMER}.dead-letters")) == 2


async def test_a_record_that_the_store_refuses_is_found_set_aside_and_skipped(stage: Stage):
    await stage.send(*[stage.event(note, n) for n in (1, 2, 3) for note in ("nte_a", "nte_b")])
    store = Store()
    projection = Notes(stage, store)
    projection.refused = {("nte_a", 2)}
    async with running(projection):
        await asyncio.wait_for(projection.caught_up.wait(), 15)
    assert sorted(store.facts) == [("nte_a", 1), ("nte_a", 3), ("nte_b", 1), ("nte_b", 2), ("nte_b", 3)]
    (letter,) = await stage.letters()
    assert (letter["aggregate_id"], letter["sequence"], letter["error"]["kind"]) == ("nte_a", 2, "handler")
    assert sum(store.offsets.values()) == 6


async def test_a_store_that_is_away_costs_nothing(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (1, 2)])
    store = Store()
    projection = Notes(stage, store)
    projection.away = 5
    async with running(projection):
        await asyncio.wait_for(projection.caught_up.wait(), 15)
    assert store.facts == [("nte_a", 1), ("nte_a", 2)]
    assert await stage.letters() == []
