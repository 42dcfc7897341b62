"""An application without a database: enough for everything that is judged without data."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from chassis.http.application import application
from chassis.http.facts import Edge
from chassis.http.middleware import InFlight
from chassis.http.operations import Health
from chassis.principal import Principal
from chassis.service import authenticator
from chassis.testing import FakeStore, FakeUnitOfWork, a_steward
from chassis.testing.service import JWKS, internal_token
from chassis.tokens import Verifier
from chassis.work import UnitOfWork
from chassis.works import Outcome
from fastapi import APIRouter

from tests.chassis.http.notes_service import router


class FakeWorks:
    """Runs an action in a fake unit of work and remembers on which terms it was asked to."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.terms: dict[str, Any] = {}
        self.replayed = False

    async def run(
        self,
        action: Callable[[UnitOfWork], Awaitable[Any]],
        *,
        principal: Principal,
        if_match: Any = None,
        **terms: Any,
    ) -> Outcome[Any]:
        self.terms = {"principal": principal, "if_match": if_match, **terms}
        work = FakeUnitOfWork(principal=principal, store=self.store, if_match=if_match)
        value = await action(work)
        await work.commit()
        return Outcome(value, replayed=self.replayed)


class Client(httpx2.AsyncClient):
    """A client that carries a steward's token; `works`, `health` and `in_flight` belong to the application."""

    works: FakeWorks
    health: Health
    in_flight: InFlight
    app: Any


@asynccontextmanager
async def application_of(*routers: APIRouter, deadline_s: float = 5, max_body_bytes: int = 10_000, limit: int = 10):
    works, health, in_flight = FakeWorks(), Health(started=True), InFlight(limit)
    app = application(
        edge=Edge("notes", authenticator(Verifier(JWKS, "notes")), works=works),  # type: ignore[arg-type]
        routers=routers,
        health=health,
        in_flight=in_flight,
        deadline_s=deadline_s,
        max_body_bytes=max_body_bytes,
    )
    async with Client(
        transport=httpx2.ASGITransport(app),
        base_url="http://notes",
        headers={"authorization": f"Bearer {internal_token(a_steward(), 'notes')}"},
    ) as client:
        client.app, client.works, client.health, client.in_flight = app, works, health, in_flight
        yield client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with application_of(router) as opened:
        yield opened
