"""Logins, sessions and a gateway's door without a database, for the gateway's tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import aiohttp
import uvicorn
from aiohttp import web
from chassis.http.middleware import EdgeMiddleware, InFlight
from chassis.tokens import Mint, new_signing_key
from contracts.roles import Role
from gateway.limits.rates import Rates
from gateway.principals.mirror import Mirror
from gateway.principals.model import Login
from gateway.principals.people import Person
from gateway.routing.door import Door
from gateway.routing.forward import Forwarder
from gateway.routing.internal_tokens import InternalTokens
from gateway.routing.table import UPLOADS
from gateway.routing.upstream import Upstream
from gateway.sessions.access_tokens import AccessTokens
from gateway.sessions.identify import Identity
from gateway.sessions.model import Lifetimes, Session
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

ACCESS_KEY = new_signing_key()
INTERNAL_KEY = new_signing_key()
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LIFETIMES = Lifetimes(idle=timedelta(days=14), whole=timedelta(days=60))


def a_login(employee_id: str = "emp_1", **more: Any) -> Login:
    """A representative of the north."""
    fields: dict[str, Any] = {
        "username": "rep",
        "roles": [Role.REP],
        "unit_id": "unt_n1",
        "unit_path": "/unt_hq/unt_north/unt_n1/",
        "valid_from": date(2024, 1, 1),
        "learned_at": NOW,
    }
    return Login(id=employee_id, **(fields | more))


def a_session(employee_id: str = "emp_1", now: datetime = NOW) -> Session:
    """A session that has just begun."""
    return Session.start(employee_id, now, LIFETIMES)


class Known(Generic[T]):
    """A mirror's source in memory. `away` makes it fail like a database that cannot be reached."""

    def __init__(self) -> None:
        self.documents: dict[str, T] = {}
        self.changed: list[tuple[str, T, datetime]] = []
        self.reads = 0
        self.away: Exception | None = None

    async def by_ids(self, ids: list[str]) -> dict[str, T]:
        if self.away:
            raise self.away
        self.reads += 1
        return {key: self.documents[key] for key in ids if key in self.documents}

    async def changed_since(self, at: datetime) -> list[tuple[str, T, datetime]]:
        if self.away:
            raise self.away
        return [change for change in self.changed if change[2] >= at]


@dataclass
class Hall:
    """Everything in front of the services, with one representative signed in."""

    clock: "HandClock"
    sessions: Known[Session]
    people: Known[Person]
    seen_sessions: Mirror[Session]
    seen_people: Mirror[Person]
    tokens: AccessTokens
    identity: Identity
    session: Session
    login: Login

    @property
    def bearer(self) -> dict[str, str]:
        """Headers of the signed-in representative."""
        token, _ = self.tokens.mint(
            self.login.id, self.session.id, until=self.session.expires_at.timestamp(), now=self.clock.now
        )
        return {"Authorization": f"Bearer {token}"}


class HandClock:
    """A clock moved by hand, seconds since 1970."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def a_hall(at: float | None = None, **login: Any) -> Hall:
    """Fresh mirrors, tokens and identity on one clock."""
    clock = HandClock(NOW.timestamp() if at is None else at)
    sessions, people = Known[Session](), Known[Person]()
    seen_sessions = Mirror(sessions, clock=clock)
    seen_people = Mirror(people, clock=clock)
    tokens = AccessTokens(ACCESS_KEY)
    session = a_session(now=datetime.fromtimestamp(clock.now, UTC))
    employee = a_login(**login)
    sessions.documents[session.id] = session
    people.documents[employee.id] = Person.of(employee)
    identity = Identity(tokens, seen_sessions, seen_people, ZONE, clock=clock)
    return Hall(clock, sessions, people, seen_sessions, seen_people, tokens, identity, session, employee)


async def eventually(condition: Callable[[], Any], within_s: float = 10.0) -> None:
    """Wait until a condition holds. Raises: TimeoutError."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("it did not come about")


async def nothing_of_our_own(scope: Scope, receive: Receive, send: Send) -> None:
    """The gateway's own application, reduced to one answer."""
    await PlainTextResponse("own", 200)(scope, receive, send)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A service on the loopback that answers everything with `handler`; its address."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class StandingDoor:
    """A door that listens: a client for it, and what stands behind it."""

    client: aiohttp.ClientSession
    hall: Hall
    in_flight: InFlight
    url: str


@asynccontextmanager
async def standing_door(
    url: str,
    *,
    deadline_s: float = 5.0,
    max_in_flight: int = 64,
    max_body_bytes: int = 1024 * 1024,
    per_second: int = 10_000,
) -> AsyncIterator[StandingDoor]:
    """The gateway's door on the loopback, with every service at one address."""
    hall = a_hall(at=time.time())
    upstreams = {name: Upstream(name, url) for name in ("customer", "visits", "promotion", "analytics")}
    for upstream in upstreams.values():
        await upstream.open()
    forwarder = Forwarder(upstreams, InternalTokens(Mint(INTERNAL_KEY)))
    in_flight = InFlight(max_in_flight)
    app = EdgeMiddleware(
        Door(nothing_of_our_own, forwarder, hall.identity, Rates(per_second)),
        service="gateway",
        in_flight=in_flight,
        deadline_s=deadline_s,
        max_body_bytes=max_body_bytes,
        allowances=UPLOADS,
    )
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_config=None, lifespan="off", server_header=False, date_header=False)
    )
    serve = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession(address, auto_decompress=False, headers=hall.bearer) as client:
            yield StandingDoor(client, hall, in_flight, address)
    finally:
        server.should_exit = True
        await serve
        for upstream in upstreams.values():
            await upstream.close()
