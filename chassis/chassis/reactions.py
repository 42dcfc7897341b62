"""Reactions: what a service does about events of others. Acknowledgement, order, retries and dead letters are decided here.

One consumer group per service and installation. Records are applied in order per aggregate, each in one transaction
with the progress it makes; see `intake` for what happens to one record, `redrive` for what happens to parked ones.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import ModuleType
from typing import Any, TypeVar, cast

from contracts.events import REGISTRY, Event

from chassis.dead_letters import DeadLetters, ensure_dead_letters
from chassis.intake import Handler, Intake, is_away
from chassis.kafka import Kafka, Publisher, Record, ensure_topics
from chassis.logs import logger
from chassis.metrics import CONSUMER_LAG, CONSUMER_PAUSED
from chassis.redrive import Redriver
from chassis.work import UnitOfWork
from chassis.works import Works

E = TypeVar("E", bound=Event)

LANES = 8
TOGETHER = 50
"""Records applied in one transaction; more would hold what they change for too long."""
LONGEST_PAUSE_S = 5.0
MEASURE_EVERY_S = 2.0
_MARK = "__reacts_to__"

_log = logger("reactions")


def reacts_to(event: type[E]) -> Callable[[Callable[[E, UnitOfWork], Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """Declare a function of a service's `reactions.py` as a reaction to an event."""

    def mark(function: Callable[[E, UnitOfWork], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        marks: list[str] = getattr(function, _MARK, [])
        setattr(function, _MARK, [*marks, event.TYPE])
        return function

    return mark


def reactions_in(modules: Iterable[ModuleType]) -> dict[str, list[Handler]]:
    """The reactions that the modules declare, by event type, in the order of modules and of their lines."""
    found: dict[str, list[Handler]] = defaultdict(list)
    for module in modules:
        for value in vars(module).values():
            if getattr(value, "__module__", None) == module.__name__:
                for event_type in getattr(value, _MARK, ()):
                    found[event_type].append(cast(Handler, value))
    return dict(found)


class Reactions:
    """The consumer of one service. `drain_s` is how long a batch may take to end when the process is asked to."""

    def __init__(
        self,
        service: str,
        modules: Iterable[ModuleType],
        works: Works,
        kafka: Kafka,
        *,
        lanes: int = LANES,
        drain_s: float = 10.0,
    ) -> None:
        self.service = service
        self.handlers = reactions_in(modules)
        self.topics = sorted({REGISTRY[event_type].TOPIC for event_type in self.handlers})
        """Contract names of the topics that carry events somebody here reacts to."""
        self.group_id = kafka.topic(service)
        self.paused = False
        """True while the infrastructure is away: records wait, nothing is set aside."""
        self.subscriber: Any = None
        self._works = works
        self._kafka = kafka
        self._publisher = Publisher(kafka)
        self._intake = Intake(service, works, self.handlers, kafka, DeadLetters(service, kafka, self._publisher))
        self._redriver = Redriver(service, works, self._intake)
        self._lanes = asyncio.Semaphore(lanes)
        self._drain_s = drain_s
        self._failures = 0
        self._in_flight: dict[tuple[str, int], int] = {}
        self._seen: dict[tuple[str, int], int] = {}
        self._moved_at = time.monotonic()

    async def run(self) -> None:
        """Consume until cancelled. Raises when the broker or the database is away at the start; then run it again."""
        await ensure_dead_letters(self._works.database)
        if not self.topics:
            await asyncio.Event().wait()
        await ensure_topics(self._kafka, [*self.topics, f"{self.service}.dead-letters"])
        broker = self._kafka.broker(graceful_timeout_s=self._drain_s)
        self.subscriber = self._kafka.subscribe(broker, self.topics, self.group_id, self.consume)
        side = [asyncio.ensure_future(self._redriver.run()), asyncio.ensure_future(self._measure())]
        try:
            await broker.start()
            await asyncio.gather(*side)
        finally:
            for task in side:
                task.cancel()
            await asyncio.gather(*side, return_exceptions=True)
            await broker.stop()
            await self._publisher.close()
            self.subscriber = None

    async def consume(self, records: tuple[Record, ...]) -> None:
        """Take in a batch: some at a time in one transaction, and one by one where that does not do.

        Raises: the first failure of the infrastructure, after a pause; nothing of the batch is then acknowledged.
        """
        for record in records:
            self._in_flight.setdefault((record.topic, record.partition), record.offset)
        try:
            for start in range(0, len(records), TOGETHER):
                some = records[start : start + TOGETHER]
                if not await self._intake.take_together(some):
                    await self._one_by_one(some)
        except Exception as failure:
            await self._pause(failure)
            raise
        finally:
            self._in_flight.clear()
        self._failures, self.paused = 0, False
        self._moved_at = time.monotonic()

    def lag(self) -> dict[tuple[str, int], int]:
        """Records not yet applied or set aside, by (topic, partition) as far as the broker has told."""
        consumer = self.subscriber.consumer if self.subscriber is not None else None
        if consumer is None:
            return {}
        found: dict[tuple[str, int], int] = {}
        for partition in consumer.assignment():
            end = consumer.highwater(partition)
            place = (partition.topic, partition.partition)
            at = self._in_flight.get(place, self._seen.get(place))
            if end is not None and at is not None:
                found[self._kafka.contract_name(partition.topic), partition.partition] = max(0, end - at)
        return found

    def stuck(self) -> str | None:
        """A sign of life: None while the position moves on, there is nothing to do, or the infrastructure is away."""
        silent = time.monotonic() - self._moved_at
        behind = sum(self.lag().values())
        if silent < 60 or not behind or self.paused:
            return None
        return f"{behind} records wait and none was taken in for {silent:.0f} s"

    async def _one_by_one(self, records: Sequence[Record]) -> None:
        """In order per aggregate, several aggregates side by side. Raises: the first failure; no record is begun after it."""
        lanes: dict[tuple[str, bytes | int], list[Record]] = defaultdict(list)
        for record in records:
            lanes[record.topic, record.partition if record.key is None else record.key].append(record)
        failures: list[Exception] = []
        await asyncio.gather(*(self._lane(lane, failures) for lane in lanes.values()))
        if failures:
            raise failures[0]

    async def _lane(self, records: list[Record], failures: list[Exception]) -> None:
        async with self._lanes:
            for record in records:
                if failures:
                    return
                try:
                    await self._intake.take(record)
                except Exception as failure:
                    failures.append(failure)

    async def _pause(self, failure: BaseException) -> None:
        """Wait before the records come again: short enough to go on polling, longer each time."""
        self._failures += 1
        self.paused = True
        if not is_away(failure):
            _log.error("cannot take in a record", error=type(failure).__name__, exc_info=failure)
        pause = random.uniform(0.5, 1) * min(LONGEST_PAUSE_S, 0.1 * 2 ** min(self._failures, 10))
        _log.warning("waiting for the infrastructure", error=type(failure).__name__, seconds=round(pause, 2))
        await asyncio.sleep(pause)

    async def _measure(self) -> None:
        while True:
            consumer = self.subscriber.consumer if self.subscriber is not None else None
            if consumer is not None:
                for partition in consumer.assignment():
                    try:
                        async with asyncio.timeout(1):
                            self._seen[partition.topic, partition.partition] = await consumer.position(partition)
                    except Exception as failure:
                        _log.debug("position unknown", partition=partition.partition, error=type(failure).__name__)
                for (topic, number), behind in self.lag().items():
                    CONSUMER_LAG.labels(self.service, topic, str(number)).set(behind)
                    CONSUMER_PAUSED.labels(self.service, topic, str(number)).set(int(self.paused))
                if not sum(self.lag().values()):
                    self._moved_at = time.monotonic()
            await asyncio.sleep(MEASURE_EVERY_S)
