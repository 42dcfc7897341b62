"""The relay: sends the events of committed journal rows to their topics, in order, at least once.

One relay is active per service, by lease. The lease fences what a relay writes to the database, not what it sends: one
that was frozen beyond its lease may send an older sequence again after a newer one, which consumers drop.
"""

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from contracts.envelope import Envelope
from contracts.topics import topics_of

from chassis.aggregate import Document
from chassis.backlog import Backlog
from chassis.clock import from_microseconds
from chassis.journal import JOURNAL, journal_id
from chassis.kafka import Kafka, Message, Publisher, ensure_topics, is_too_large
from chassis.lease import Lease, LeaseLost
from chassis.logs import logger
from chassis.metrics import RELAYED, UNPUBLISHED_AGE, UNPUBLISHED_ROWS
from chassis.mongo import Database

BATCH = 500
IDLE_S = 0.2
MARK_CHUNK = 100
LONGEST_BACKOFF_S = 5.0
_STUCK_AFTER = 20
_STUCK_PAUSE_S = 5.0
_REMEMBERED = 100_000

_log = logger("relay")


class Relay:
    """Sends what the journal of one service holds and marks what was acknowledged.

    With `watch` a change stream wakes it up; a relay whose process also writes the journal is woken by `wake` instead,
    because every open stream costs the server work for each write to any collection. Polling goes on in both cases.
    """

    def __init__(
        self, service: str, database: Database, kafka: Kafka, *, batch: int = BATCH, watch: bool = True
    ) -> None:
        self.service = service
        self.healthy = True
        """False while the broker or the database is away."""
        self.turned_at = time.monotonic()
        """When the loop last came round: a sign of life."""
        self._database = database
        self._kafka = kafka
        self._publisher = Publisher(kafka)
        self._backlog = Backlog(database, "unpublished", limit=batch, projection=_COLUMNS)
        self._sent_versions: OrderedDict[str, int] = OrderedDict()
        self._held: dict[str, int] = {}
        self._stuck: dict[str, float] = {}
        self._woken = asyncio.Event()
        self._watches = watch

    def wake(self) -> None:
        """Something was committed: look now instead of at the end of the pause."""
        self._woken.set()

    async def run(self, lease: Lease) -> None:
        """Work for ever under `lease`. Raises: LeaseLost."""
        self._sent_versions.clear()
        self._held.clear()
        self._stuck.clear()
        self._backlog.restart()
        side = [asyncio.ensure_future(self._count())]
        if self._watches:
            side.append(asyncio.ensure_future(self._watch()))
        failures, topics_ensured = 0, False
        try:
            while True:
                self.turned_at = time.monotonic()
                self._woken.clear()
                try:
                    if not topics_ensured:
                        await ensure_topics(self._kafka, [topic.name for topic in topics_of(self.service)])
                        topics_ensured = True
                    sent = await self.send_next(lease)
                except LeaseLost:
                    raise
                except Exception as failure:
                    failures += 1
                    self.healthy = failures < 3
                    _log.warning("cannot relay now", error=repr(failure), failures=failures)
                    await asyncio.sleep(random.uniform(0.5, 1) * min(LONGEST_BACKOFF_S, 0.1 * 2 ** min(failures, 10)))
                    continue
                failures, self.healthy = 0, True
                if not sent:
                    await self._pause()
        finally:
            for task in side:
                task.cancel()
            await asyncio.gather(*side, return_exceptions=True)
            await self._publisher.close()

    async def send_next(self, lease: Lease) -> int:
        """One pass: read, send, mark; how many rows were marked.

        Raises: LeaseLost; the failure of the first row that was not acknowledged, after the others were marked.
        """
        now = time.monotonic()
        self._stuck = {aggregate: until for aggregate, until in self._stuck.items() if until > now}
        rows = await self._backlog.read(without=list(self._stuck))
        if not rows:
            UNPUBLISHED_AGE.labels(self.service).set(0)
            return 0
        await self._show_age(rows[0])
        ready = await self._in_order(rows)
        acknowledged, failure = await self._send(ready)
        if acknowledged:
            await self._mark(lease, acknowledged)
            for row in acknowledged:
                self._remember(row)
        if failure is not None:
            raise failure
        return len(acknowledged)

    async def _in_order(self, rows: list[Document]) -> list[Document]:
        """The rows whose predecessor was sent or stands before them; a cursor may show 5 without a late committed 4."""
        unknown = [
            journal_id(row["aggregate_id"], row["version"] - 1)
            for row in rows
            if row["version"] > 1 and self._sent_versions.get(row["aggregate_id"]) != row["version"] - 1
        ]
        in_batch = {row["_id"] for row in rows}
        sent = await self._already_sent([identifier for identifier in unknown if identifier not in in_batch])
        ready: list[Document] = []
        passed: set[str] = set()
        blocked: set[str] = set()
        for row in rows:
            aggregate, version = row["aggregate_id"], row["version"]
            before = journal_id(aggregate, version - 1)
            known = before not in in_batch and self._sent_versions.get(aggregate) == version - 1
            if version == 1 or known or before in passed or before in sent:
                passed.add(row["_id"])
                ready.append(row)
                self._held.pop(aggregate, None)
            elif aggregate not in blocked:
                blocked.add(aggregate)
                self._hold(aggregate, row)
        return ready

    def _hold(self, aggregate: str, row: Document) -> None:
        times = self._held[aggregate] = self._held.get(aggregate, 0) + 1
        if times >= _STUCK_AFTER:
            del self._held[aggregate]
            self._set_aside(row, "the version before it is missing")

    def _set_aside(self, row: Document, why: str) -> None:
        """Look at an aggregate's rows only now and then, so that they do not fill every batch."""
        self._stuck[row["aggregate_id"]] = time.monotonic() + _STUCK_PAUSE_S
        _log.error("cannot publish", journal_id=row["_id"], why=why)

    async def _already_sent(self, identifiers: list[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(identifiers), MARK_CHUNK):
            chunk = identifiers[start : start + MARK_CHUNK]
            cursor = self._database.collection(JOURNAL).find({"_id": {"$in": chunk}}, {"unpublished": 1})
            async for row in cursor:
                if not row.get("unpublished"):
                    found.add(row["_id"])
        return found

    async def _send(self, rows: list[Document]) -> tuple[list[Document], BaseException | None]:
        """The rows all of whose events, and those of the rows of the same aggregate before them, are acknowledged."""
        messages = [message_of(self.service, self._kafka, row, event) for row in rows for event in row["events"]]
        outcomes = iter(await self._publisher.publish(messages) if messages else [])
        acknowledged: list[Document] = []
        broken: set[str] = set()
        first: BaseException | None = None
        events = 0
        for row in rows:
            failures = [outcome for _ in row["events"] if (outcome := next(outcomes)) is not None]
            if failures:
                broken.add(row["aggregate_id"])
                if is_too_large(failures[0]):
                    self._set_aside(row, "the broker refuses records of this size")
                elif first is None and row["aggregate_id"] not in self._stuck:
                    first = failures[0]
            if row["aggregate_id"] not in broken:
                acknowledged.append(row)
                events += len(row["events"])
        RELAYED.labels(self.service).inc(events)
        return acknowledged, first

    async def _mark(self, lease: Lease, rows: Sequence[Document]) -> None:
        identifiers = [row["_id"] for row in rows]

        async def mark(session: Any) -> None:
            journal = self._database.collection(JOURNAL)
            for start in range(0, len(identifiers), MARK_CHUNK):
                chunk = identifiers[start : start + MARK_CHUNK]
                await journal.update_many({"_id": {"$in": chunk}}, {"$unset": {"unpublished": ""}}, session=session)

        await lease.fenced(mark)

    def _remember(self, row: Document) -> None:
        self._sent_versions[row["aggregate_id"]] = row["version"]
        self._sent_versions.move_to_end(row["aggregate_id"])
        if len(self._sent_versions) > _REMEMBERED:
            self._sent_versions.popitem(last=False)

    async def _show_age(self, oldest: Document) -> None:
        age_us = await self._database.now_us() - oldest["recorded_at"]
        UNPUBLISHED_AGE.labels(self.service).set(max(0.0, age_us / 1e6))

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(IDLE_S):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _watch(self) -> None:
        """Wake up on every insert into the journal; polling goes on while the stream is broken."""
        pipeline: list[Document] = [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}]
        while True:
            try:
                async with self._database.collection(JOURNAL).watch(pipeline, max_await_time_ms=1000) as changes:
                    async for _ in changes:
                        self.wake()
            except Exception as failure:
                _log.info("the change stream broke; polling", error=repr(failure))
            await asyncio.sleep(2)

    async def _count(self) -> None:
        while True:
            try:
                UNPUBLISHED_ROWS.labels(self.service).set(await self._backlog.count())
            except Exception as failure:
                _log.debug("cannot count the unpublished rows", error=repr(failure))
            await asyncio.sleep(5)


_COLUMNS: Document = {"aggregate_id": 1, "version": 1, "recorded_at": 1, "events": 1, "cause.traceparent": 1}


def message_of(service: str, kafka: Kafka, row: Document, event: Document) -> Message:
    """The record of one event of a journal row."""
    envelope = Envelope(
        id=event["id"],
        source=f"/terrain/{service}",
        type=event["type"],
        subject=row["aggregate_id"],
        time=datetime.fromisoformat(event["time"]).astimezone(UTC),
        sequence=event["sequence"],
        unit_paths=tuple(event["unit_paths"]),
        lines=tuple(event["lines"]),
        traceparent=(row.get("cause") or {}).get("traceparent"),
        recorded_at=from_microseconds(row["recorded_at"]),
    )
    return Message(
        topic=kafka.topic(event["topic"]),
        key=row["aggregate_id"].encode(),
        value=orjson.dumps(event["data"]),
        headers=envelope.headers(),
    )
