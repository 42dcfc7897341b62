"""Running units of work: the edge owns the transaction, re-runs it when told to, and commits exactly once."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from zoneinfo import ZoneInfo

from chassis.aggregate import Aggregate, Document
from chassis.clock import Clock, SystemClock
from chassis.journal import JOURNAL, KINDS, Cause, restore
from chassis.locks import KeyLocks
from chassis.mongo import AmbiguousCommit, Database, is_infrastructure, is_transient
from chassis.principal import Principal
from chassis.refusals import RuleBroken, TimedOut, Unavailable
from chassis.store import DuplicateKey, MongoStore
from chassis.work import ConcurrentChange, IfMatch, UnitOfWork, UnsettledReference

T = TypeVar("T")

KEY_LIFETIME_S = 7 * 24 * 3600
SETTLING_S = 2.0
_DEADLINE_S = 10.0


class KeyReused(RuleBroken):
    """The same Idempotency-Key came with another body."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request"


@dataclass(frozen=True)
class Idempotency:
    """The request's key (digest over principal, method, path and key) and the digest of its body."""

    key: str
    body: str


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What a unit of work gave; `replayed` when an earlier request with the same key had done it."""

    value: T
    replayed: bool = False


class _Rehearsed(Exception):
    """Carries the value of a unit of work out of the transaction that it aborts."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class Works:
    """Opens units of work on one database."""

    def __init__(self, database: Database, *, zone: str = "Asia/Shanghai", clock: Clock | None = None) -> None:
        self.database = database
        self.zone = ZoneInfo(zone)
        self.clock = clock or SystemClock()
        self.committed: list[Callable[[], None]] = []
        """Called after each commit that wrote to the journal: how a relay in the same process knows at once."""
        self._locks = KeyLocks()

    async def run(
        self,
        action: Callable[[UnitOfWork], Awaitable[T]],
        *,
        principal: Principal,
        cause: Cause,
        idempotency: Idempotency | None = None,
        if_match: IfMatch | None = None,
        locks: Sequence[str] = (),
        deadline: float | None = None,
        clock: Clock | None = None,
        within: Any = None,
    ) -> Outcome[T]:
        """Run `action` in one transaction and commit it; run it again while the database says so, with full jitter.

        `deadline` is on `time.monotonic()`; 10 s from now when it is not given. With `idempotency`, an effect that the
        same key has had before is answered again from the version it made. `within` is a session to use for the
        transaction, such as a lease's, which whoever takes the lease over ends.

        Raises: Refusal as the action raised it; KeyReused; Unavailable when other work kept winning until the
        deadline; TimedOut; the driver's own exception when the database is away.
        """
        until = deadline if deadline is not None else time.monotonic() + _DEADLINE_S
        keys = [*locks, f"idempotency:{idempotency.key}"] if idempotency else list(locks)
        started, attempt = time.monotonic(), 0
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + max(0.0, until - time.monotonic())):
                async with self._locks.hold(keys):
                    while True:
                        try:
                            return await self._attempt(action, principal, cause, idempotency, if_match, clock, within)
                        except UnsettledReference:
                            if time.monotonic() - started > min(SETTLING_S, max(0.0, until - started - 0.5)):
                                raise
                            await asyncio.sleep(0.05)
                            continue
                        except AmbiguousCommit:
                            pass
                        except Exception as failure:
                            if not _again(failure):
                                raise
                        attempt += 1
                        pause = random.uniform(0, min(0.5, 0.005 * 2 ** min(attempt, 7)))
                        if time.monotonic() + pause >= until:
                            raise Unavailable("other work kept changing the same documents", retry_after=1)
                        await asyncio.sleep(pause)
        except TimeoutError as late:
            raise TimedOut("not done in time; whether it took effect is unknown", retry_after=1) from late

    async def rehearse(
        self,
        action: Callable[[UnitOfWork], Awaitable[T]],
        *,
        principal: Principal,
        cause: Cause,
        deadline: float | None = None,
        clock: Clock | None = None,
        within: Any = None,
    ) -> T:
        """What `run` would give, with every write carried out and taken back: nothing of it is ever seen by others.

        Raises: as `run`, what only comes out at the end of a unit included.
        """

        async def taken_back(work: UnitOfWork) -> None:
            value = await action(work)
            work.check()
            await work.flush()
            raise _Rehearsed(value)

        try:
            await self.run(taken_back, principal=principal, cause=cause, deadline=deadline, clock=clock, within=within)
        except _Rehearsed as rehearsed:
            return cast(T, rehearsed.value)
        raise AssertionError("a rehearsal never commits")

    async def _attempt(
        self,
        action: Callable[[UnitOfWork], Awaitable[T]],
        principal: Principal,
        cause: Cause,
        idempotency: Idempotency | None,
        if_match: IfMatch | None,
        clock: Clock | None,
        within: Any,
    ) -> Outcome[T]:
        if idempotency is not None:
            earlier = await self._earlier(idempotency)
            if earlier is not None:
                return Outcome(cast(T, await self._answer_again(earlier, idempotency)), replayed=True)
        now_us = await self.database.now_us()
        work: UnitOfWork | None = None
        value: T | None = None
        try:
            async with self.database.transaction(within) as session:
                work = UnitOfWork(
                    MongoStore(self.database, session),
                    principal=principal,
                    clock=clock or self.clock,
                    zone=self.zone,
                    cause=cause,
                    now_us=now_us,
                    if_match=if_match,
                )
                value = await action(work)
                work.check()
                if idempotency is not None:
                    work.attach_idempotency(
                        idempotency.key, idempotency.body, value if isinstance(value, Aggregate) else None
                    )
                await work.flush()
        except AmbiguousCommit:
            if work is None or not await self._took_effect(work):
                raise
        if work.first_journal_id is not None:
            for tell in self.committed:
                tell()
        return Outcome(cast(T, value))

    async def _took_effect(self, work: UnitOfWork) -> bool:
        """After an ambiguous commit: is our own mark in the journal?"""
        if work.first_journal_id is None:
            return False
        document = await MongoStore(self.database).find_one(JOURNAL, {"_id": work.first_journal_id})
        return document is not None and document["cause"]["run_id"] == work.first_run_id

    async def _earlier(self, idempotency: Idempotency) -> Document | None:
        store = MongoStore(self.database)
        document = await store.find_one(JOURNAL, {"idempotency.key": idempotency.key})
        if document is None:
            return None
        if document["recorded_at"] < await self.database.now_us() - KEY_LIFETIME_S * 1_000_000:
            await store.update_one(JOURNAL, {"_id": document["_id"]}, {"$unset": {"idempotency": ""}})
            return None
        return document

    async def _answer_again(self, document: Document, idempotency: Idempotency) -> Aggregate:
        if document["idempotency"]["body"] != idempotency.body:
            raise KeyReused
        model = KINDS[document["kind"]]
        return await restore(MongoStore(self.database), model, document)


def _again(failure: Exception) -> bool:
    if isinstance(failure, ConcurrentChange):
        return True
    if isinstance(failure, DuplicateKey):
        return failure.collection == JOURNAL
    return is_transient(failure)


__all__ = ["Idempotency", "KeyReused", "Outcome", "Works", "is_infrastructure"]
