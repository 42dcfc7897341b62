"""The tail: one consumer that sees every new event once, and a short memory of them that all clients read from."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from chassis.logs import logger

from gateway.feed.broker import Broker, offset_in
from gateway.feed.event import Record
from gateway.feed.position import Position, advanced

_log = logger("feed")
_LOOK_FOR_TOPICS_S = 10.0
_MOST_BACKOFF_S = 10.0


class FellBehind(Exception):
    """What the reader wants next has been forgotten."""


@dataclass(slots=True)
class Entry:
    """A record, and where the tail stood after it."""

    record: Record
    position: Position
    ids: dict[frozenset[str] | None, str] = field(default_factory=dict[frozenset[str] | None, str])
    """The position as text, by what a client follows: written once for all clients that follow the same."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in the tail: the number of the next entry, and the position before it."""

    number: int
    position: Position


class Tail:
    """Follows all topics from where it first stood. `keep` and `keep_bytes` bound its memory.

    Every reader has its own number into the memory and never slows down the others; one that is slower than the memory
    is long falls behind for good.
    """

    def __init__(
        self, broker: Broker, topics: Iterable[str], *, keep: int = 2_000, keep_bytes: int = 8 * 1024 * 1024
    ) -> None:
        self._broker = broker
        self._topics = tuple(topics)
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._next = 0
        self._position: Position | None = None
        self._news = asyncio.Event()

    @property
    def ready(self) -> bool:
        """True once it knows where it stands."""
        return self._position is not None

    def mark(self) -> Mark:
        """Where the tail stands now. Only when it is ready."""
        assert self._position is not None
        return Mark(self._next, self._position)

    def remembers(self, number: int) -> bool:
        """True when the entry of that number is in memory or still to come."""
        return number >= self._next - len(self._entries)

    def after(self, number: int, most: int = 100) -> list[Entry]:
        """The entries from a number on. Raises: FellBehind."""
        if not self.remembers(number):
            raise FellBehind
        first = self._next - len(self._entries)
        return [self._entries[n - first] for n in range(number, min(self._next, number + most))]

    async def wait_for(self, number: int, timeout_s: float) -> bool:
        """Wait until the entry of that number is there; False when it is not after `timeout_s`."""
        if number < self._next:
            return True
        try:
            async with asyncio.timeout(timeout_s):
                while number >= self._next:
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def append(self, record: Record) -> None:
        """Take in the next record."""
        self._position = advanced(self._position or {}, record.topic, record.partition, record.offset + 1)
        self._entries.append(Entry(record, self._position))
        self._next += 1
        self._bytes += record.size
        while len(self._entries) > self._keep or self._bytes > self._keep_bytes:
            self._bytes -= self._entries.popleft().record.size
        self._news.set()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Follow the topics until cancelled, whatever happens to the broker."""
        backoff = 0.5
        while True:
            try:
                consumer = await self._broker.consumer(wait_ms=500)
                try:
                    backoff = 0.5
                    await self._follow(consumer)
                finally:
                    await consumer.stop()
            except (KafkaError, OSError) as failure:
                _log.warning("tail interrupted", failure=type(failure).__name__)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, _MOST_BACKOFF_S)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        partitions: list[TopicPartition] = []
        looked_at = float("-inf")
        while True:
            now = asyncio.get_running_loop().time()
            if now - looked_at > _LOOK_FOR_TOPICS_S:
                looked_at = now
                found = await self._broker.partitions(consumer, self._topics)
                if set(found) != set(partitions):
                    partitions = found
                    await self._assign(consumer, partitions)
                elif self._position is None:
                    self._position = {}
            if not partitions:
                await asyncio.sleep(1.0)
                looked_at = float("-inf")
                continue
            try:
                batches = await consumer.getmany(timeout_ms=1_000, max_records=500)
            except OffsetOutOfRangeError:
                _log.warning("topics were cut or made anew; the tail starts at their ends")
                self._position = None
                self._entries.clear()
                self._bytes = 0
                await self._assign(consumer, partitions)
                continue
            for records in batches.values():
                for raw in records:
                    self.append(self._broker.record_of(raw))

    async def _assign(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        """Read on where the tail stood; at the ends when it never stood anywhere; from the beginning of new topics."""
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        starts: dict[TopicPartition, int] = {}
        for partition, end in ends.items():
            start = end
            if self._position is not None:
                known = offset_in(self._position, self._broker.topic_of(partition), partition.partition)
                start = 0 if known is None else known
            starts[partition] = start
            consumer.seek(partition, start)
        self._position = {**(self._position or {}), **self._broker.position_of(starts)}
