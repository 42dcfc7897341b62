"""Our relay draining journal rows beside the two halves of its work done bare: sending the records, reading and marking."""

import asyncio
import secrets
import time

from chassis.journal import JOURNAL, ensure_journal
from chassis.kafka import Kafka, ensure_topics
from chassis.lease import Lease
from chassis.mongo import Database
from chassis.relay import BATCH, MARK_CHUNK, Relay, message_of
from chassis.sealing import ensure_relay

from benchmarks import accounts
from benchmarks.bench import Bench
from benchmarks.clones import Template, chunks, insert
from benchmarks.figures import alternate, ratio

ROWS = 1000
TARGET = 0.5
_WITHIN_S = 120.0
_COLUMNS = {"aggregate_id": 1, "version": 1, "recorded_at": 1, "events": 1, "cause.traceparent": 1}


async def measure(bench: Bench) -> None:
    """In a database and on topics of its own; the product's relays go on beside it and have nothing to do."""
    installation = bench.installation
    (model,) = await accounts.some(installation, 1)
    template = await Template.read(installation.database("customer"), "accounts", model)
    run = secrets.token_hex(4)
    database = installation.database_beside(f"terrain_bench_{run}")
    kafka = Kafka(installation.stack.bootstrap_servers, f"bench-{run}.")
    try:
        await ensure_journal(database)
        await ensure_relay(database)
        await ensure_topics(kafka, ["customer.account"])
        sides = _Sides(database, kafka, template)
        try:
            await sides.start()
            mine, sent, marked = await alternate(bench.terms, sides.relay, sides.send, sides.read_and_mark)
        finally:
            await sides.close()
    finally:
        database.close()
    slower = [min(pair) for pair in zip(sent, marked, strict=True)]
    figure = ratio(
        "relay", "relay ÷ the slower of its two halves", mine, slower, target=TARGET, sent=sent, marked=marked
    )
    bench.report.add(figure)


class _Gated(Relay):
    """A relay that works only while `open` is set, and tells when it has marked as many rows as were asked for."""

    def __init__(self, database: Database, kafka: Kafka) -> None:
        super().__init__("customer", database, kafka, watch=False)
        self.open = asyncio.Event()
        self.finished = asyncio.Event()
        self.left = 0

    async def send_next(self, lease: Lease) -> int:
        """As ever."""
        await self.open.wait()
        marked = await super().send_next(lease)
        self.left -= marked
        if self.left <= 0:
            self.open.clear()
            self.finished.set()
        return marked


class _Sides:
    def __init__(self, database: Database, kafka: Kafka, template: Template) -> None:
        self._database = database
        self._kafka = kafka
        self._template = template
        self._lease = Lease(database, "relay", ttl_s=60)
        self._relay = _Gated(database, kafka)
        self._running: asyncio.Task[None] | None = None
        self._producer = kafka.producer()

    async def start(self) -> None:
        """Bring both producers up."""
        await self._lease.acquire()
        self._running = asyncio.create_task(self._relay.run(self._lease))
        await self._producer.start()

    async def relay(self) -> float:
        """Our own: read, keep order, send, mark under the lease."""
        assert self._running is not None
        await self._fill()
        self._relay.left = ROWS
        self._relay.finished.clear()
        begun = time.perf_counter()
        self._relay.open.set()
        finished = asyncio.create_task(self._relay.finished.wait())
        await asyncio.wait({finished, self._running}, timeout=_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if not finished.done():
            finished.cancel()
            raise TimeoutError(f"the relay has not marked {self._relay.left} rows")
        return ROWS / (time.perf_counter() - begun)

    async def send(self) -> float:
        """The same records, made beforehand, by an idempotent producer that is up already."""
        pairs = self._template.copies(ROWS, told=True)
        messages = [message_of("customer", self._kafka, row, event) for _, row in pairs for event in row["events"]]
        begun = time.perf_counter()
        futures = [
            await self._producer.send(one.topic, one.value, key=one.key, headers=list(one.headers)) for one in messages
        ]
        await asyncio.gather(*futures)
        return len(messages) / (time.perf_counter() - begun)

    async def read_and_mark(self) -> float:
        """The same rows, read in batches of the relay's size, each batch marked in one transaction.

        In portions of the relay's size too, and not without a transaction: the embedded database is slower otherwise.
        """
        await self._fill()
        journal = self._database.collection(JOURNAL)
        begun = time.perf_counter()
        done = 0
        while done < ROWS:
            cursor = journal.find({"unpublished": True}, _COLUMNS).sort([("recorded_at", 1), ("_id", 1)])
            batch = await cursor.limit(BATCH).to_list(None)
            async with self._database.transaction() as session:
                for portion in chunks([row["_id"] for row in batch], MARK_CHUNK):
                    update = {"$unset": {"unpublished": ""}}
                    await journal.update_many({"_id": {"$in": portion}}, update, session=session)
            done += len(batch)
        return ROWS / (time.perf_counter() - begun)

    async def close(self) -> None:
        """Let go of the producers and the lease."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._producer.stop()
        await self._lease.release()

    async def _fill(self) -> None:
        rows = [row for _, row in self._template.copies(ROWS, told=False)]
        await insert(self._database, JOURNAL, rows)
