"""A session: one sign-in on one device, kept alive by refreshing. And what a password must be. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis.ids import new_id
from chassis.refusals import Violation

MIN_PASSWORD = 10
MAX_PASSWORD = 256
"""Longer ones do not fit the published schema."""


@dataclass(frozen=True)
class Session:
    """A sign-in. `generation` counts its refresh tokens; only the newest works, and showing an older one ends the session."""

    id: str
    employee_id: str
    generation: int
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_because: str | None = None

    @classmethod
    def start(cls, employee_id: str, now: datetime, lifetimes: "Lifetimes") -> "Session":
        """A new session of an employee."""
        return cls(new_id("ses"), employee_id, 1, now, lifetimes.until(created_at=now, now=now))

    def live(self, now: datetime) -> bool:
        """True while the session may act."""
        return self.ended_at is None and now < self.expires_at

    @classmethod
    def load(cls, document: dict[str, Any]) -> "Session":
        """The session of a document of the store."""
        return cls(
            id=document["_id"],
            employee_id=document["employee_id"],
            generation=document["generation"],
            created_at=document["created_at"],
            expires_at=document["expires_at"],
            ended_at=document.get("ended_at"),
            ended_because=document.get("ended_because"),
        )

    def dump(self) -> dict[str, Any]:
        """The document of the store."""
        return {
            "_id": self.id,
            "employee_id": self.employee_id,
            "generation": self.generation,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "ended_at": self.ended_at,
            "ended_because": self.ended_because,
        }


@dataclass(frozen=True)
class Lifetimes:
    """How long a session lives: unused for `idle` at most, and `whole` at the very most."""

    idle: timedelta
    whole: timedelta

    def until(self, *, created_at: datetime, now: datetime) -> datetime:
        """When a session that is used now will end by itself."""
        return min(now + self.idle, created_at + self.whole)


def password_violations(password: str, *, field: str, username: str | None = None) -> list[Violation]:
    """What is wrong with a new password: shorter than 10 characters, or the user name itself."""
    found: list[Violation] = []
    if len(password) < MIN_PASSWORD:
        found.append(Violation("password_too_short", f"A password has at least {MIN_PASSWORD} characters", field))
    if username and password.casefold() == username.casefold():
        found.append(Violation("password_is_username", "The password must differ from the user name", field))
    return found
