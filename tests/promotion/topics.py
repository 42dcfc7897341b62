"""What other services would write on the topics, and what promotion has written there."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import ConsumerRecord
from chassis.kafka import Kafka
from contracts.envelope import Envelope, decode_event, decode_headers
from contracts.events import Event


class Outside:
    """The rest of the company, as promotion knows it: records on topics."""

    def __init__(self, broker_address: str, prefix: str) -> None:
        self._kafka = Kafka(broker_address, prefix, client_id="tests")
        self._producer = self._kafka.producer()
        self._sequences: dict[str, int] = {}

    async def __aenter__(self) -> "Outside":
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    def record(self, event: Event, subject: str) -> dict[str, Any]:
        """The next record of the aggregate `subject`."""
        sequence = self._sequences[subject] = self._sequences.get(subject, 0) + 1
        envelope = Envelope(
            id=f"evt_{uuid4().hex}",
            source=f"/terrain/{event.TOPIC.split('.')[0]}",
            type=event.TYPE,
            subject=subject,
            time=datetime.now(UTC),
            sequence=sequence,
        )
        return {
            "topic": self._kafka.topic(event.TOPIC),
            "key": subject.encode(),
            "value": orjson.dumps(event.model_dump(mode="json", by_alias=True)),
            "headers": envelope.headers(),
        }

    async def send(self, *records: dict[str, Any]) -> None:
        """Write records, in this order."""
        for sent in [await self._producer.send(**record) for record in records]:
            await sent

    async def tell(self, event: Event, subject: str) -> None:
        """Write the next record of an aggregate."""
        await self.send(self.record(event, subject))

    async def published(self, topic: str, subject: str | None = None) -> list[tuple[Envelope, Event]]:
        """Everything on a topic of promotion so far, as a consumer takes it in: in order, each event once.

        Raises: AssertionError when an aggregate's events have a gap.
        """
        consumer = self._kafka.consumer()
        await consumer.start()
        try:
            partitions = await self._partitions(topic)
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[ConsumerRecord[Any, Any]] = []
            for partition in partitions:
                while await consumer.position(partition) < ends[partition]:
                    found.extend((await consumer.getmany(partition, timeout_ms=200)).get(partition, []))
        finally:
            await consumer.stop()
        return [
            (envelope, decode_event(envelope, value))
            for envelope, value in _once(found)
            if subject is None or envelope.subject == subject
        ]

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        name = self._kafka.topic(topic)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka.bootstrap_servers)
        await admin.start()
        try:
            [described] = await admin.describe_topics([name])
        finally:
            await admin.close()
        return [TopicPartition(name, partition["partition"]) for partition in described["partitions"]]


def _once(records: list[ConsumerRecord[Any, Any]]) -> list[tuple[Envelope, bytes]]:
    """A relay that lost its lease may have sent an event again: what is not beyond the last sequence is dropped."""
    seen: dict[str, int] = {}
    fresh: list[tuple[Envelope, bytes]] = []
    for record in records:
        envelope = decode_headers(record.headers)
        last = seen.get(envelope.subject, 0)
        if envelope.sequence <= last:
            continue
        assert envelope.sequence == last + 1, f"{envelope.subject}: {envelope.sequence} after {last}"
        seen[envelope.subject] = envelope.sequence
        fresh.append((envelope, record.value))
    return fresh


async def eventually(check: Any, within_s: float = 20.0) -> Any:
    """The first truthy answer of `check` (a coroutine function).

    Raises: AssertionError when there is none in time.
    """
    async with asyncio.timeout(within_s):
        while True:
            value = await check()
            if value:
                return value
            await asyncio.sleep(0.05)
