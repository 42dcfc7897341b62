"""A service: what it is made of, and how its parts live together in one process, whichever of them the role asks for."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from types import ModuleType

from fastapi import APIRouter, FastAPI

from chassis import telemetry
from chassis.aggregate import Aggregate, Replica
from chassis.clock import Clock
from chassis.files import ensure_files
from chassis.http.application import application
from chassis.http.facts import Edge
from chassis.http.middleware import Allowance, InFlight
from chassis.http.operations import Health
from chassis.http.run import bearer
from chassis.jobs import ensure_jobs
from chassis.journal import KINDS, ensure_journal
from chassis.kafka import Kafka
from chassis.lease import LEASES
from chassis.load import LOADS, UseCase
from chassis.logs import logger
from chassis.mongo import Database, connect
from chassis.parts import Context, Loop, Part, Role, alive, persistently, present, reacting, relaying, sweep_files
from chassis.presence import PROCESSES
from chassis.principal import Principal
from chassis.refusals import Unauthenticated
from chassis.settings import ServiceSettings
from chassis.tokens import Verifier
from chassis.works import Works


class Service:
    """The composition root's object: names the parts, makes the application, runs the process.

    `parts` are entered in every role, `background` loops run where events are consumed, `allowances` are limits of paths
    that are not routes of its own.
    """

    def __init__(
        self,
        *,
        name: str,
        settings: type[ServiceSettings],
        aggregates: Sequence[type[Aggregate]] = (),
        replicas: Sequence[type[Replica]] = (),
        routers: Sequence[APIRouter] = (),
        reactions: Sequence[ModuleType] = (),
        use_cases: Sequence[UseCase] = (),
        background: Sequence[Loop] = (),
        parts: Sequence[Part] = (),
        allowances: Sequence[Allowance] = (),
        description: str = "",
    ) -> None:
        self.name = name
        self.settings = settings
        self.aggregates = list(aggregates)
        self.replicas = list(replicas)
        self.routers = list(routers)
        self.reactions = list(reactions)
        self.use_cases = list(use_cases)
        self.background = list(background)
        self.parts = list(parts)
        self.allowances = list(allowances)
        self.description = description
        KINDS.update({model.KIND: model for model in self.aggregates})

    def app(
        self,
        settings: ServiceSettings | None = None,
        *,
        role: Role = Role.ALL,
        clock: Clock | None = None,
    ) -> FastAPI:
        """The ASGI application; its lifespan runs everything the role asks for. `clock` replaces the machine's in tests."""
        given = settings or self.settings()  # pyright: ignore[reportCallIssue]
        database = connect(given.mongodb_uri, given.database)
        works = Works(database, zone=given.time_zone, clock=clock)
        health = Health()
        in_flight = InFlight(given.max_in_flight)
        kafka = Kafka(
            given.kafka_bootstrap_servers,
            given.topic_prefix,
            client_id=self.name,
            max_poll_interval_ms=given.kafka_max_poll_interval_ms,
        )
        edge = Edge(
            service=self.name,
            authenticate=authenticator(Verifier(given.jwks(), self.name)),
            database=database,
            works=works,
            cursor_secret=given.cursor_secret.get_secret_value(),
            zone=given.zone,
        )

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
            context = Context(self.name, role, given, database, works, kafka, health, app)
            async with self.running(context):
                yield
                health.draining = True
                if not await in_flight.drained(given.drain_s):
                    logger("service").warning("requests_broken_off", count=in_flight.count)

        return application(
            edge=edge,
            routers=self.routers if Role.API in role else [],
            health=health,
            in_flight=in_flight,
            deadline_s=given.request_deadline_s,
            max_body_bytes=given.max_body_bytes,
            description=self.description,
            lifespan=lifespan,
            allowances=self.allowances,
        )

    @asynccontextmanager
    async def running(self, context: Context) -> AsyncGenerator[None, None]:
        """Run the parts behind the application: at once alive, ready when the database has been prepared."""
        telemetry.set_up(self.name, context.settings.otel_exporter_otlp_endpoint)
        context.health.checks["database"] = lambda: _ping(context.database)
        stack = AsyncExitStack()
        start = asyncio.create_task(self._start(context, stack), name=f"{self.name}-start")
        try:
            yield
        finally:
            start.cancel()
            await asyncio.gather(start, return_exceptions=True)
            await stack.aclose()
            context.database.close()
            telemetry.shut_down()

    async def prepare(self, database: Database) -> None:
        """Create collections and indexes; safe to repeat and in several processes at once."""
        await ensure_journal(database)
        await ensure_files(database)
        await ensure_jobs(database)
        await database.ensure_indexes([*self.aggregates, *self.replicas])
        for collection in (LOADS, LEASES, PROCESSES):
            await database.ensure_collection(collection)

    async def _start(self, context: Context, stack: AsyncExitStack) -> None:
        try:
            await self._enter(context, stack)
        except Exception as failure:
            reason = f"the start failed: {type(failure).__name__}"
            context.health.probes["start"] = lambda: reason
            logger("service").error("start_failed", exc_info=failure)

    async def _enter(self, context: Context, stack: AsyncExitStack) -> None:
        await persistently("prepare the database", lambda: self.prepare(context.database))
        await stack.enter_async_context(present(context))
        for part in self.parts:
            await stack.enter_async_context(part(context))
        if Role.RELAY in context.role:
            await stack.enter_async_context(relaying(context))
        if Role.WORKER in context.role:
            if self.reactions:
                await stack.enter_async_context(reacting(context, self.reactions))
            for loop in (sweep_files, *self.background):
                await stack.enter_async_context(alive(loop.__name__, partial(loop, context)))
        context.health.started = True
        logger("service").info("started", role=str(context.role.name).lower())

    def main(self) -> None:
        """Run a process as the command line says; does not return."""
        from chassis.process import main

        main(self)


def authenticator(verifier: Verifier) -> Callable[[str | None], Principal]:
    """What turns an Authorization header into the principal of an internal token."""

    def authenticate(header: str | None) -> Principal:
        token = bearer(header)
        if token is None:
            raise Unauthenticated("send an internal token as Authorization: Bearer")
        return verifier.verify(token)

    return authenticate


async def _ping(database: Database) -> str | None:
    await database.client.admin.command("ping")
    return None


__all__ = ["Context", "Loop", "Part", "Role", "Service", "authenticator"]
