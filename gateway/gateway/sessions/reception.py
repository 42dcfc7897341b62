"""What the session use cases work with, and the two tokens that they hand out."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from chassis.clock import Clock, business_date

from gateway.limits.rates import Attempts
from gateway.principals.mirror import Mirror
from gateway.principals.people import People
from gateway.sessions.access_tokens import AccessTokens
from gateway.sessions.model import Lifetimes, Session
from gateway.sessions.passwords import Passwords
from gateway.sessions.refresh_tokens import RefreshToken, RefreshTokens
from gateway.sessions.store import Credentials, Sessions


@dataclass(frozen=True)
class Grant:
    """What a client gets for signing in or refreshing."""

    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds until the access token ends."""


@dataclass
class Reception:
    """Everything that signing in and out needs."""

    people: People
    credentials: Credentials
    sessions: Sessions
    seen_sessions: Mirror[Session]
    passwords: Passwords
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    attempts: Attempts
    lifetimes: Lifetimes
    clock: Clock
    zone: ZoneInfo
    invitation_wait_s: float = 3.0

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """The business date."""
        return business_date(self.now, self.zone)

    def grant(self, session: Session) -> Grant:
        """Both tokens of a session, and the session remembered as running."""
        self.seen_sessions.put(session.id, session)
        access, lives = self.access_tokens.mint(
            session.employee_id, session.id, until=session.expires_at.timestamp(), now=self.now.timestamp()
        )
        return Grant(access, self.refresh_tokens.write(RefreshToken(session.id, session.generation)), lives)

    async def end(self, session: Session, *, because: str) -> None:
        """End a session, in this process from now on."""
        await self.sessions.end(session.id, because=because, now=self.now)
        ended = await self.sessions.get(session.id)
        if ended is not None:
            self.seen_sessions.put(ended.id, ended)


def digest_of(invitation: str) -> str:
    """The SHA-256 of an invitation in hexadecimal, as the hiring event carries it."""
    return hashlib.sha256(invitation.encode()).hexdigest()
