"""A service in a test: its ASGI application with everything behind it in the test's own event loop."""

import asyncio
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson

from chassis.clock import Clock
from chassis.load import principal_of
from chassis.principal import Principal
from chassis.service import Role, Service
from chassis.settings import ServiceSettings
from chassis.tokens import Mint, new_signing_key, public_jwks

SIGNING_KEY = new_signing_key()
"""The gateway's key as far as tests are concerned."""
JWKS = public_jwks(SIGNING_KEY)

_MINT = Mint(SIGNING_KEY)
_SCHEME = "Test "
_READY_WITHIN_S = 20.0


class ServiceClient(httpx2.AsyncClient):
    """A client of a running service; its paths start with `/api/v1`."""

    app: Any
    """The FastAPI application."""
    settings: Any
    """What the service was told."""


def as_principal(principal: Principal) -> dict[str, str]:
    """Headers of a request for `principal`; the client of `running` turns them into an internal token for its service."""
    fields = {
        "subject": principal.subject,
        "employee_id": principal.employee_id,
        "username": principal.username,
        "roles": sorted(principal.roles),
        "leaving": principal.leaving,
        "unit_id": principal.unit_id,
        "unit_path": principal.unit_path,
        "paths": list(principal.paths),
        "lines": list(principal.lines),
    }
    return {"authorization": _SCHEME + urlsafe_b64encode(orjson.dumps(fields)).decode()}


def internal_token(principal: Principal, service: str) -> str:
    """A token as the gateway would mint it."""
    return _MINT.mint(principal, service)


def settings_for(
    service: Service, *, database_uri: str, database_name: str, broker_address: str, topic_prefix: str, **more: Any
) -> ServiceSettings:
    """Settings of a service in a test; `more` are further fields."""
    return service.settings(
        mongodb_uri=database_uri,
        database=database_name,
        kafka_bootstrap_servers=broker_address,
        topic_prefix=topic_prefix,
        internal_jwks=orjson.dumps(JWKS).decode(),
        cursor_secret="a secret that only tests use",  # pyright: ignore
        **{"relay_lease_s": 2.0, "drain_s": 2.0, **more},
    )


@asynccontextmanager
async def running(
    service: Service,
    *,
    database_uri: str,
    database_name: str,
    broker_address: str = "127.0.0.1:9",
    topic_prefix: str = "",
    relay: bool = False,
    reactions: bool = False,
    clock: Clock | None = None,
    ready_within_s: float = _READY_WITHIN_S,
    **more: Any,
) -> AsyncIterator[ServiceClient]:
    """The service, ready, with relay and reactions as asked for; ends them all with the block.

    Raises: TimeoutError when it is not ready in time.
    """
    settings = settings_for(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topic_prefix,
        **more,
    )
    role = Role.API
    if relay:
        role |= Role.RELAY
    if reactions:
        role |= Role.WORKER
    app = service.app(settings, role=role, clock=clock)

    async def mint(request: httpx2.Request) -> None:
        header = request.headers.get("authorization", "")
        if header.startswith(_SCHEME):
            principal = principal_of(orjson.loads(urlsafe_b64decode(header.removeprefix(_SCHEME))))
            request.headers["authorization"] = f"Bearer {internal_token(principal, service.name)}"

    async with app.router.lifespan_context(app):
        await _ready(app, ready_within_s)
        async with ServiceClient(
            transport=httpx2.ASGITransport(app),
            base_url=f"http://{service.name}",
            event_hooks={"request": [mint]},
            timeout=30,
        ) as client:
            client.app = app
            client.settings = settings
            yield client


async def _ready(app: Any, within_s: float) -> None:
    until = time.monotonic() + within_s
    while True:
        checks = await app.state.health.ready()
        if all(result == "ok" for result in checks.values()):
            return
        if time.monotonic() > until:
            raise TimeoutError(f"not ready: {checks}")
        await asyncio.sleep(0.05)
