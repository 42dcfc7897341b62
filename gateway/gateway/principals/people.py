"""Employees as the gateway's requests need them: by id in memory, by user name or invitation from the store."""

from dataclasses import dataclass, field
from datetime import date, datetime

from chassis.aggregate import Document
from chassis.mongo import Database
from chassis.principal import Principal
from chassis.store import MongoStore
from contracts.roles import Permission

from gateway.principals.model import KnownUnit, Login


@dataclass(slots=True)
class Person:
    """One state of an employee, worked out once: replaced as a whole when the employee's position changes."""

    login: Login
    principal: Principal
    permissions: frozenset[Permission]
    internal_tokens: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])
    """Internal tokens by audience, each with the time at which it must be made anew."""

    @classmethod
    def of(cls, login: Login) -> "Person":
        """The person behind a login."""
        principal = login.principal()
        return cls(login, principal, principal.permissions)

    def valid_on(self, day: date) -> bool:
        """True when the position is good on a business date."""
        return self.login.valid_on(day)


class People:
    """Logins in the gateway's own database; the source of the mirror that requests are checked against."""

    def __init__(self, database: Database) -> None:
        self._store = MongoStore(database)

    async def by_username(self, username: str) -> Login | None:
        """Who signs in under a name; of several positions the one learned last."""
        return self._one(
            await self._store.find_one(Login.COLLECTION, {"username": username}, sort=[("learned_at", -1)])
        )

    async def by_invitation(self, sha256: str) -> Login | None:
        """Whose invitation this is."""
        return self._one(await self._store.find_one(Login.COLLECTION, {"invitation_sha256": sha256}))

    async def unit_name(self, unit_id: str) -> str | None:
        """The name of a unit, when it is known."""
        document = await self._store.find_one(KnownUnit.COLLECTION, {"_id": unit_id})
        return None if document is None else document["name"]

    async def by_ids(self, ids: list[str]) -> dict[str, Person]:
        """Those that exist, by id."""
        found = await self._store.find(Login.COLLECTION, {"_id": {"$in": ids}})
        return {document["_id"]: Person.of(Login.load(document)) for document in found}

    async def changed_since(self, at: datetime) -> list[tuple[str, Person, datetime]]:
        """What was learned at or after an instant."""
        found = await self._store.find(Login.COLLECTION, {"learned_at": {"$gte": at}})
        return [(document["_id"], Person.of(Login.load(document)), document["learned_at"]) for document in found]

    @staticmethod
    def _one(document: Document | None) -> Login | None:
        return None if document is None else Login.load(document)
