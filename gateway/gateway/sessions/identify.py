"""Who a request comes from: a good token, a session that still runs, an employee with a position today."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chassis.mongo import is_infrastructure
from chassis.principal import Principal
from chassis.refusals import Unauthenticated, Unavailable

from gateway.principals.mirror import Mirror
from gateway.principals.people import Person
from gateway.sessions.access_tokens import AccessClaims, AccessTokens
from gateway.sessions.model import Session
from gateway.sessions.refusals import InvalidToken, PositionNotValid, SessionEnded


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in employee in one session, as of now."""

    person: Person
    session: Session

    @property
    def principal(self) -> Principal:
        """What the employee may see and do."""
        return self.person.principal


class Identity:
    """Turns Authorization headers into callers.

    What it says no to: Unauthenticated without a token, InvalidToken, TokenExpired, SessionEnded, PositionNotValid;
    Unavailable when the database is away for so long that the copies in memory are too old to be believed.
    """

    def __init__(
        self,
        tokens: AccessTokens,
        sessions: Mirror[Session],
        people: Mirror[Person],
        zone: ZoneInfo,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._people = people
        self._zone = zone
        self._clock = clock
        self._today = date.min
        self._tomorrow_at = 0.0

    async def identify(self, authorization: str | None) -> Caller:
        """The caller behind an Authorization header; hardly ever waits."""
        return await self._caller(self._claims(authorization))

    async def again(self, caller: Caller) -> Caller:
        """The same caller as of now, for answers that outlive their token; SessionEnded and PositionNotValid as above."""
        return await self._caller(AccessClaims(caller.session.employee_id, caller.session.id, float("inf")))

    def today(self) -> date:
        """The business date."""
        now = self._clock()
        if now >= self._tomorrow_at:
            local = datetime.fromtimestamp(now, self._zone)
            self._today = local.date()
            midnight = datetime.combine(self._today + timedelta(days=1), datetime.min.time(), self._zone)
            self._tomorrow_at = midnight.timestamp()
        return self._today

    def _claims(self, authorization: str | None) -> AccessClaims:
        if authorization is None:
            raise Unauthenticated
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise InvalidToken("The Authorization header holds no bearer token")
        return self._tokens.verify(token.strip(), now=self._clock())

    async def _caller(self, claims: AccessClaims) -> Caller:
        session = self._sessions.fresh(claims.session_id)
        person = self._people.fresh(claims.employee_id)
        if session is None or person is None:
            session, person = await self._look_up(claims)
        if session is None or session.employee_id != claims.employee_id:
            raise SessionEnded
        if not session.live(datetime.fromtimestamp(self._clock(), UTC)):
            raise SessionEnded
        if person is None or not person.valid_on(self.today()):
            raise PositionNotValid
        return Caller(person, session)

    async def _look_up(self, claims: AccessClaims) -> tuple[Session | None, Person | None]:
        try:
            return await self._sessions.get(claims.session_id), await self._people.get(claims.employee_id)
        except Exception as failure:
            if is_infrastructure(failure):
                raise Unavailable("Who you are cannot be checked at the moment", retry_after=2) from failure
            raise
