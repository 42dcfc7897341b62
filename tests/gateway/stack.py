"""The whole gateway on the real broker and database, with services on the loopback that a test plays itself."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
import orjson
import uvicorn
from aiohttp import web
from aiokafka import AIOKafkaProducer
from chassis.ids import new_id
from chassis.service import Role
from chassis.testing.service import settings_for
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.events.customer import EmployeeHired, EmployeeReassigned, EmployeeState
from contracts.roles import Role as Position
from gateway.app import Gateway, service

from tests.gateway.builders import ACCESS_KEY, INTERNAL_KEY, eventually, serving

NORTH = "/unt_hq/unt_north/"
SOUTH = "/unt_hq/unt_south/"
PASSWORD = "a good password"


class RunningGateway:
    """A gateway that listens, and the topics it listens to."""

    def __init__(self, url: str, gateway: Gateway, producer: AIOKafkaProducer, prefix: str) -> None:
        self.url = url
        self.gateway = gateway
        self._producer = producer
        self._prefix = prefix
        self._sequences: dict[str, int] = {}

    async def say(self, event: Event, subject: str, *paths: str, at: int | None = None) -> str:
        """Put an event on its topic as its service's relay would; its id. `at` is the record's time in ms."""
        self._sequences[subject] = self._sequences.get(subject, 0) + 1
        identifier = new_id("evt")
        envelope = Envelope(
            id=identifier,
            source="/terrain/" + event.TOPIC.partition(".")[0],
            type=event.TYPE,
            subject=subject,
            time=datetime.now(UTC),
            sequence=self._sequences[subject],
            unit_paths=paths,
            lines=("*",),
        )
        await self._producer.send_and_wait(
            self._prefix + event.TOPIC,
            event.model_dump_json(by_alias=True).encode(),
            key=subject.encode(),
            headers=envelope.headers(),
            timestamp_ms=at,
        )
        return identifier

    async def put(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        """Put any record on a topic."""
        await self._producer.send_and_wait(self._prefix + topic, value, key=key, headers=headers)

    async def hire(self, username: str, *, roles: list[Position], path: str, **more: Any) -> tuple[str, str]:
        """Let customer say that somebody was hired; the employee's id and invitation."""
        employee_id, invitation = new_id("emp"), secrets.token_urlsafe(32)
        expires = more.pop("expires", datetime.now(UTC) + timedelta(days=7))
        await self.say(
            EmployeeHired(
                employee=a_state(employee_id, username, roles, path, **more),
                invitation_sha256=hashlib.sha256(invitation.encode()).hexdigest(),
                invitation_expires_at=expires,
            ),
            employee_id,
            path,
        )
        return employee_id, invitation

    async def reassign(self, employee_id: str, username: str, *, roles: list[Position], path: str, **more: Any) -> None:
        """Let customer say that a position changed."""
        await self.say(
            EmployeeReassigned(employee=a_state(employee_id, username, roles, path, **more)), employee_id, path
        )

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, raw: bytes | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        """One request below `/api/v1`: status, JSON and headers (lower case) of the answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = raw if raw is not None else orjson.dumps(body) if body is not None else None
        if data is not None:
            headers["Content-Type"] = "application/json"
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, f"{self.url}/api/v1{path}", data=data, headers=headers) as answer,
        ):
            text = await answer.read()
            shown = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, orjson.loads(text) if text else None, shown

    async def sign_in(self, username: str, password: str = PASSWORD) -> dict[str, Any]:
        """The tokens of a new session."""
        status, tokens, _ = await self.call("POST", "/auth/token", {"username": username, "password": password})
        assert status == 200, tokens
        return tokens

    async def activate(self, invitation: str, password: str = PASSWORD) -> None:
        """Answer an invitation."""
        status, answer, _ = await self.call("POST", "/auth/activate", {"invitation": invitation, "password": password})
        assert status == 201, answer

    async def employ(
        self, username: str, *, roles: list[Position], path: str, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        """Somebody who was hired, activated and has signed in: the employee's id and tokens."""
        employee_id, invitation = await self.hire(username, roles=roles, path=path, **more)
        await self.activate(invitation)
        return employee_id, await self.sign_in(username)


def a_state(employee_id: str, username: str, roles: list[Position], path: str, **more: Any) -> EmployeeState:
    """An employee's public state."""
    return EmployeeState(
        employee_id=employee_id,
        username=username,
        roles=roles,
        unit_id=path.rstrip("/").rpartition("/")[2],
        unit_path=path,
        valid_from=more.get("valid_from", date(2024, 1, 1)),
        valid_to=more.get("valid_to"),
    )


async def _absent(_: web.Request) -> web.Response:
    return web.json_response({"code": "not_found"}, status=404)


@asynccontextmanager
async def running_gateway(
    *,
    database_uri: str,
    database_name: str,
    broker_address: str,
    topic_prefix: str,
    handler: Any = _absent,
    reactions: bool = True,
    **more: Any,
) -> AsyncIterator[RunningGateway]:
    """A gateway that is ready; every service is played by `handler`."""
    async with serving(handler) as upstream:
        settings = settings_for(
            service,
            database_uri=database_uri,
            database_name=database_name,
            broker_address=broker_address,
            topic_prefix=topic_prefix,
            access_key=orjson.dumps(ACCESS_KEY).decode(),
            internal_key=orjson.dumps(INTERNAL_KEY).decode(),
            **{f"{name}_url": upstream for name in ("customer", "visits", "promotion", "analytics")} | more,
        )
        app = service.app(settings, role=Role.API | Role.WORKER if reactions else Role.API)
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_config=None, server_header=False, date_header=False, proxy_headers=False)
        )
        serve = asyncio.create_task(server.serve())
        producer = AIOKafkaProducer(bootstrap_servers=broker_address, acks="all")
        await producer.start()
        try:
            await eventually(lambda: server.started and app.state.health.started, 60)
            await eventually(lambda: app.state.gateway.feed.tail.ready, 60)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield RunningGateway(f"http://127.0.0.1:{port}", app.state.gateway, producer, topic_prefix)
        finally:
            await producer.stop()
            server.should_exit = True
            await serve
