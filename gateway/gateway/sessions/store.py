"""Credentials and sessions in the gateway's own database. Every change is one conditional write on one document."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chassis.aggregate import Index
from chassis.mongo import Database
from chassis.store import DuplicateKey, MongoStore

from gateway.sessions.model import Session

CREDENTIALS = "credentials"
SESSIONS = "sessions"
_KEPT_AFTER_END = timedelta(days=30)


async def ensure_collections(database: Database) -> None:
    """Create both collections and their indexes; safe to repeat."""
    for name in (CREDENTIALS, SESSIONS):
        await database.ensure_collection(name)
    for index in (
        Index([("employee_id", 1), ("ended_at", 1)]),
        Index([("ended_at", 1)]),
        Index([("expires_at", 1)]),
    ):
        await database.ensure_index(SESSIONS, index)


class AlreadyActivated(Exception):
    """The employee has a password already."""


class Credentials:
    """Password hashes by employee."""

    def __init__(self, database: Database) -> None:
        self._store = MongoStore(database)

    async def hash_of(self, employee_id: str) -> str | None:
        """The stored hash, or None when the employee never chose a password."""
        document = await self._store.find_one(CREDENTIALS, {"_id": employee_id})
        return None if document is None else document["hash"]

    async def create(self, employee_id: str, password_hash: str, now: datetime) -> None:
        """The first password. Raises: AlreadyActivated."""
        document = {"_id": employee_id, "hash": password_hash, "created_at": now, "changed_at": now}
        try:
            await self._store.insert_many(CREDENTIALS, [document])
        except DuplicateKey as twice:
            raise AlreadyActivated from twice

    async def change(self, employee_id: str, *, old_hash: str, new_hash: str, now: datetime) -> bool:
        """Another password, unless the hash is no longer the one that was checked; True when it was changed."""
        changed = await self._store.update_one(
            CREDENTIALS, {"_id": employee_id, "hash": old_hash}, {"$set": {"hash": new_hash, "changed_at": now}}
        )
        return changed == 1


class Sessions:
    """Sessions, and the source of the mirror that every request is checked against."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._store = MongoStore(database)

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        await self._store.insert_many(SESSIONS, [session.dump()])

    async def get(self, session_id: str) -> Session | None:
        """One session, ended or not."""
        document = await self._store.find_one(SESSIONS, {"_id": session_id})
        return None if document is None else Session.load(document)

    async def next_generation(self, session: Session, *, expires_at: datetime) -> Session | None:
        """Turn to the next refresh token; None when somebody else did so first or the session has ended."""
        document = await self._store.find_one_and_update(
            SESSIONS,
            {"_id": session.id, "generation": session.generation, "ended_at": None},
            {"$set": {"generation": session.generation + 1, "expires_at": expires_at}},
        )
        return None if document is None else Session.load(document)

    async def end(self, session_id: str, *, because: str, now: datetime) -> None:
        """End one session; one that has ended stays as it ended."""
        await self._store.update_one(
            SESSIONS, {"_id": session_id, "ended_at": None}, {"$set": {"ended_at": now, "ended_because": because}}
        )

    async def end_others(self, employee_id: str, *, than: str, because: str, now: datetime) -> list[Session]:
        """End all sessions of an employee but one; gives those that were ended."""
        running = await self._store.find(SESSIONS, {"employee_id": employee_id, "ended_at": None})
        others = [Session.load(document) for document in running if document["_id"] != than]
        for other in others:
            await self.end(other.id, because=because, now=now)
        return [replace(other, ended_at=now, ended_because=because) for other in others]

    async def forget_old(self, now: datetime) -> int:
        """Delete sessions that ended by themselves or otherwise a month ago; how many."""
        before = now - _KEPT_AFTER_END
        return await self._store.delete_many(SESSIONS, {"expires_at": {"$lt": before}})

    async def by_ids(self, ids: list[str]) -> dict[str, Session]:
        """Those that exist, by id."""
        found = await self._store.find(SESSIONS, {"_id": {"$in": ids}})
        return {document["_id"]: Session.load(document) for document in found}

    async def changed_since(self, at: datetime) -> list[tuple[str, Session, datetime]]:
        """Sessions that were ended at or after an instant."""
        found: list[dict[str, Any]] = await self._store.find(SESSIONS, {"ended_at": {"$gte": at}})
        return [(document["_id"], Session.load(document), document["ended_at"]) for document in found]
