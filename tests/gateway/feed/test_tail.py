"""The tail's memory: shared, bounded, and honest about what it has forgotten."""

import asyncio

import pytest
from gateway.feed.broker import Broker
from gateway.feed.event import Record
from gateway.feed.tail import FellBehind, Tail


def a_tail(keep: int = 10, keep_bytes: int = 1_000_000) -> Tail:
    return Tail(Broker("127.0.0.1:9"), ["a", "b"], keep=keep, keep_bytes=keep_bytes)


def a_record(offset: int, topic: str = "a", size: int = 10) -> Record:
    return Record(topic, 0, offset, 0, (), b"x" * size)


def test_readers_keep_their_own_place():
    tail = a_tail()
    for n in range(4):
        tail.append(a_record(n))
    assert [e.record.offset for e in tail.after(0)] == [0, 1, 2, 3]
    assert [e.record.offset for e in tail.after(3)] == [3]
    assert tail.after(4) == []
    assert tail.after(2)[0].position == {"a": (3,)}


def test_who_is_slower_than_the_memory_is_long_falls_behind():
    tail = a_tail(keep=5)
    for n in range(12):
        tail.append(a_record(n))
    assert [e.record.offset for e in tail.after(7)] == [7, 8, 9, 10, 11]
    assert not tail.remembers(6)
    with pytest.raises(FellBehind):
        tail.after(6)


def test_large_events_shorten_the_memory():
    tail = a_tail(keep=1000, keep_bytes=10_000)
    for n in range(50):
        tail.append(a_record(n, size=1_000))
    assert not tail.remembers(40)
    assert tail.remembers(45)


async def test_waiting_ends_with_the_next_event_or_after_the_time():
    tail = a_tail()
    assert not await tail.wait_for(0, 0.05)
    waiting = asyncio.create_task(tail.wait_for(0, 5))
    await asyncio.sleep(0)
    tail.append(a_record(0))
    assert await waiting
    assert await tail.wait_for(0, 0)


async def test_a_broker_that_is_away_leaves_the_tail_not_ready_and_running():
    tail = a_tail()
    running = asyncio.create_task(tail.run())
    await asyncio.sleep(0.3)
    assert not tail.ready
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
