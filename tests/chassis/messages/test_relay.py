"""The relay on a real broker: in order per aggregate, nothing lost, whoever freezes, fails or takes over."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from chassis.audit import verify
from chassis.journal import JOURNAL
from chassis.kafka import Message, PredecessorFailed, Publisher
from chassis.lease import Lease, LeaseLost, hold_and_run
from chassis.relay import Relay
from chassis.sealing import Sealer
from contracts.envelope import decode_event, decode_headers

from tests.chassis.messages.stage import TOPIC, Stage, until

pytestmark = pytest.mark.stack


async def on_topic(stage: Stage, note: str) -> list[int]:
    """The sequences of a note, as they stand on the topic."""
    return [decode_headers(record.headers).sequence for record in await stage.records() if record.key == note.encode()]


async def a_lease(stage: Stage, ttl_s: float = 30) -> Lease:
    lease = Lease(stage.writer, "relay", ttl_s=ttl_s)
    assert await lease.acquire()
    return lease


async def send_all(relay: Relay, lease: Lease) -> None:
    while await relay.send_next(lease):
        pass


async def test_a_record_says_what_the_contract_demands(written: Stage):
    await written.write("nte_a")
    await send_all(Relay("test", written.writer, written.kafka), await a_lease(written))
    (record,) = await written.records()
    row = await written.writer.collection(JOURNAL).find_one({"_id": "nte_a:0000000001"})
    assert row is not None
    envelope = decode_headers(record.headers)
    assert record.topic == written.kafka.topic(TOPIC)
    assert record.key == b"nte_a"
    assert envelope.source == "/terrain/test"
    assert (envelope.id, envelope.subject, envelope.sequence) == (row["events"][0]["id"], "nte_a", 1)
    assert envelope.unit_paths == ("/unt_hq/unt_north/unt_t1/",)
    assert envelope.lines == ("*",)
    assert dict(record.headers)["ce_sequence"] == b"00000000000000000001"
    assert decode_event(envelope, record.value).model_dump() == {"note": {"note_id": "nte_a", "text": "1"}}


async def test_rows_go_out_in_order_and_are_marked(written: Stage):
    await written.write("nte_a", 5)
    await written.write("nte_b", 3)
    relay = Relay("test", written.writer, written.kafka, batch=2)
    await send_all(relay, await a_lease(written))
    assert await on_topic(written, "nte_a") == [1, 2, 3, 4, 5]
    assert await on_topic(written, "nte_b") == [1, 2, 3]
    assert await written.unpublished() == 0


async def test_a_row_whose_predecessor_is_not_there_yet_is_held(written: Stage):
    await written.write("nte_a", 4)
    await written.write("nte_b", 1)
    late = await written.writer.collection(JOURNAL).find_one_and_delete({"_id": "nte_a:0000000002"})
    relay, lease = Relay("test", written.writer, written.kafka), await a_lease(written)
    await send_all(relay, lease)
    assert await on_topic(written, "nte_a") == [1]
    assert await on_topic(written, "nte_b") == [1]
    await written.writer.collection(JOURNAL).insert_one(late)
    await send_all(relay, lease)
    assert await on_topic(written, "nte_a") == [1, 2, 3, 4]


async def test_a_relay_that_never_saw_the_predecessor_looks_it_up(written: Stage):
    await written.write("nte_a", 2)
    lease = await a_lease(written)
    await send_all(Relay("test", written.writer, written.kafka), lease)
    await written.write_on("nte_a", 3)
    await send_all(Relay("test", written.writer, written.kafka), lease)
    assert await on_topic(written, "nte_a") == [1, 2, 3]


async def test_a_version_without_events_counts_as_sent(written: Stage):
    await written.write("nte_a", 3)
    await written.writer.collection(JOURNAL).update_one(
        {"_id": "nte_a:0000000002"}, {"$set": {"events": []}, "$unset": {"unpublished": ""}}
    )
    await send_all(Relay("test", written.writer, written.kafka), await a_lease(written))
    assert await on_topic(written, "nte_a") == [1, 3]
    assert await written.unpublished() == 0


async def test_a_relay_that_ends_before_marking_sends_again_in_order(written: Stage):
    await written.write("nte_a", 3)
    first, lease = Relay("test", written.writer, written.kafka), await a_lease(written)

    async def killed(*_: Any) -> None:
        raise ConnectionError("the process ended here")

    first._mark = killed  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await first.send_next(lease)
    assert await written.unpublished() == 3
    async with written.reacting():
        await send_all(Relay("test", written.writer, written.kafka), lease)
        await written.write_on("nte_a", 4)
        await send_all(Relay("test", written.writer, written.kafka), lease)
        await until(lambda: _kept(written, "nte_a", 4))
    assert await on_topic(written, "nte_a") == [1, 2, 3, 1, 2, 3, 4]
    assert await written.letters() == []


class Shaky(Publisher):
    """A producer that loses chosen messages, and, as idempotent producers do, all that follows under the same key."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.loses: set[tuple[bytes, int]] = set()
        self.even_so: set[tuple[bytes, int]] = set()

    async def publish(self, messages: Sequence[Message]) -> list[BaseException | None]:
        lost: dict[int, BaseException] = {}
        broken: set[bytes] = set()
        for index, message in enumerate(messages):
            place = (message.key or b"", decode_headers(list(message.headers)).sequence)
            if place in self.loses:
                self.loses.remove(place)
                lost[index] = ConnectionError("not acknowledged")
                broken.add(message.key or b"")
            elif message.key in broken and place not in self.even_so:
                lost[index] = PredecessorFailed()
        sent = iter(await super().publish([m for i, m in enumerate(messages) if i not in lost]))
        return [lost[index] if index in lost else next(sent) for index in range(len(messages))]


async def test_from_the_first_row_that_was_not_acknowledged_everything_of_its_aggregate_is_sent_again(written: Stage):
    await written.write("nte_a", 4)
    await written.write("nte_b", 2)
    relay, lease = Relay("test", written.writer, written.kafka), await a_lease(written)
    shaky = relay._publisher = Shaky(written.kafka)
    shaky.loses, shaky.even_so = {(b"nte_a", 2)}, {(b"nte_a", 4)}
    with pytest.raises(ConnectionError):
        await relay.send_next(lease)
    assert await on_topic(written, "nte_a") == [1, 4]
    assert await on_topic(written, "nte_b") == [1, 2]
    assert await written.unpublished() == 3
    await send_all(relay, lease)
    assert await on_topic(written, "nte_a") == [1, 4, 2, 3, 4]
    assert await written.unpublished() == 0
    async with written.reacting():
        await until(lambda: _kept(written, "nte_a", 4))
        await until(lambda: _no_open_letter(written))


async def test_a_running_relay_survives_failures_of_its_producer(written: Stage):
    relay = Relay("test", written.writer, written.kafka)
    shaky = relay._publisher = Shaky(written.kafka)
    shaky.loses = {(b"nte_a", 1), (b"nte_a", 3), (b"nte_b", 2)}
    async with written.relaying(relay):
        await written.write("nte_a", 4)
        await written.write("nte_b", 2)
        await until(lambda: _published(written))
    assert relay.healthy
    assert await on_topic(written, "nte_a") == [1, 2, 3, 4]
    assert await on_topic(written, "nte_b") == [1, 2]


async def test_a_relay_frozen_beyond_its_lease_marks_nothing_and_harms_no_reader(written: Stage):
    await written.write("nte_a", 2)
    frozen_lease, frozen = await a_lease(written, ttl_s=0.4), Relay("test", written.writer, written.kafka)
    thaw, asleep = asyncio.Event(), asyncio.Event()
    really_send = frozen._send

    async def freeze(rows: list[Any]) -> Any:
        asleep.set()
        await thaw.wait()
        return await really_send(rows)

    frozen._send = freeze  # type: ignore[method-assign]
    waking = asyncio.ensure_future(frozen.send_next(frozen_lease))
    await asleep.wait()
    await asyncio.sleep(0.6)

    async with written.reacting():
        other_lease, other = await a_lease(written), Relay("test", written.writer, written.kafka)
        await send_all(other, other_lease)
        await written.write_on("nte_a", 4)
        await send_all(other, other_lease)
        await until(lambda: _kept(written, "nte_a", 4))
        thaw.set()
        with pytest.raises(LeaseLost):
            await waking
        await written.write_on("nte_a", 5)
        await send_all(other, other_lease)
        await until(lambda: _kept(written, "nte_a", 5))
    assert await on_topic(written, "nte_a") == [1, 2, 3, 4, 1, 2, 5]
    assert await written.letters() == []


async def test_another_relay_takes_over_and_nothing_is_lost(written: Stage):
    first = Relay("test", written.writer, written.kafka)
    async with written.relaying(first, ttl_s=1):
        await written.write("nte_a", 3)
        await until(lambda: _published(written))
        second = Relay("test", written.writer, written.kafka)
        async with written.relaying(second, ttl_s=1):
            await written.write_on("nte_a", 5)
            await until(lambda: _published(written))
            assert second._sent_versions == {}  # one is active at a time
    async with written.relaying(second, ttl_s=1):
        await written.write_on("nte_a", 7)
        await until(lambda: _published(written))
    assert await on_topic(written, "nte_a") == [1, 2, 3, 4, 5, 6, 7]


async def test_relay_and_sealer_work_side_by_side_under_one_lease(written: Stage):
    relay, sealer = Relay("test", written.writer, written.kafka), Sealer("test", written.writer)
    lease = Lease(written.writer, "relay", ttl_s=2)
    task = asyncio.ensure_future(hold_and_run(lease, [relay.run, sealer.run], lambda held: None))
    try:
        await asyncio.gather(*(written.write(f"nte_{n}", 5) for n in range(10)))
        await until(lambda: _published(written))
        await until(lambda: _sealed(written))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    report = await verify(written.writer)
    assert (report.ok, report.entries) == (True, 50)
    for n in range(10):
        assert await on_topic(written, f"nte_{n}") == [1, 2, 3, 4, 5]


async def _kept(stage: Stage, note: str, last: int) -> bool:
    return await stage.kept(note) == [str(n) for n in range(1, last + 1)]


async def _published(stage: Stage) -> bool:
    return await stage.unpublished() == 0


async def _sealed(stage: Stage) -> bool:
    return await stage.writer.collection(JOURNAL).count_documents({"unsealed": True}) == 0


async def _no_open_letter(stage: Stage) -> bool:
    return all(letter["state"] != "open" for letter in await stage.letters())
