"""Employees as the gateway's requests need them: by id in memory, by user name or invitation from the store."""

from datetime import date, datetime

from chassis.aggregate import Document
from chassis.mongo import Database
from chassis.principal import Principal
from chassis.store import MongoStore
from contracts.roles import Permission

from gateway.principals.model import KnownUnit, Login


class Person:
    """One state of an employee: replaced as a whole when the employee's positions change.

    What positions make of the employee is worked out once a day: they begin and end by the calendar, without an event.
    """

    __slots__ = ("_day", "_principal", "_valid", "internal_tokens", "login", "permissions")

    def __init__(self, login: Login, day: date) -> None:
        self.login = login
        self.internal_tokens: dict[str, tuple[float, str]] = {}
        """Internal tokens by audience, each with the time at which it must be made anew."""
        self.permissions: frozenset[Permission]
        self._see(day)

    @classmethod
    def of(cls, login: Login, day: date = date.min) -> "Person":
        """The person behind a login, on a business date."""
        return cls(login, day)

    @property
    def principal(self) -> Principal:
        """What the positions of the day make of the employee."""
        return self._principal

    def valid_on(self, day: date) -> bool:
        """True when a position is good on a business date, from now on the one that the principal is of."""
        if day != self._day:
            self._see(day)
        return self._valid

    def _see(self, day: date) -> None:
        self._day = day
        self._valid = self.login.valid_on(day)
        self._principal = self.login.principal(day)
        self.permissions = self._principal.permissions
        self.internal_tokens.clear()


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
