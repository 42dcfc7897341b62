"""Leases: one active holder of a duty per database, told by the database's clock, never by a machine's own.

A holder may be frozen at any moment and wake up long after its lease went to another. So a lease by itself protects
nothing: whatever the duty writes to the database goes through `fenced`, which writes the lease in the same transaction.
"""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from chassis.aggregate import Document
from chassis.logs import logger
from chassis.mongo import AmbiguousCommit, Database, is_infrastructure, is_transient

T = TypeVar("T")

LEASES = "leases"

_log = logger("lease")


class LeaseLost(Exception):
    """Another holder has the lease; stop what it stood for."""


class Lease:
    """One holder's view of the lease `name`."""

    def __init__(self, database: Database, name: str, *, ttl_s: float = 5.0, holder: str | None = None) -> None:
        self.name = name
        self.ttl_s = ttl_s
        self.holder = holder or f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._database = database
        self._token: int | None = None
        self._session: Any = None
        self._lock = asyncio.Lock()

    @property
    def session(self) -> Any:
        """The session in which the holder works: whoever takes the lease over ends what is open in it."""
        return self._session

    @property
    def held(self) -> bool:
        """True from acquiring until losing or releasing; the database may know better, so never rely on it alone."""
        return self._token is not None

    async def acquire(self) -> bool:
        """Take the lease when it is free, expired or ours already.

        What the holder before has left open is aborted: it may have been killed in the middle of a transaction.
        """
        async with self._lock:
            if self._session is None:
                self._session = await self._database.client.start_session()
            try:
                found = await self._take(self._session.session_id["id"])
            except DuplicateKeyError:
                return False
            before, self._token = self._token, found["token"] if found["holder"] == self.holder else None
            if self._token is not None and self._token != before and found.get("former") is not None:
                await self._database.abort_session(found["former"])
            return self.held

    async def _take(self, session_id: Any) -> Document:
        ours = {"$eq": ["$holder", {"$literal": self.holder}]}
        # as numbers: one of the databases we run on takes any two dates in an expression for equal
        free = {"$lte": [{"$toLong": {"$ifNull": ["$expires_at", "$$NOW"]}}, {"$toLong": "$$NOW"}]}
        steps: list[dict[str, Any]] = [
            {"$set": {"takes": {"$or": [ours, free]}}},
            {"$set": {"changes": {"$and": ["$takes", {"$not": [ours]}]}}},
            {
                "$set": {
                    "token": {"$cond": ["$changes", {"$add": [{"$ifNull": ["$token", 0]}, 1]}, "$token"]},
                    "former": {"$cond": ["$changes", {"$ifNull": ["$session", None]}, "$former"]},
                    "expires_at": {"$cond": ["$takes", {"$add": ["$$NOW", self._ttl_ms]}, "$expires_at"]},
                }
            },
            {
                "$set": {
                    "holder": {"$cond": ["$takes", {"$literal": self.holder}, "$holder"]},
                    "session": {"$cond": ["$takes", {"$literal": session_id}, "$session"]},
                }
            },
            {"$unset": ["takes", "changes"]},
        ]
        return await self._database.collection(LEASES).find_one_and_update(
            {"_id": self.name}, steps, upsert=True, return_document=True
        )

    async def renew(self) -> None:
        """Hold it for another term. Raises: LeaseLost."""
        async with self._lock:
            await self._touch(None)

    async def fenced(self, action: Callable[[Any], Awaitable[T]]) -> T:
        """Run `action(session)` in a transaction that also renews the lease, so that it commits only while it is ours.

        The lease is written last: whoever is frozen in the middle then does not keep others from taking it over.

        It is run again on transient errors. When the outcome of a commit stays unknown it is run again too, so `action`
        must bear repetition.

        Raises: LeaseLost; the driver's own exception when the database is away.
        """
        async with self._lock:
            for attempt in range(20):
                try:
                    async with self._database.transaction(self._session) as session:
                        value = await action(session)
                        await self._touch(session)
                    return value
                except AmbiguousCommit:
                    pass
                except Exception as failure:
                    if not is_transient(failure):
                        raise
                await asyncio.sleep(min(0.2, 0.005 * 2**attempt))
            raise TimeoutError(f"the transaction under lease {self.name} kept losing to others")

    async def release(self) -> None:
        """Give it up at once, so that another need not wait for its end."""
        async with self._lock:
            token, self._token = self._token, None
            if token is not None:
                await self._database.collection(LEASES).update_one(
                    {"_id": self.name, "holder": self.holder, "token": token}, [{"$set": {"expires_at": "$$NOW"}}]
                )

    @property
    def _ttl_ms(self) -> int:
        return int(self.ttl_s * 1000)

    async def _touch(self, session: Any) -> None:
        """An expired lease that nobody has taken is still ours: a taker would have changed holder and token."""
        if self._token is None:
            raise LeaseLost(self.name)
        result = await self._database.collection(LEASES).update_one(
            {"_id": self.name, "holder": self.holder, "token": self._token},
            [{"$set": {"expires_at": {"$add": ["$$NOW", self._ttl_ms]}}}],
            session=session,
        )
        if not result.matched_count:
            self._token = None
            raise LeaseLost(self.name)


Duty = Callable[[Lease], Awaitable[None]]
"""Runs for as long as it is not cancelled; ends by LeaseLost when a fenced write finds the lease gone."""


async def hold_and_run(lease: Lease, duties: Sequence[Duty], changed: Callable[[bool], None]) -> None:
    """For ever: wait for the lease, run the duties while it is held, start over when it is lost or one of them ends.

    `changed` is told True when the duties start and False when they have ended. Cancel it to stop; it then releases the
    lease.
    """
    try:
        while True:
            if await _acquired(lease):
                changed(True)
                try:
                    await _serve(lease, duties)
                finally:
                    changed(False)
            await asyncio.sleep(lease.ttl_s / 4)
    finally:
        await _release(lease)


async def run_under(lease: Lease, duty: Duty) -> None:
    """Run one duty to its end under a lease that has been acquired, and release it; what it raises is logged."""
    try:
        await _serve(lease, [duty])
    finally:
        await _release(lease)


async def _release(lease: Lease) -> None:
    try:
        async with asyncio.timeout(2):
            await lease.release()
    except Exception as failure:
        _log.warning("a lease was not released and will expire", lease=lease.name, error=repr(failure))


async def _acquired(lease: Lease) -> bool:
    try:
        return await lease.acquire()
    except Exception as failure:
        _log.warning("cannot ask for the lease", lease=lease.name, error=repr(failure))
        return False


async def _serve(lease: Lease, duties: Sequence[Duty]) -> None:
    tasks = [asyncio.ensure_future(duty(lease)) for duty in duties]
    tasks.append(asyncio.ensure_future(_keep(lease)))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, LeaseLost):
                _log.info("the lease went to another", lease=lease.name)
            elif isinstance(outcome, Exception):
                _log.error("a duty under lease ended", lease=lease.name, error=repr(outcome))


async def _keep(lease: Lease) -> None:
    good_until = time.monotonic() + lease.ttl_s
    while True:
        await asyncio.sleep(lease.ttl_s / 4)
        try:
            await lease.renew()
            good_until = time.monotonic() + lease.ttl_s
        except LeaseLost:
            raise
        except Exception as failure:
            if not is_infrastructure(failure):
                raise
            if time.monotonic() > good_until:
                raise LeaseLost(lease.name) from failure
