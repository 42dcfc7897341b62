"""Replaying the letters of a parked aggregate, in order, and letting it go on when nothing is left."""

import asyncio
from typing import Any

from aiokafka.structs import ConsumerRecord
from contracts.envelope import Undecodable

from chassis import dead_letters, journal, progress
from chassis.aggregate import Document
from chassis.dead_letters import State
from chassis.intake import Decoded, Intake, decode, is_away
from chassis.logs import logger
from chassis.metrics import PARKED_AGGREGATES
from chassis.principal import SystemPrincipal
from chassis.progress import Cause, Key, Progress
from chassis.store import MongoStore
from chassis.work import UnitOfWork
from chassis.works import Works

LOOK_EVERY_S = 0.5
LONGEST_BACKOFF_S = 5.0
PAGE = 100

_log = logger("redrive")


class _Stopped(Exception):
    """The replay cannot go past this letter; `reached` is the sequence last applied when that was found."""

    def __init__(self, kind: Cause, detail: str, sequence: int, reached: int) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.sequence, self.reached = kind, detail, sequence, reached


class Redriver:
    """Carries out the redrives that operators, or the arrival of a missing record, have asked for."""

    def __init__(self, consumer: str, works: Works, intake: Intake) -> None:
        self.consumer = consumer
        self._works = works
        self._intake = intake
        self._principal = SystemPrincipal(f"{consumer}.reactions")

    async def run(self) -> None:
        """Look for requests for ever."""
        failures = 0
        while True:
            try:
                await self.carry_out()
                failures = 0
            except Exception as failure:
                failures += 1
                _log.warning("cannot redrive now", error=type(failure).__name__, failures=failures)
            await asyncio.sleep(min(LONGEST_BACKOFF_S, LOOK_EVERY_S * 2 ** min(failures, 5)))

    async def carry_out(self) -> int:
        """Carry out all requests there are; how many.

        Raises: whatever `intake.is_away` is true of.
        """
        waiting = await progress.parked(self._works.database, self.consumer)
        PARKED_AGGREGATES.labels(self.consumer).set(len(waiting))
        requests = [request for request in waiting if "redrive" in request["parked"]]
        for request in requests:
            consumer, topic, aggregate = request["_id"].split("/", 2)
            await self._redrive(Key(consumer, topic, aggregate), request["parked"]["redrive"])
        return len(requests)

    async def _redrive(self, key: Key, request: Document) -> bool:
        """Replay what waits; True when the aggregate is unparked, False when it stays parked with a new reason."""
        store, over_gap = MongoStore(self._works.database), request["over_gap"]
        try:
            while True:
                now = await progress.read(store, key)
                if now.parked is None:
                    return True
                letters = await dead_letters.waiting(store, key, above=now.sequence, limit=PAGE)
                if not letters:
                    if await self._unpark(key):
                        _log.info("unparked", aggregate=key.id, sequence=now.sequence)
                        return True
                    continue
                try:
                    await self._replay(key, letters, over_gap)
                except _Stopped as stopped:
                    # what seems to be missing may be a broken letter, which is seen only once it is next
                    if stopped.kind is not Cause.GAP or (await progress.read(store, key)).sequence == now.sequence:
                        raise
        except _Stopped as stopped:
            await self._stay(key, stopped, request)
            _log.warning("stays parked", aggregate=key.id, sequence=stopped.sequence, kind=str(stopped.kind))
            return False

    async def _replay(self, key: Key, letters: list[Document], over_gap: bool) -> None:
        """Replay letters in order. A sequence may have several letters; one that can be applied is enough."""
        failed: _Stopped | None = None
        for letter in letters:
            if failed is not None and letter["sequence"] > failed.sequence:
                raise failed
            try:
                # only at the start of a page is it sure that no broken letter fills the gap
                at_start = letter["sequence"] == letters[0]["sequence"]
                await self._replay_one(key, letter, over_gap and at_start)
                if failed is not None and letter["sequence"] == failed.sequence:
                    failed = None
            except _Stopped as stopped:
                if stopped.kind is Cause.GAP:
                    raise
                failed = stopped
        if failed is not None:
            raise failed

    async def _replay_one(self, key: Key, letter: Document, over_gap: bool) -> None:
        sequence: int = letter["sequence"]
        decoded, broken = _read_letter(letter)
        reached = 0

        async def step(work: UnitOfWork) -> None:
            nonlocal reached
            now = await progress.read(work.store, key)
            reached = now.sequence
            place = now.place(sequence)
            if place > 1 and over_gap:
                await progress.advance(work.store, key, now, sequence - 1)
                now, place = Progress(sequence - 1, now.parked), 1
            if place > 1:
                raise _Stopped(Cause.GAP, f"sequence {now.sequence + 1} is missing", sequence, reached)
            if letter["state"] == State.DROPPED:
                if place == 1:
                    await progress.advance(work.store, key, now, sequence)
                return
            if decoded is None or decoded.event is None:
                if place == 1:
                    raise _Stopped(Cause.UNDECODABLE, broken, sequence, reached)
                return
            if place == 1:
                await self._intake.apply(decoded, work, now)
            await dead_letters.close(work.store, letter["_id"], State.REDRIVEN, self._principal.subject, "replayed")

        try:
            if decoded is None:
                await self._works.run(step, principal=self._principal, cause=_cause(letter))
            else:
                await self._intake.run(decoded, step, final=_Stopped)
        except _Stopped:
            raise
        except Exception as failure:
            if is_away(failure):
                raise
            raise _Stopped(Cause.HANDLER, f"{type(failure).__name__}: {failure}", sequence, reached) from failure

    async def _unpark(self, key: Key) -> bool:
        async def step(work: UnitOfWork) -> bool:
            now = await progress.read(work.store, key)
            if now.parked is None:
                return True
            if await dead_letters.waiting(work.store, key, above=now.sequence, limit=1):
                return False
            await dead_letters.close_applied(work.store, key, now.sequence, self._principal.subject)
            await progress.unpark(work.store, key, now)
            return True

        cause = journal.Cause(command="unpark", subject=key.aggregate_id)
        return (await self._works.run(step, principal=self._principal, cause=cause)).value

    async def _stay(self, key: Key, stopped: _Stopped, request: Document) -> None:
        """Say why it waits on, unless more has come or been asked for meanwhile: then the next look finds out anew."""

        async def step(work: UnitOfWork) -> None:
            now = await progress.read(work.store, key)
            if now.parked is not None and now.sequence == stopped.reached and now.parked.get("redrive") == request:
                await progress.keep_parked(work.store, key, now, stopped.kind, stopped.detail[:500], stopped.sequence)

        cause = journal.Cause(command="stay parked", subject=key.aggregate_id)
        await self._works.run(step, principal=self._principal, cause=cause)


def _read_letter(letter: Document) -> tuple[Decoded | None, str]:
    record = ConsumerRecord[Any, Any](
        topic=letter["topic"],
        partition=letter["partition"],
        offset=letter["offset"],
        timestamp=0,
        timestamp_type=0,
        key=letter["key"],
        value=letter["value"],
        checksum=None,
        serialized_key_size=len(letter["key"] or b""),
        serialized_value_size=len(letter["value"] or b""),
        headers=[(name, value) for name, value in letter["headers"]],
    )
    if letter["omitted"]:
        return None, "too large to be kept"
    try:
        decoded = decode(record, letter["consumer"], letter["topic"])
    except Undecodable as broken:
        return None, str(broken)
    return decoded, decoded.broken


def _cause(letter: Document) -> journal.Cause:
    return journal.Cause(command="redrive", subject=letter["aggregate_id"], sequence=letter["sequence"])
