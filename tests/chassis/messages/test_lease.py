"""Leases on the database's clock: one holder, a takeover when it is silent, and writes that know who holds."""

import asyncio

import pytest
from chassis.lease import Lease, LeaseLost, hold_and_run

from tests.chassis.messages.stage import Stage, until

pytestmark = pytest.mark.stack


async def test_one_holds_it_and_the_other_waits_until_it_is_given_up(written: Stage):
    first, second = Lease(written.writer, "duty"), Lease(written.writer, "duty")
    assert await first.acquire()
    assert await first.acquire()
    assert not await second.acquire()
    await first.release()
    assert await second.acquire()
    assert not await first.acquire()


async def test_who_is_silent_beyond_the_term_loses_it_and_can_write_no_more(written: Stage):
    first, second = Lease(written.writer, "duty", ttl_s=0.3), Lease(written.writer, "duty")
    assert await first.acquire()
    await asyncio.sleep(0.5)
    assert await second.acquire()

    async def write(session: object) -> None:
        await written.writer.collection("kept").insert_one({"_id": "x"}, session=session)

    assert first.held  # it was frozen and does not know yet
    with pytest.raises(LeaseLost):
        await first.fenced(write)
    assert not first.held
    assert await written.writer.collection("kept").count_documents({}) == 0
    await second.fenced(write)
    assert await written.writer.collection("kept").count_documents({}) == 1


async def test_a_holder_frozen_in_the_middle_of_a_transaction_keeps_nothing_locked(written: Stage):
    kept = written.writer.collection("kept")
    await kept.insert_one({"_id": "x"})
    first, second = Lease(written.writer, "duty", ttl_s=0.3), Lease(written.writer, "duty")
    assert await first.acquire()
    inside, thaw = asyncio.Event(), asyncio.Event()

    async def freeze(session: object) -> None:
        await kept.update_one({"_id": "x"}, {"$set": {"by": "first"}}, session=session)
        inside.set()
        await thaw.wait()

    frozen = asyncio.ensure_future(first.fenced(freeze))
    await inside.wait()
    await asyncio.sleep(0.5)
    assert await second.acquire()

    async def write(session: object) -> None:
        await kept.update_one({"_id": "x"}, {"$set": {"by": "second"}}, session=session)

    await asyncio.wait_for(second.fenced(write), 5)
    thaw.set()
    with pytest.raises(LeaseLost):
        await frozen
    assert await kept.find_one({"_id": "x"}) == {"_id": "x", "by": "second"}


async def test_duties_run_where_the_lease_is_and_move_when_the_holder_ends(written: Stage):
    told: list[tuple[str, bool]] = []

    async def duty(lease: Lease) -> None:
        await asyncio.Event().wait()

    def standing(name: str) -> asyncio.Task[None]:
        lease = Lease(written.writer, "duty", ttl_s=1, holder=name)
        return asyncio.ensure_future(hold_and_run(lease, [duty], lambda held: told.append((name, held))))

    one = standing("one")
    await until(lambda: told == [("one", True)])
    two = standing("two")
    await asyncio.sleep(1.5)  # longer than the term: it is renewed
    assert told == [("one", True)]
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    await until(lambda: told == [("one", True), ("one", False), ("two", True)])
    two.cancel()
    await asyncio.gather(two, return_exceptions=True)


async def test_a_duty_that_fails_is_started_again(written: Stage):
    runs = 0

    async def duty(lease: Lease) -> None:
        nonlocal runs
        runs += 1
        raise ValueError("a bug")

    lease = Lease(written.writer, "duty", ttl_s=0.4)
    task = asyncio.ensure_future(hold_and_run(lease, [duty], lambda held: None))
    await until(lambda: runs >= 3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
