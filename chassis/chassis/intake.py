"""What is done with one record: apply it once and in order, or set it aside. Never anything else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.envelope import Envelope, Undecodable, decode_event, decode_headers
from contracts.events import REGISTRY, Event
from opentelemetry.trace import SpanKind

from chassis import dead_letters, journal, progress
from chassis.dead_letters import DeadLetters, Finding
from chassis.kafka import Kafka, Record
from chassis.logs import logger
from chassis.metrics import DEAD_LETTERS, REACTED
from chassis.mongo import is_infrastructure
from chassis.principal import SystemPrincipal
from chassis.progress import Cause, Key, Progress
from chassis.refusals import TimedOut, Unavailable
from chassis.store import MongoStore
from chassis.telemetry import span
from chassis.work import UnitOfWork, UnsettledReference
from chassis.works import Works

Handler = Callable[[Event, UnitOfWork], Awaitable[None]]
Handlers = Mapping[str, Sequence[Handler]]
"""Reactions by event type, in the order in which they run."""

TRY_PAUSES_S = (0.1, 0.4)
LONGEST_ID = 200
LARGEST_SEQUENCE = 2**63 - 1

_log = logger("reactions")


class Outcome(StrEnum):
    """What became of a record."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class Decoded:
    """A record whose headers can be believed; `event` is None when its value is broken, and `broken` says how."""

    envelope: Envelope
    key: Key
    event: Event | None
    broken: str = ""


@dataclass(frozen=True)
class _NotNow:
    """The record cannot be applied in the present state."""

    kind: Cause
    detail: str


class _NotPlain(Exception):
    """A batch holds a record that is neither next nor a duplicate."""


class Intake:
    """Takes in records for one consumer."""

    def __init__(self, consumer: str, works: Works, handlers: Handlers, kafka: Kafka, letters: DeadLetters) -> None:
        self.consumer = consumer
        self._works = works
        self._handlers = handlers
        self._kafka = kafka
        self._letters = letters
        self._principal = SystemPrincipal(f"{consumer}.reactions")
        self._tried: str | None = None
        """The event whose reaction made the last batch fail: it has had one of its tries."""

    async def take(self, record: Record) -> Outcome:
        """Apply the record or set it aside; when this returns it may be acknowledged.

        Raises: whatever `is_away` is true of; the record must then come again.
        """
        topic = self._kafka.contract_name(record.topic)
        try:
            decoded = decode(record, self.consumer, topic)
        except Undecodable as broken:
            await self._set_aside(record, Finding(Cause.UNDECODABLE, str(broken)))
            outcome = Outcome.SET_ASIDE
        else:
            outcome = await self._take(record, decoded)
        REACTED.labels(self.consumer, topic, str(outcome)).inc()
        return outcome

    async def take_together(self, records: Sequence[Record]) -> bool:
        """Apply records that are plainly next, or were applied before, in one transaction; how most records go.

        False when one of them is anything else, its reaction fails, or all of them take too long: nothing is applied,
        take them one by one.

        Raises: whatever `is_away` is true of.
        """
        try:
            batch = [decode(record, self.consumer, self._kafka.contract_name(record.topic)) for record in records]
        except Undecodable:
            return False
        if any(decoded.event is None for decoded in batch):
            return False
        try:
            outcomes = await self._works.run(
                lambda work: self._apply_together(batch, work), principal=self._principal, cause=_cause_of(batch[0])
            )
        except Exception as failure:
            crowded = isinstance(failure, TimedOut | Unavailable)  # so many at once may take too long; one may not
            if is_away(failure) and not crowded:
                raise
            if not isinstance(failure, _NotPlain):
                _log.info("a batch failed; taking its records one by one", error=type(failure).__name__)
            return False
        for decoded, outcome in zip(batch, outcomes.value, strict=True):
            REACTED.labels(self.consumer, decoded.key.topic, str(outcome)).inc()
        return True

    async def _apply_together(self, batch: Sequence[Decoded], work: UnitOfWork) -> list[Outcome]:
        standing = await progress.read_many(work.store, {decoded.key for decoded in batch})
        reached = {key: now.sequence for key, now in standing.items()}
        outcomes: list[Outcome] = []
        for decoded in batch:
            place = decoded.envelope.sequence - reached[decoded.key]
            if place > 1 or standing[decoded.key].parked is not None:
                raise _NotPlain
            if place <= 0:
                outcomes.append(Outcome.DUPLICATE)
                continue
            await self._handle(decoded, work)
            reached[decoded.key] = decoded.envelope.sequence
            outcomes.append(Outcome.APPLIED)
        moves = [(key, now, reached[key]) for key, now in standing.items() if reached[key] > now.sequence]
        await progress.advance_many(work.store, moves)
        return outcomes

    async def _handle(self, decoded: Decoded, work: UnitOfWork) -> None:
        """Run the reactions to one event of a batch, as a command of its own."""
        handlers = self._handlers.get(decoded.envelope.type, ())
        if not handlers:
            return
        assert decoded.event is not None
        work.next_command(_cause_of(decoded))
        envelope = decoded.envelope
        with span(f"react {envelope.type}", envelope.traceparent, kind=SpanKind.CONSUMER):
            try:
                for handle in handlers:
                    await handle(decoded.event, work)
                work.check()
            except Exception:
                self._tried = envelope.id
                raise

    async def apply(self, decoded: Decoded, work: UnitOfWork, now: Progress) -> None:
        """Run all reactions to an event and move on to its sequence, in the unit's transaction."""
        assert decoded.event is not None
        await progress.advance(work.store, decoded.key, now, decoded.envelope.sequence)
        for handle in self._handlers.get(decoded.envelope.type, ()):
            await handle(decoded.event, work)

    async def run(
        self,
        decoded: Decoded,
        action: Callable[[UnitOfWork], Awaitable[object]],
        *,
        final: type[Exception] | None = None,
    ) -> object:
        """Run `action` in one transaction, up to three times when it fails by itself, but once when by `final`.

        Raises: whatever `is_away` is true of; the failure of the last try.
        """
        envelope = decoded.envelope
        cause = _cause_of(decoded)
        pauses = TRY_PAUSES_S
        if self._tried == envelope.id:
            self._tried, pauses = None, TRY_PAUSES_S[1:]
        with span(f"react {envelope.type}", envelope.traceparent, kind=SpanKind.CONSUMER):
            for pause in (*pauses, None):
                try:
                    return (await self._works.run(action, principal=self._principal, cause=cause)).value
                except Exception as failure:
                    if is_away(failure) or pause is None or isinstance(failure, final or UnsettledReference):
                        raise
                    _log.warning(
                        "a reaction failed", event_id=envelope.id, type=envelope.type, error=type(failure).__name__
                    )
                await asyncio.sleep(pause)
        raise AssertionError("the last try either returns or raises")

    async def _take(self, record: Record, decoded: Decoded) -> Outcome:
        while True:
            try:
                found = await self.run(decoded, lambda work: self._decide(decoded, work))
            except Exception as failure:
                if is_away(failure):
                    raise
                found = _NotNow(Cause.HANDLER, f"{type(failure).__name__}: {failure}")
            if isinstance(found, Outcome):
                return found
            assert isinstance(found, _NotNow)
            outcome = await self._set_aside(record, finding_of(decoded, found.kind, found.detail))
            if outcome is not None:
                return outcome

    async def _decide(self, decoded: Decoded, work: UnitOfWork) -> Outcome | _NotNow:
        now = await progress.read(work.store, decoded.key)
        place = now.place(decoded.envelope.sequence)
        if decoded.event is None:
            return _NotNow(Cause.UNDECODABLE, decoded.broken)
        if place <= 0:
            return Outcome.DUPLICATE
        if place > 1:
            if now.parked is not None:
                return _NotNow(Cause.FOLLOWS, f"sequence {now.parked['sequence']} waits")
            return _NotNow(Cause.GAP, f"sequence {now.sequence + 1} is missing")
        if now.parked is not None:
            if now.parked["kind"] in (Cause.HANDLER, Cause.FOLLOWS):
                return _NotNow(Cause.FOLLOWS, f"sequence {now.parked['sequence']} waits")
            await progress.ask_redrive(work.store, decoded.key, now, "system", "the missing record has come")
        await self.apply(decoded, work, now)
        return Outcome.APPLIED

    async def _set_aside(self, record: Record, finding: Finding) -> Outcome | None:
        """Send and keep the letter and park its aggregate; None when the record has to be looked at again."""
        letter_id = self._letters.id_of(record)
        if await dead_letters.exists(MongoStore(self._works.database), letter_id):
            return Outcome.SET_ASIDE
        await self._letters.publish(record, finding)
        letter = self._letters.document(record, finding)

        async def keep(work: UnitOfWork) -> Outcome | None:
            if await dead_letters.exists(work.store, letter_id):
                return Outcome.SET_ASIDE
            if finding.key is not None and finding.sequence is not None:
                now = await progress.read(work.store, finding.key)
                place = now.place(finding.sequence)
                if finding.kind is not Cause.UNDECODABLE and (place <= 0 or (place == 1 and _changed(now, finding))):
                    return None
                if now.parked is not None or (place >= 1 and finding.kind is not Cause.UNDECODABLE) or place == 1:
                    await progress.park(
                        work.store, finding.key, now, finding.kind, finding.detail[:500], finding.sequence
                    )
            await dead_letters.keep(work.store, letter)
            return Outcome.SET_ASIDE

        cause = journal.Cause(command="set aside", event_id=letter_id)
        outcome = (await self._works.run(keep, principal=self._principal, cause=cause)).value
        if outcome is not None:
            topic = self._kafka.contract_name(record.topic)
            DEAD_LETTERS.labels(self.consumer, topic, str(finding.kind)).inc()
            _log.error("set aside", letter=letter_id, kind=str(finding.kind), detail=finding.detail[:500])
        return outcome


def decode(record: Record, consumer: str, topic: str) -> Decoded:
    """Read a record as far as it can be read.

    A record blames an aggregate only when its headers are whole and agree with its key and its topic. One that is
    written under a false subject must not stop a real aggregate.

    Raises: Undecodable when the headers cannot be believed.
    """
    envelope = decode_headers(record.headers)
    if record.key is None or record.key != envelope.subject.encode():
        raise Undecodable("the key is not the subject")
    if len(envelope.subject) > LONGEST_ID or not envelope.subject.isprintable():
        raise Undecodable("the subject is no id")
    if envelope.sequence > LARGEST_SEQUENCE:
        raise Undecodable("ce_sequence is out of range")
    if envelope.source != f"/terrain/{topic.split('.', 1)[0]}":
        raise Undecodable(f"the source {envelope.source[:100]!r} does not own the topic {topic}")
    model = REGISTRY.get(envelope.type)
    if model is not None and topic != model.TOPIC:
        raise Undecodable(f"the type {envelope.type} does not belong to the topic {topic}")
    key = Key(consumer, topic, envelope.subject)
    try:
        return Decoded(envelope, key, decode_event(envelope, record.value))
    except Undecodable as broken:
        return Decoded(envelope, key, None, str(broken))


def _cause_of(decoded: Decoded) -> journal.Cause:
    envelope = decoded.envelope
    return journal.Cause(
        command=envelope.type,
        traceparent=envelope.traceparent,
        event_id=envelope.id,
        subject=envelope.subject,
        sequence=envelope.sequence,
    )


def finding_of(decoded: Decoded, kind: Cause, detail: str) -> Finding:
    """What a letter says of a record whose headers can be believed."""
    envelope = decoded.envelope
    return Finding(kind, detail, decoded.key, envelope.sequence, envelope.type[:200], envelope.time)


def is_away(failure: BaseException) -> bool:
    """True when the infrastructure is at fault, so that the record must come again however long it takes."""
    return is_infrastructure(failure) or isinstance(failure, ConnectionError | TimeoutError | Unavailable | TimedOut)


def _changed(now: Progress, finding: Finding) -> bool:
    """The aggregate was unparked, or its gap was closed, after the record had been looked at."""
    return finding.kind is Cause.GAP or (finding.kind is Cause.FOLLOWS and now.parked is None)
