"""Reading what has been: a private, bounded look into the topics between two positions."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from chassis.refusals import Unavailable

from gateway.feed.broker import Broker, offset_in
from gateway.feed.event import Record
from gateway.feed.position import Position

_PATIENCE_S = 5.0
"""Without any record for this long the broker counts as away."""
_PER_TURN = 500
_WAIT_MS = 20


class TooOld(Exception):
    """The position is older than what is given again, or than what the broker still has, or comes from other topics."""


class TooFar(Exception):
    """More records lie between the positions than are read in one go."""


class History:
    """A few consumers, each used by one reading at a time; the others wait, for at most `patience_s`."""

    def __init__(self, broker: Broker, *, readers: int = 3, patience_s: float = _PATIENCE_S) -> None:
        self._broker = broker
        self._free: asyncio.Queue[AIOKafkaConsumer | None] = asyncio.Queue()
        self._patience_s = patience_s
        for _ in range(readers):
            self._free.put_nowait(None)

    async def close(self) -> None:
        """Stop all consumers that are not in use."""
        while not self._free.empty():
            consumer = self._free.get_nowait()
            if consumer is not None:
                await consumer.stop()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["Reading"]:
        """A consumer for one reading. Raises: Unavailable when all are busy or the broker is away."""
        try:
            async with asyncio.timeout(self._patience_s):
                consumer = await self._free.get()
        except TimeoutError as busy:
            raise Unavailable("Too many catch-ups at once", retry_after=2) from busy
        healthy = False
        try:
            if consumer is None:
                consumer = await self._broker.consumer(wait_ms=_WAIT_MS)
            yield Reading(self._broker, consumer, self._patience_s)
            consumer.unsubscribe()  # else it would go on fetching ahead for nobody
            healthy = True
        except OffsetOutOfRangeError as gone:
            raise TooOld from gone
        except (KafkaError, OSError) as failure:
            raise Unavailable("The broker cannot be reached at the moment", retry_after=2) from failure
        finally:
            if not healthy and consumer is not None:
                await consumer.stop()
                consumer = None
            self._free.put_nowait(consumer)


class Reading:
    """One reading with one consumer."""

    def __init__(self, broker: Broker, consumer: AIOKafkaConsumer, patience_s: float) -> None:
        self._broker = broker
        self._consumer = consumer
        self._patience_s = patience_s

    async def ends(self, topics: Iterable[str]) -> Position:
        """Where the topics end now."""
        partitions = await self._broker.partitions(self._consumer, topics)
        return self._broker.position_of(await self._consumer.end_offsets(partitions)) if partitions else {}

    async def beginnings(self, topics: Iterable[str]) -> Position:
        """Where the topics begin."""
        partitions = await self._broker.partitions(self._consumer, topics)
        return self._broker.position_of(await self._consumer.beginning_offsets(partitions)) if partitions else {}

    async def check_age(self, start: Position, until: Position, *, horizon_s: float, now: float | None = None) -> None:
        """See that the reading starts within the horizon. Raises: TooOld."""
        spans = self._spans(start, until)
        if not spans:
            return
        oldest_ms = int(((time.time() if now is None else now) - horizon_s) * 1000)
        found = await self._consumer.offsets_for_times(dict.fromkeys(spans, oldest_ms))
        for partition, (first, end) in spans.items():
            hit = found.get(partition)
            if first > end or first < (end if hit is None else hit.offset):
                raise TooOld

    async def between(self, start: Position, until: Position, *, most: int) -> AsyncIterator[Record]:
        """The records from `start` up to `until` (exclusive), each partition in its order.

        Raises: TooFar after `most` records; TooOld when the broker no longer has them; Unavailable.
        """
        spans = self._spans(start, until)
        if not spans:
            return
        if any(first > end for first, end in spans.values()):
            raise TooOld
        self._consumer.assign(list(spans))
        for partition, (first, _) in spans.items():
            self._consumer.seek(partition, first)
        read, open_ends = 0, {partition: end for partition, (_, end) in spans.items()}
        heard_at = time.monotonic()
        while open_ends:
            batches = await self._consumer.getmany(*open_ends, timeout_ms=200, max_records=_PER_TURN)
            for partition, records in batches.items():
                end = open_ends.get(partition)
                for raw in records:
                    if end is None or raw.offset >= end:
                        break
                    read += 1
                    if read > most:
                        raise TooFar
                    yield self._broker.record_of(raw)
            for partition in list(open_ends):
                if await self._consumer.position(partition) >= open_ends[partition]:
                    del open_ends[partition]
            if batches:
                heard_at = time.monotonic()
            elif open_ends and time.monotonic() - heard_at > self._patience_s:
                raise Unavailable("The broker does not answer", retry_after=2)

    def _spans(self, start: Position, until: Position) -> dict[TopicPartition, tuple[int, int]]:
        """First and end offset of the partitions in which there is something to read."""
        spans: dict[TopicPartition, tuple[int, int]] = {}
        for topic, ends in until.items():
            for number, end in enumerate(ends):
                first = offset_in(start, topic, number) or 0
                if first != end:
                    spans[TopicPartition(self._broker.prefix + topic, number)] = (first, end)
        return spans
