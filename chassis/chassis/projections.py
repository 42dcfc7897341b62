"""Projections: read models that are built from the topics alone and keep their own place in them.

No consumer group: every partition is read from the offsets that the projection's store holds, and facts and offsets
change there in one transaction. A new generation is simply another store with no offsets yet.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka.structs import TopicPartition
from contracts.envelope import Undecodable

from chassis import dead_letters
from chassis.dead_letters import DeadLetters, Finding
from chassis.intake import decode, finding_of, is_away
from chassis.kafka import Kafka, Publisher, ensure_topics, partitions_of
from chassis.kafka import Record as RawRecord
from chassis.logs import logger
from chassis.metrics import CONSUMER_LAG, DEAD_LETTERS, REACTED
from chassis.mongo import Database
from chassis.progress import Cause
from chassis.sequencing import Place, Record, Sequencer
from chassis.store import DuplicateKey, MongoStore

__all__ = ["Batch", "Place", "Projection", "Record", "Standing"]

PATIENCE_S = 60

_log = logger("projection")


@dataclass(frozen=True)
class Batch:
    """What is to be applied in one transaction: `records` in order per aggregate, each exactly one step further.

    `offsets` is where to read on afterwards, to be stored together with what the records say; `progress` the sequence
    that aggregates have then reached, to be stored likewise (a skipped record moves it too). A batch may have no records
    and still move offsets or progress.
    """

    records: Sequence[Record]
    offsets: Mapping[Place, int]
    progress: Mapping[str, int]


@dataclass(frozen=True)
class Standing:
    """One partition: the next offset to read, the end of the partition, and when the broker told that end."""

    position: int
    end: int
    checked_at: datetime


class Projection(ABC):
    """One read model. Subclasses say how their store is read and written; `run` does the rest.

    `name` is the consumer's name in metrics and letters; `topics` are contract names. Broken records are skipped and
    kept as dead letters of `database`.
    """

    def __init__(
        self, name: str, topics: Iterable[str], kafka: Kafka, database: Database, *, max_records: int = 2000
    ) -> None:
        self.name = name
        self.topics = sorted(topics)
        self.caught_up = asyncio.Event()
        """Set as soon as everything that was there when `run` began has been applied."""
        self._kafka = kafka
        self._database = database
        self._publisher = Publisher(kafka)
        self._letters = DeadLetters(name, kafka, self._publisher)
        self._max_records = max_records
        self._next: dict[Place, int] = {}
        self._ends: dict[Place, int] = {}
        self._checked: dict[Place, datetime] = {}
        self._goal: dict[Place, int] = {}
        self._moved_at = time.monotonic()

    @abstractmethod
    async def load_offsets(self) -> Mapping[Place, int]:
        """The offsets stored last; partitions that are not named are read from their beginning."""

    @abstractmethod
    async def load_progress(self, aggregates: Sequence[str]) -> Mapping[str, int]:
        """The sequence last applied of each of these aggregates; those never seen may be left out."""

    @abstractmethod
    async def apply(self, batch: Batch) -> None:
        """Store what the records say, the offsets and the progress in one transaction; on any exception nothing.

        Exceptions that `intake.is_away` is true of are tried again; any other blames a record, which is then found,
        set aside and skipped.
        """

    def standing(self) -> dict[Place, Standing]:
        """How far each partition has been read, and how far it went when the broker last told."""
        return {place: Standing(self._next[place], end, self._checked[place]) for place, end in self._ends.items()}

    def lag(self) -> dict[Place, int]:
        """Records behind the end of each partition, as far as the broker has told."""
        return {place: max(0, end - self._next.get(place, 0)) for place, end in self._ends.items()}

    def stuck(self) -> str | None:
        """A sign of life: None while it moves on or has nothing to do."""
        silent, behind = time.monotonic() - self._moved_at, sum(self.lag().values())
        if silent < PATIENCE_S or not behind:
            return None
        return f"{behind} records wait and none was applied for {silent:.0f} s"

    async def run(self) -> None:
        """Read for ever. Raises when broker, database or store is away: run it again, it goes on where the store is."""
        self.caught_up.clear()
        await dead_letters.ensure_dead_letters(self._database)
        await ensure_topics(self._kafka, [*self.topics, f"{self.name}.dead-letters"])
        consumer = self._kafka.consumer()
        try:
            await consumer.start()
            await self._take_position(consumer)
            sequencer = Sequencer()
            while True:
                self._look_at_ends(consumer)
                found = await consumer.getmany(timeout_ms=500, max_records=self._max_records)
                raw = [record for records in found.values() for record in records]
                if raw:
                    await self._take(raw, sequencer)
        finally:
            await consumer.stop()
            await self._publisher.close()

    async def _take_position(self, consumer: Any) -> None:
        partitions = await partitions_of(self._kafka, self.topics)
        consumer.assign(partitions)
        stored = await self.load_offsets()
        beginnings = await consumer.beginning_offsets(partitions)
        asked_at = datetime.now(UTC)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            place = self._place(partition)
            at = stored.get(place, beginnings[partition])
            if not beginnings[partition] <= at <= ends[partition]:
                _log.error("the stored offset does not exist", topic=place[0], partition=place[1], offset=at)
                at = beginnings[partition]
            consumer.seek(partition, at)
            self._next[place], self._ends[place], self._checked[place] = at, ends[partition], asked_at
        self._goal = dict(self._ends)

    def _look_at_ends(self, consumer: Any) -> None:
        for partition in consumer.assignment():
            end = consumer.highwater(partition)
            checked_ms = consumer.last_poll_timestamp(partition)
            if end is not None and checked_ms:
                place = self._place(partition)
                self._ends[place] = end
                self._checked[place] = datetime.fromtimestamp(checked_ms / 1000, UTC)
        for (topic, number), behind in self.lag().items():
            CONSUMER_LAG.labels(self.name, topic, str(number)).set(behind)
        if not self.caught_up.is_set() and all(self._next[place] >= end for place, end in self._goal.items()):
            self.caught_up.set()

    async def _take(self, raw: list[RawRecord], sequencer: Sequencer) -> None:
        decoded = [record for record in [await self._decode(record) for record in raw] if record is not None]
        aggregates = {record.envelope.subject for record in decoded} | sequencer.holding
        progress = await self.load_progress(sorted(aggregates)) if aggregates else {}
        given_up = sequencer.given_up
        ready, reached = sequencer.order(decoded, progress)
        if sequencer.given_up > given_up:
            _log.error("events are missing and were not waited for", streams=sequencer.given_up - given_up)
        for record in raw:
            self._next[self._kafka.contract_name(record.topic), record.partition] = record.offset + 1
        touched = {(self._kafka.contract_name(record.topic), record.partition) for record in raw}
        offsets: dict[Place, int] = {}
        for place in touched | {record.place for record in ready}:
            held = sequencer.barrier(place)
            offsets[place] = self._next[place] if held is None else held
        await self._apply(Batch(ready, offsets, reached))
        self._moved_at = time.monotonic()
        for topic in self.topics:
            count = sum(record.topic == topic for record in ready)
            REACTED.labels(self.name, topic, "applied").inc(count)

    async def _apply(self, batch: Batch) -> None:
        try:
            await self.apply(batch)
            return
        except Exception as failure:
            if is_away(failure) or not batch.records:
                raise
            _log.warning("a batch cannot be applied; record by record", error=type(failure).__name__)
        for record in batch.records:
            progress = {record.envelope.subject: record.envelope.sequence}
            try:
                await self.apply(Batch([record], {}, progress))
            except Exception as failure:
                if is_away(failure):
                    raise
                decoded = decode(record.raw, self.name, record.topic)
                detail = f"{type(failure).__name__}: {failure}"
                await self._set_aside(record.raw, finding_of(decoded, Cause.HANDLER, detail))
                await self.apply(Batch([], {}, progress))
        await self.apply(Batch([], batch.offsets, {}))

    async def _decode(self, record: RawRecord) -> Record | None:
        topic = self._kafka.contract_name(record.topic)
        try:
            decoded = decode(record, self.name, topic)
        except Undecodable as broken:
            await self._set_aside(record, Finding(Cause.UNDECODABLE, str(broken)))
            return None
        if decoded.event is None:
            await self._set_aside(record, finding_of(decoded, Cause.UNDECODABLE, decoded.broken))
            return None
        return Record(decoded.envelope, decoded.event, topic, record.partition, record.offset, record.timestamp, record)

    async def _set_aside(self, record: RawRecord, finding: Finding) -> None:
        store = MongoStore(self._database)
        if await dead_letters.exists(store, self._letters.id_of(record)):
            return
        await self._letters.publish(record, finding)
        try:
            await dead_letters.keep(store, self._letters.document(record, finding))
        except DuplicateKey:
            return  # another replica of the projection was first
        DEAD_LETTERS.labels(self.name, self._kafka.contract_name(record.topic), str(finding.kind)).inc()
        _log.error("set aside", letter=self._letters.id_of(record), detail=finding.detail[:500])

    def _place(self, partition: TopicPartition) -> Place:
        return self._kafka.contract_name(partition.topic), partition.partition
