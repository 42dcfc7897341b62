"""A small stage for messages: notes are written in one database, their events are kept by a consumer in another."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import orjson
from chassis.dead_letters import DEAD_LETTERS
from chassis.journal import JOURNAL, Cause, ensure_journal
from chassis.kafka import Kafka, Message, Publisher, Record, ensure_topics, partitions_of
from chassis.lease import Lease, hold_and_run
from chassis.mongo import Database, connect
from chassis.principal import SystemPrincipal
from chassis.progress import PROGRESS
from chassis.reactions import Reactions, reacts_to
from chassis.relay import Relay
from chassis.sealing import ensure_relay
from chassis.testing.stack import delete_topics
from chassis.work import UnitOfWork
from chassis.works import Works
from contracts.envelope import Envelope
from contracts.events import Event

from tests.chassis.notes import Note, NoteWritten, RewriteNote, WriteNote, rewrite_note, write_note

TOPIC = "test.note"
CONSUMER = "testreader"
LETTERS = f"{CONSUMER}.dead-letters"
SYSTEM = SystemPrincipal("test")
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Stage:
    """Broker, writer's database, reader's database, and what the reader's reaction has been told."""

    def __init__(self, broker: str, uri: str, database_name: str) -> None:
        self.mark = f"m{secrets.token_hex(4)}"
        self.uri = uri
        self.kafka = Kafka(broker, topic_prefix=f"{self.mark}.")
        self.writer: Database = connect(uri, f"{database_name}_{self.mark}w")
        self.reader: Database = connect(uri, f"{database_name}_{self.mark}r")
        self.works = Works(self.writer)
        self.reader_works = Works(self.reader)
        self.told: list[tuple[str, int]] = []
        self.fail: Callable[[str, int], Exception | None] = lambda aggregate, sequence: None
        self.before_return: Callable[[], Awaitable[None]] | None = None
        self.publisher = Publisher(self.kafka)

    async def open(self) -> None:
        await self.reader.ensure_collection("kept")
        await ensure_topics(self.kafka, [TOPIC, LETTERS])

    async def open_writer(self) -> None:
        """Make the writer's collections; for tests that begin with a journal."""
        await ensure_journal(self.writer)
        await self.writer.ensure_indexes([Note])
        await ensure_relay(self.writer)

    async def close(self) -> None:
        await self.publisher.close()
        await delete_topics(self.kafka.bootstrap_servers, [self.kafka.topic(TOPIC), self.kafka.topic(LETTERS)])
        for database in (self.writer, self.reader):
            database.close()

    # --- writing ---

    async def write(self, note_id: str, times: int = 1) -> None:
        """Write a note and rewrite it until it has `times` versions."""
        command = WriteNote(note_id=note_id, text="1")
        await self.works.run(lambda work: write_note(command, work), principal=SYSTEM, cause=Cause("write"))
        await self.write_on(note_id, times)

    async def write_on(self, note_id: str, version: int) -> None:
        """Rewrite a note until it has this version."""
        found = await self.writer.collection(Note.COLLECTION).find_one({"_id": note_id})
        assert found is not None
        for number in range(found["version"] + 1, version + 1):
            command = RewriteNote(note_id=note_id, text=str(number))
            await self.works.run(
                lambda work, command=command: rewrite_note(command, work), principal=SYSTEM, cause=Cause("rewrite")
            )

    async def unpublished(self) -> int:
        return await self.writer.collection(JOURNAL).count_documents({"unpublished": True})

    @asynccontextmanager
    async def relaying(self, relay: Relay | None = None, *, ttl_s: float = 5.0):
        """A relay that holds the lease for the block."""
        relay = relay or Relay("test", self.writer, self.kafka)
        task = asyncio.ensure_future(
            hold_and_run(Lease(self.writer, "relay", ttl_s=ttl_s), [relay.run], lambda active: None)
        )
        try:
            yield relay
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # --- sending by hand ---

    def event(self, note_id: str, sequence: int) -> Message:
        """The record that the relay would send for this event."""
        return self.record(note_id, sequence)

    def record(
        self,
        note_id: str,
        sequence: int,
        *,
        value: bytes | None = b"",
        key: bytes | None = b"",
        headers: Sequence[tuple[str, bytes]] | None = None,
        without: str | None = None,
        **changes: Any,
    ) -> Message:
        """The same with something wrong: `value`, `key`, all `headers`, single header values, or a header left out."""
        envelope = Envelope(
            id=f"evt_{note_id}_{sequence}",
            source="/terrain/test",
            type=NoteWritten.TYPE,
            subject=note_id,
            time=NOW,
            sequence=sequence,
        )
        if headers is None:
            headers = [
                (
                    name,
                    changes.get(name, old)
                    if isinstance(changes.get(name, old), bytes)
                    else str(changes[name]).encode(),
                )
                for name, old in envelope.headers()
                if name != without
            ]
        good = orjson.dumps({"note": {"note_id": note_id, "text": str(sequence)}})
        return Message(
            self.kafka.topic(TOPIC), note_id.encode() if key == b"" else key, good if value == b"" else value, headers
        )

    async def send(self, *messages: Message) -> None:
        outcomes = await self.publisher.publish(messages)
        assert outcomes == [None] * len(messages), outcomes

    # --- reading ---

    def module(self) -> ModuleType:
        """A reactions module whose reaction stores what it is told and notes it down."""
        module = ModuleType(f"reactions_{self.mark}")

        @reacts_to(NoteWritten)
        async def keep(event: Event, work: UnitOfWork) -> None:
            note, sequence = event.note.note_id, work.cause.sequence  # type: ignore[attr-defined]
            failure = self.fail(note, sequence)
            if failure is not None:
                raise failure
            await work.store.update_one(
                "kept",
                {"_id": note},
                {"$push": {"texts": event.note.text}},
                upsert=True,  # type: ignore[attr-defined]
            )
            self.told.append((note, sequence))
            if self.before_return is not None:
                await self.before_return()

        keep.__module__ = module.__name__
        module.keep = keep  # type: ignore[attr-defined]
        return module

    def reactions(self, **options: Any) -> Reactions:
        return Reactions(CONSUMER, [self.module()], self.reader_works, self.kafka, **options)

    @asynccontextmanager
    async def reacting(self, reactions: Reactions | None = None):
        """The consumer, running for the block."""
        reactions = reactions or self.reactions()
        task = asyncio.ensure_future(reactions.run())
        try:
            yield reactions
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def kept(self, note_id: str) -> list[str]:
        """What the reader has stored of a note: one text per event applied, in the order of application."""
        document = await self.reader.collection("kept").find_one({"_id": note_id})
        return [] if document is None else document["texts"]

    async def letters(self, **where: Any) -> list[dict[str, Any]]:
        cursor = self.reader.collection(DEAD_LETTERS).find(where).sort([("partition", 1), ("offset", 1)])
        return await cursor.to_list(None)

    async def progress(self, note_id: str) -> dict[str, Any]:
        return await self.reader.collection(PROGRESS).find_one({"_id": f"{CONSUMER}/{TOPIC}/{note_id}"}) or {}

    async def records(self, name: str = TOPIC) -> list[Record]:
        """Everything on a topic, by partition and offset."""
        consumer = self.kafka.consumer()
        await consumer.start()
        try:
            partitions = await partitions_of(self.kafka, [name])
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Record] = []
            for partition in partitions:
                consumer.seek(partition, 0)
                while await consumer.position(partition) < ends[partition]:
                    for batch in (await consumer.getmany(partition, timeout_ms=500)).values():
                        found.extend(batch)
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            await consumer.stop()


async def until(condition: Callable[[], Any], within_s: float = 15.0) -> None:
    """Wait until the condition (plain or awaitable) holds; fail when it does not in time."""
    async with asyncio.timeout(within_s):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.05)
