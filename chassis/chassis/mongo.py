"""The database. The only module that imports motor (its successor, PyMongo's own async API, is to replace it here).

Every write is acknowledged by a majority and journalled; every transaction reads a snapshot.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorCollection
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
)
from pymongo.read_concern import ReadConcern

from chassis.aggregate import Index, Stored

MAJORITY = WriteConcern(w="majority", j=True, wtimeout=10_000)
_CLOCK_REFRESH_S = 1.0
_BURY_TRIES, _BURY_CONFIRMED, _BURY_PAUSE_S = 300, 3, 0.5

_NO_SUCH_TRANSACTION = 251

_INDEX_EXISTS = {85, 86}
"""IndexOptionsConflict, IndexKeySpecsConflict."""

_INFRASTRUCTURE_CODES = {6, 7, 50, 64, 89, 91, 133, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 24}
"""Host unreachable, time limits, write concern timeouts, shutdown, elections, interrupted: the state of the server, not of the data."""


class AmbiguousCommit(Exception):
    """The commit was sent and its outcome is unknown."""


class Database:
    """One service's database and the clock of its server."""

    def __init__(self, client: AsyncIOMotorClient[Any], name: str) -> None:
        self.client = client
        self.name = name
        self._database = client.get_database(
            name,
            write_concern=MAJORITY,
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._collections: dict[str, AsyncIOMotorCollection[Any]] = {}
        self._burials: set[asyncio.Future[None]] = set()
        self._clock_offset_us = 0
        self._clock_read_at = float("-inf")
        self.note_session: Callable[[Any], Awaitable[None]] | None = None
        """Told the id of a session before it is used for transactions; see `presence`."""

    def collection(self, name: str) -> AsyncIOMotorCollection[Any]:
        """A collection with the concerns that nothing may weaken."""
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = self._database[name]
        return found

    @asynccontextmanager
    async def transaction(
        self, within: AsyncIOMotorClientSession | None = None
    ) -> AsyncGenerator[AsyncIOMotorClientSession]:
        """A transaction that commits at the end of the block and aborts on any exception.

        A commit whose result is unknown is retried; the label `TransientTransactionError` is left to the caller, who
        runs the whole block again. `within` is a session to use instead of a fresh one.

        Raises: AmbiguousCommit when the outcome stays unknown.
        """
        session = within or await self.client.start_session()
        try:
            if within is None and self.note_session is not None:
                identity: Any = session.session_id
                await self.note_session(identity["id"])
            session.start_transaction(
                read_concern=ReadConcern("snapshot"), write_concern=MAJORITY, read_preference=ReadPreference.PRIMARY
            )
            try:
                yield session
            except BaseException as failure:
                if bool(session.in_transaction):
                    if within is None and isinstance(failure, asyncio.CancelledError | ConnectionFailure):
                        self._bury(session)
                        session = None
                    else:
                        await _abort(session)
                raise
            await _commit(session)
        finally:
            if within is None and session is not None:
                await session.end_session()

    def _bury(self, session: Any) -> None:
        """Abort, in the background, a transaction whose last statement may still be on its way to the server.

        It can arrive after an abort, and would then hold its documents until the server's own limit (60 s). So the
        session is ended at the server until that has been confirmed several times, and is not used again before.
        """

        async def end() -> None:
            confirmed = 0
            for _ in range(_BURY_TRIES):
                try:
                    await self.abort_session(session.session_id["id"])
                    confirmed += 1
                except PyMongoError:
                    confirmed = 0
                if confirmed == _BURY_CONFIRMED:
                    break
                await asyncio.sleep(_BURY_PAUSE_S)
            await session.end_session()

        task = asyncio.ensure_future(end())
        self._burials.add(task)
        task.add_done_callback(self._burials.discard)

    async def abort_session(self, session_id: Any) -> None:
        """Abort what a session of another process has left open: a process that is killed or frozen in a transaction
        keeps its documents locked until the server's own limit (60 s)."""
        await self.abort_sessions([session_id])

    async def abort_sessions(self, session_ids: Sequence[Any]) -> None:
        """As `abort_session`, for several."""
        if session_ids:
            await self.client.admin.command("killSessions", [{"id": session_id} for session_id in session_ids])

    async def now_us(self) -> int:
        """The server's clock in microseconds since 1970, re-read at least every second, never this machine's own."""
        elapsed = time.monotonic()
        if elapsed - self._clock_read_at > _CLOCK_REFRESH_S:
            before = time.monotonic()
            answer = await self.client.admin.command("hello")
            elapsed = time.monotonic()
            middle = (before + elapsed) / 2
            self._clock_offset_us = round(answer["localTime"].timestamp() * 1e6 - middle * 1e6)
            self._clock_read_at = elapsed
        return self._clock_offset_us + round(elapsed * 1e6)

    async def ensure_indexes(self, models: list[type[Stored]]) -> None:
        """Create collections and indexes of the models; safe to repeat.

        A collection must exist before a transaction may write to it everywhere.
        """
        existing = set(await self._database.list_collection_names())
        for model in models:
            if model.COLLECTION not in existing:
                await self._create(model.COLLECTION)
            scoped = (
                [] if any(index.keys[0][0] == "audience" for index in model.INDEXES) else [Index([("audience", 1)])]
            )
            for index in [*scoped, *model.INDEXES]:
                await self.ensure_index(model.COLLECTION, index)

    async def ensure_index(self, collection: str, index: Index) -> None:
        """Create one index; safe to repeat."""
        options: dict[str, Any] = {"name": index.name, "unique": index.unique, "sparse": index.sparse}
        if index.where:
            options["partialFilterExpression"] = index.where
        if any(kind == "2dsphere" for _, kind in index.keys):
            options["2dsphereIndexVersion"] = 3  # the default, but SecantusDB finds a conflict unless it is said
        try:
            await self.collection(collection).create_index(index.keys, **options)
        except OperationFailure as failure:
            # A server may add options of its own (2dsphereIndexVersion) and then find its index different from ours.
            if failure.code not in _INDEX_EXISTS or not await self._has_index(collection, index):
                raise

    async def _has_index(self, collection: str, index: Index) -> bool:
        existing = (await self.collection(collection).index_information()).get(index.name)
        return (
            existing is not None
            and [tuple(key) for key in existing["key"]] == index.keys
            and bool(existing.get("unique")) == index.unique
        )

    async def _create(self, collection: str) -> None:
        try:
            await self._database.create_collection(collection, check_exists=False)
        except OperationFailure as failure:
            if failure.code != 48:  # NamespaceExists: another process was first
                raise

    async def ensure_collection(self, collection: str) -> None:
        """Create a collection unless it exists."""
        await self._create(collection)

    def close(self) -> None:
        """Close all connections."""
        for task in self._burials:
            task.cancel()
        self.client.close()


def connect(uri: str, name: str, *, pool: int = 64, timeout_s: float = 5.0) -> Database:
    """A database by address; nothing is sent until it is used. `timeout_s` bounds waiting for a server."""
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        uri,
        tz_aware=True,
        maxPoolSize=pool,
        serverSelectionTimeoutMS=int(timeout_s * 1000),
        connectTimeoutMS=int(timeout_s * 1000),
        socketTimeoutMS=int(timeout_s * 4000),
        waitQueueTimeoutMS=int(timeout_s * 1000),
        retryWrites=True,
        retryReads=True,
        appname="terrain",
    )
    return Database(client, name)


async def _abort(session: AsyncIOMotorClientSession) -> None:
    try:
        await session.abort_transaction()
    except PyMongoError:
        return  # the server forgets it by itself


async def _commit(session: AsyncIOMotorClientSession) -> None:
    for attempt in range(3):
        try:
            await session.commit_transaction()
            return
        except PyMongoError as failure:
            unknown = failure.has_error_label("UnknownTransactionCommitResult") or isinstance(
                failure, ConnectionFailure
            )
            if not unknown:
                # A try before this one may have been carried out and its answer lost: one of ours, or one that the
                # driver repeated by itself, to hear from a server that was restarted that it knows no such transaction.
                if attempt or (isinstance(failure, OperationFailure) and failure.code == _NO_SUCH_TRANSACTION):
                    raise AmbiguousCommit from failure
                raise
            if attempt == 2:
                raise AmbiguousCommit from failure


def is_transient(failure: BaseException) -> bool:
    """True when the whole transaction may simply be run again."""
    return isinstance(failure, PyMongoError) and (
        failure.has_error_label("TransientTransactionError")
        or (isinstance(failure, OperationFailure) and failure.code in {112, _NO_SUCH_TRANSACTION})
    )


def is_infrastructure(failure: BaseException) -> bool:
    """True when the database is away or overloaded, so that the data are not to blame."""
    if isinstance(failure, AmbiguousCommit):
        return True
    if isinstance(
        failure,
        ServerSelectionTimeoutError | AutoReconnect | NetworkTimeout | ConnectionFailure | WaitQueueTimeoutError,
    ):
        return True
    return is_transient(failure) or (isinstance(failure, OperationFailure) and failure.code in _INFRASTRUCTURE_CODES)
