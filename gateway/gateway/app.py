"""The composition root: everything the gateway is made of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from chassis.clock import Clock, SystemClock
from chassis.http.documents import openapi_of
from chassis.logs import logger
from chassis.mongo import Database
from chassis.service import Context, Role, Service
from chassis.settings import ServiceSettings
from chassis.tokens import Mint
from fastapi import FastAPI
from starlette.types import ASGIApp

from gateway.composed import routes as composed
from gateway.documents.openapi import MergedOpenApi
from gateway.documents.routes import documents_routes
from gateway.feed import routes as feed_routes
from gateway.feed.broker import Broker
from gateway.feed.history import History
from gateway.feed.pages import NAMES
from gateway.feed.position import Positions
from gateway.feed.stream import Feed
from gateway.feed.tail import Tail
from gateway.limits.rates import Attempts, Rates
from gateway.principals import reactions as principals
from gateway.principals.mirror import Mirror
from gateway.principals.model import KnownUnit, Login
from gateway.principals.people import People
from gateway.routing.current import authenticate
from gateway.routing.door import Door
from gateway.routing.forward import Forwarder
from gateway.routing.internal_tokens import InternalTokens
from gateway.routing.table import UPLOADS
from gateway.routing.upstream import Upstream
from gateway.sessions import routes as sessions
from gateway.sessions.access_tokens import AccessTokens
from gateway.sessions.identify import Identity
from gateway.sessions.passwords import Passwords
from gateway.sessions.reception import Reception
from gateway.sessions.refresh_tokens import RefreshTokens
from gateway.sessions.store import Credentials, Sessions, ensure_collections
from gateway.settings import GatewaySettings

_POLL_S = 1.0
_OVERLAP = timedelta(seconds=10)
"""A change may be committed this long after the instant it carries."""
_WINDOW = timedelta(seconds=30)
"""Changes are asked for at least this far back, so that clocks of other machines may be late by as much."""
_SWEEP_S = 3600.0

_log = logger("gateway")


class Gateway:
    """One gateway process: its parts, made without touching anything outside."""

    def __init__(self, settings: GatewaySettings, database: Database, clock: Clock) -> None:
        secret = settings.cursor_secret.get_secret_value()
        self.settings = settings
        self.clock = clock
        self.people = People(database)
        self.sessions = Sessions(database)
        self.seen_people = Mirror(self.people)
        self.seen_sessions = Mirror(self.sessions)
        access_tokens = AccessTokens(settings.access_jwk, lifetime_s=settings.access_token_s)
        self.identity = Identity(
            access_tokens,
            self.seen_sessions,
            self.seen_people,
            settings.zone,
            clock=lambda: clock.now().timestamp(),
        )
        self.reception = Reception(
            people=self.people,
            credentials=Credentials(database),
            sessions=self.sessions,
            seen_sessions=self.seen_sessions,
            passwords=Passwords(),
            access_tokens=access_tokens,
            refresh_tokens=RefreshTokens(secret),
            attempts=Attempts(settings.login_attempts_per_minute),
            lifetimes=settings.lifetimes,
            clock=clock,
            zone=settings.zone,
            invitation_wait_s=settings.invitation_wait_s,
        )
        self.rates = Rates(settings.requests_per_second)
        self.upstreams = {name: Upstream(name, url) for name, url in settings.urls.items()}
        self.forwarder = Forwarder(self.upstreams, InternalTokens(Mint(settings.internal_jwk)))
        broker = Broker(settings.kafka_bootstrap_servers, settings.topic_prefix)
        self.history = History(broker)
        self.page_positions = Positions(secret, "events", NAMES)
        self.feed = Feed(
            tail=Tail(broker, NAMES, keep=settings.feed_keep),
            history=self.history,
            positions=Positions(secret, "feed", NAMES),
            identity=self.identity,
            clients=settings.feed_clients,
            heartbeat_s=settings.feed_heartbeat_s,
        )
        self._database = database

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the connections and keep the copies in memory true until the block ends."""
        await ensure_collections(self._database)
        for upstream in self.upstreams.values():
            await upstream.open()
        tasks = [
            asyncio.create_task(self.feed.tail.run(), name="tail"),
            asyncio.create_task(self._follow(), name="follow"),
            asyncio.create_task(_every(_SWEEP_S, "sweep", self._sweep), name="sweep"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.history.close()
            for upstream in self.upstreams.values():
                await upstream.close()
            self.reception.passwords.close()

    async def _follow(self) -> None:
        people_since = sessions_since = self.clock.now()

        async def turn() -> None:
            nonlocal people_since, sessions_since
            recent = self.clock.now() - _WINDOW
            people_since = max(recent, await self.seen_people.follow(people_since - _OVERLAP))
            sessions_since = max(recent, await self.seen_sessions.follow(sessions_since - _OVERLAP))
            await self.seen_people.renew()
            await self.seen_sessions.renew()

        await _every(_POLL_S, "follow", turn)

    async def _sweep(self) -> None:
        await self.sessions.forget_old(self.clock.now())


async def _every(pause_s: float, name: str, action: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await action()
        except Exception as failure:
            _log.warning("trying again", what=name, failure=type(failure).__name__)
        await asyncio.sleep(pause_s)


class GatewayService(Service):
    """A service whose application stands behind the door."""

    def app(
        self, settings: ServiceSettings | None = None, *, role: Role = Role.ALL, clock: Clock | None = None
    ) -> FastAPI:
        """The ASGI application: edge, then door, then either a service or the own routes."""
        given = settings or GatewaySettings()  # pyright: ignore[reportCallIssue]
        assert isinstance(given, GatewaySettings)
        app = super().app(given, role=role, clock=clock)
        gateway = Gateway(given, app.state.edge.database, clock or SystemClock())
        app.state.gateway = gateway
        app.state.edge.authenticate = authenticate
        app.router.routes[:0] = documents_routes(MergedOpenApi(openapi_of(app), gateway.upstreams))
        if Role.API in role:
            _put_door_in_front(app, gateway)
        return app


def _put_door_in_front(app: FastAPI, gateway: Gateway) -> None:
    """Edge (request id, trace, deadline, a place in flight), then the door, then the framework for the own routes only.

    What is forwarded passes none of the framework's layers.
    """
    layers, app.user_middleware = app.user_middleware, []
    stack: ASGIApp = Door(app.build_middleware_stack(), gateway.forwarder, gateway.identity, gateway.rates)
    for layer in reversed(layers):
        stack = layer.cls(stack, *layer.args, **layer.kwargs)
    app.middleware_stack = stack


@asynccontextmanager
async def _open(context: Context) -> AsyncIterator[None]:
    if Role.API not in context.role:
        yield
        return
    gateway: Gateway = context.app.state.gateway
    async with gateway.running():
        yield


service = GatewayService(
    name="gateway",
    settings=GatewaySettings,
    replicas=[Login, KnownUnit],
    routers=[sessions.router, sessions.me_router, composed.router, feed_routes.router],
    reactions=[principals],
    parts=[_open],
    allowances=UPLOADS,
    description="The one door to all services of Terrain.",
)
