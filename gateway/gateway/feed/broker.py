"""Consumers without a group: the gateway reads topics, it never commits anything."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from chassis.reader import Reader

from gateway.feed.event import Record
from gateway.feed.position import Position

_FETCH_BYTES = 2 * 1024 * 1024
_PARTITION_BYTES = 512 * 1024
"""Larger than any event (256 KB)."""


@dataclass(frozen=True)
class Broker:
    """Where the topics are; `prefix` stands before every topic's name there."""

    bootstrap_servers: str
    prefix: str = ""
    _known: dict[str, list[TopicPartition]] = field(default_factory=dict[str, list[TopicPartition]])
    """Partitions of topics that exist; their number is fixed for a topic's life."""

    async def consumer(self, *, wait_ms: int) -> AIOKafkaConsumer:
        """A started consumer without group. An offset that no longer exists is an error, never a silent jump.

        `wait_ms` is how long the broker holds back the answer to a fetch while there is nothing new. A consumer has one
        fetch under way at a time, so whoever jumps from place to place wants it short.
        """
        made = Reader(
            bootstrap_servers=self.bootstrap_servers,
            client_id="terrain-gateway",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_bytes=_FETCH_BYTES,
            max_partition_fetch_bytes=_PARTITION_BYTES,
            fetch_max_wait_ms=wait_ms,
            metadata_max_age_ms=60_000,
        )
        try:
            await made.start()
        except BaseException:
            await made.stop()
            raise
        return made

    async def partitions(self, consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
        """The partitions of those topics that exist; looking never creates one."""
        wanted = list(topics)
        if any(topic not in self._known for topic in wanted):
            # What the consumer itself knows of partitions begins with its assignment, and asking it about one topic
            # may create the topic; the list of all topics does neither.
            cluster = await consumer._client.fetch_all_metadata()
            for topic in wanted:
                if numbers := cluster.partitions_for_topic(self.prefix + topic):
                    self._known[topic] = [TopicPartition(self.prefix + topic, number) for number in sorted(numbers)]
        return [partition for topic in wanted for partition in self._known.get(topic, ())]

    def topic_of(self, partition: TopicPartition) -> str:
        """The name in the contracts."""
        return partition.topic.removeprefix(self.prefix)

    def position_of(self, offsets: dict[TopicPartition, int]) -> Position:
        """Offsets by partition as a position."""
        found: dict[str, dict[int, int]] = {}
        for partition, offset in offsets.items():
            found.setdefault(self.topic_of(partition), {})[partition.partition] = offset
        return {topic: tuple(known.get(n, 0) for n in range(max(known) + 1)) for topic, known in found.items()}

    def record_of(self, raw: ConsumerRecord) -> Record:
        """A consumed record."""
        return Record(
            raw.topic.removeprefix(self.prefix), raw.partition, raw.offset, raw.timestamp, tuple(raw.headers), raw.value
        )


def offset_in(position: Position, topic: str, partition: int) -> int | None:
    """The next offset that a position names for a partition, or None when it does not speak of it."""
    offsets = position.get(topic)
    return offsets[partition] if offsets is not None and partition < len(offsets) else None
