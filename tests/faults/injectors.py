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
from contracts.envelope import Envelope, Headers
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
    messages = [_poison(kafka, topic, chooser, mark, chooser.choice(real) if real else None) for mark in marks]
    await send(kafka, messages)
    return marks


def _poison(kafka: Kafka, topic: str, chooser: random.Random, mark: str, real: Record | None) -> Message:
    kinds = ["no headers", "not utf-8", "no json", "null", "unknown type", "wrong schema", "sequence", "key", "source"]
    kind = chooser.choice([*kinds, "old and broken"] if real is not None else kinds)
    subject = f"poison_{mark}"
    event_type = next(name for name, event in sorted(REGISTRY.items()) if topic == event.TOPIC)
    envelope = Envelope(
        id=f"evt_{mark}",
        source=f"/terrain/{topic.split('.', 1)[0]}",
        type="nobody.knows-this.v1" if kind == "unknown type" else event_type,
        subject=subject,
        time=datetime.now(UTC),
        sequence=1,
    )
    headers: Headers = envelope.headers()
    key: bytes | None = subject.encode()
    value: bytes | None = chooser.randbytes(chooser.randint(0, 200)) if kind == "no json" else b'{"not": "it"}'
    if kind == "no headers":
        headers, key = [], None
    elif kind == "not utf-8":
        headers = [(name, b"\xff\xfe" if name == "ce_type" else told) for name, told in headers]
    elif kind == "null":
        value = None
    elif kind == "sequence":
        headers = [(name, b"-1" if name == "ce_sequence" else told) for name, told in headers]
    elif kind == "key":
        key = b"another"
    elif kind == "source":
        headers = [(name, b"/terrain/nobody" if name == "ce_source" else told) for name, told in headers]
    elif kind == "old and broken" and real is not None:
        headers, key = [(name, told or b"") for name, told in real.headers], real.key
    return Message(kafka.topic(topic), key, value, [*headers, (PLANTED, mark.encode())])
