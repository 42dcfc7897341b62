"""What strangers and broken programs put on topics: real records again, in another order, and records that are none."""

import asyncio
import random
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka.errors import KafkaError
from chassis.kafka import Kafka, Message, Publisher, Record, partitions_of
from contracts.envelope import Envelope
from contracts.events import REGISTRY
from contracts.topics import TOPICS

PLANTED = "x-planted"
"""Header of every record that a schedule makes up; copies of real records do not carry it."""
PATIENCE_S = 60.0


@dataclass
class TopicReader:
    """Everything on the event topics, read once and remembered; `records` are by topic (contract name)."""

    kafka: Kafka
    records: dict[str, list[Record]] = field(default_factory=dict)
    _at: dict[Any, int] = field(default_factory=dict)

    async def read(self) -> dict[str, list[Record]]:
        """Read on to the present end of every topic; waits for the broker. Raises: TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await self._read()
                    return self.records
                except (KafkaError, OSError):
                    await asyncio.sleep(0.5)

    async def _read(self) -> None:
        consumer = self.kafka.consumer()
        try:
            await consumer.start()
            partitions = await partitions_of(self.kafka, [topic.name for topic in TOPICS])
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            for partition in partitions:
                consumer.seek(partition, self._at.get(partition, 0))
            while any(self._at.get(partition, 0) < ends[partition] for partition in partitions):
                for partition, batch in (await consumer.getmany(timeout_ms=500)).items():
                    name = self.kafka.contract_name(partition.topic)
                    self.records.setdefault(name, []).extend(batch)
                    self._at[partition] = batch[-1].offset + 1
        finally:
            await consumer.stop()


def is_planted(record: Record) -> bool:
    """True for a record that a schedule has made up."""
    return any(name == PLANTED for name, _ in record.headers)


async def send(kafka: Kafka, messages: list[Message]) -> None:
    """Send all in order and wait; tries again while the broker is away. Raises: TimeoutError."""
    publisher = Publisher(kafka)
    try:
        async with asyncio.timeout(PATIENCE_S):
            left = messages
            while left:
                try:
                    outcomes = await publisher.publish(left)
                except Exception:
                    await asyncio.sleep(0.5)
                    continue
                left = [message for message, outcome in zip(left, outcomes, strict=True) if outcome is not None]
    finally:
        await publisher.close()


async def repeat_records(kafka: Kafka, topic: str, chooser: random.Random, *, shuffled: bool) -> int:
    """Send up to 40 neighbouring real records of a topic again, verbatim; how many."""
    reader = TopicReader(kafka)
    real = [record for record in (await reader.read()).get(topic, []) if not is_planted(record)]
    if not real:
        return 0
    start = chooser.randrange(max(1, len(real) - 40))
    chosen = real[start : start + 40]
    if shuffled:
        chooser.shuffle(chosen)
    await send(kafka, [Message(kafka.topic(topic), one.key, one.value, list(one.headers)) for one in chosen])
    return len(chosen)


async def poison(kafka: Kafka, topic: str, chooser: random.Random, count: int) -> list[str]:
    """Send records that no consumer can use; the marks that they carry, one each."""
    real = [record for record in (await TopicReader(kafka).read()).get(topic, []) if not is_planted(record)]
    marks = [f"{int(time.time())}-{secrets.token_hex(6)}" for _ in range(count)]
    messages = [poisoned(kafka, topic, chooser, mark, chooser.choice(real) if real else None) for mark in marks]
    await send(kafka, messages)
    return marks


def poisoned(kafka: Kafka, topic: str, chooser: random.Random, mark: str, real: Record | Message | None) -> Message:
    """A record of the topic (contract name) that no consumer can use; some kinds need a `real` one that was sent before."""
    kind = chooser.choice([*_KINDS, *_KINDS_OF_REAL] if real is not None else _KINDS)
    subject = f"poison_{mark}"
    event_type = next(name for name, event in sorted(REGISTRY.items()) if topic == event.TOPIC)
    envelope = Envelope(
        id=f"evt_{mark}",
        source=f"/terrain/{topic.split('.', 1)[0]}",
        type=event_type,
        subject=subject,
        time=datetime.now(UTC),
        sequence=1,
    )
    headers = dict(envelope.headers())
    key: bytes | None = subject.encode()
    value: bytes | None = b'{"not": "it"}'
    if real is not None and kind in _KINDS_OF_REAL:
        headers, key = {name: told or b"" for name, told in real.headers}, real.key
    match kind:
        case "no headers":
            headers, key = {}, chooser.choice([None, key])
        case "a header less":
            del headers[chooser.choice([name for name in headers if name in _NEEDED])]
        case "not utf-8":
            headers[chooser.choice(list(headers))] = b"\xff\xfe"
        case "no json":
            value = chooser.randbytes(chooser.randint(0, 200))
        case "null":
            value = None
        case "unknown type":
            headers["ce_type"] = b"nobody.knows-this.v1"
        case "type of another topic":
            headers["ce_type"] = next(name for name, event in sorted(REGISTRY.items()) if topic != event.TOPIC).encode()
        case "wrong sequence":
            headers["ce_sequence"] = chooser.choice([b"-1", b"0", b"one", b"1.0", b"9" * 20, "\u0661".encode()])
        case "wrong time":
            headers["ce_time"] = chooser.choice([b"yesterday", b"2026-02-30T00:00:00Z", b"2026-01-01T00:00:00"])
        case "wrong version":
            headers["ce_specversion"] = b"0.3"
        case "wrong key":
            key = chooser.choice([b"another", b"", None, b"\xff\xfe"])
        case "wrong source":
            headers["ce_source"] = b"/terrain/nobody"
        case "broken again" if real is not None:
            value = (real.value or b"")[: chooser.randrange(len(real.value or b"-"))]
        case "far ahead and broken":
            headers["ce_sequence"] = b"%020d" % (int(headers["ce_sequence"]) + 10**6)
        case _:
            pass  # the value fits no schema
    return Message(kafka.topic(topic), key, value, [*headers.items(), (PLANTED, mark.encode())])


_NEEDED = {"ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_sequence", "ce_specversion"}
_KINDS = ["no headers", "a header less", "not utf-8", "no json", "null", "unknown type", "type of another topic"]
_KINDS += ["wrong schema", "wrong sequence", "wrong time", "wrong version", "wrong key", "wrong source"]
_KINDS_OF_REAL = ["broken again", "again with a wrong schema", "far ahead and broken"]
