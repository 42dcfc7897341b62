"""The whole product, running for the benchmarks: its processes, an organisation, employees who are signed in."""

import asyncio
import json
import secrets
import shutil
import tempfile
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from chassis.journal import JOURNAL
from chassis.mongo import Database, connect
from chassis.native.ports import free_ports
from terrain.local.layout import DataDir
from terrain.local.processes import LocalStack, http_ready
from terrain.local.session import bring_up, take_down
from terrain.local.supervise import running_stack

WRITERS = ("customer", "visits", "promotion")
"""Services that keep a journal."""
EMPLOYEES = 16
"""Of each kind: one limit of requests per second applies to each employee."""
_SIGN_IN_AGAIN_S = 480.0
_SETTLED_WITHIN_S = 30.0
_UP_WITHIN_S = 60.0
_CONSUMED_S = 0.5
"""After the journals are empty, the last records are still on their way through the consumers."""


class NotSetUp(Exception):
    """The organisation that the benchmarks need could not be made."""


@dataclass
class Employee:
    """Somebody who can sign in."""

    username: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)
    signed_in_at: float = float("-inf")


@dataclass
class Installation:
    """A running stack with an organisation: a territory below a region, head office clerks and representatives."""

    stack: LocalStack
    http: aiohttp.ClientSession
    admin: Employee
    clerks: list[Employee] = field(default_factory=list[Employee])
    """Stewards and warehouse keepers at once; they see the whole company."""
    representatives: list[Employee] = field(default_factory=list[Employee])
    """Their queries carry the scope filter of the territory."""
    region_id: str = ""
    territory_id: str = ""
    _databases: dict[str, Database] = field(default_factory=dict[str, Database])

    def database(self, service: str) -> Database:
        """A service's own database, for the bare sides and for looking at what became of a command."""
        found = self._databases.get(service)
        if found is None:
            found = self._databases[service] = connect(self.stack.mongodb_uri, self.stack.database_of(service))
        return found

    def database_beside(self, name: str) -> Database:
        """A database of the benchmarks' own on the same server."""
        return connect(self.stack.mongodb_uri, name)

    async def call(self, who: Employee, method: str, path: str, body: Any = None, *, within_s: float = 15.0) -> Any:
        """One request through the gateway; what it answers.

        A reference that is still on its way (422, 409) is asked for again. Raises: NotSetUp.
        """
        until = time.monotonic() + within_s
        while True:
            (token,) = await self.tokens([who])
            async with self.http.request(
                method,
                f"{self.stack.gateway_url}/api/v1{path}",
                json=body,
                headers={"authorization": f"Bearer {token}"},
            ) as answer:
                content = await answer.text()
                if answer.status < 300:
                    return json.loads(content) if content else None
            if answer.status not in (401, 403, 404, 409, 422, 503) or time.monotonic() > until:
                raise NotSetUp(f"{method} {path}: {answer.status} {content[:500]}")
            await asyncio.sleep(0.2)

    async def tokens(self, people: Sequence[Employee]) -> list[str]:
        """Access tokens that are good for some minutes more."""
        for one in people:
            if time.monotonic() - one.signed_in_at > _SIGN_IN_AGAIN_S:
                one.token = (await self._sign_in(one))["access_token"]
                one.signed_in_at = time.monotonic()
        return [one.token for one in people]

    async def settle(self) -> None:
        """Wait until relays, audit trails and, as far as can be told, consumers have nothing left to do."""
        until = time.monotonic() + _SETTLED_WITHIN_S
        while time.monotonic() < until:
            left = [
                await self.database(service).collection(JOURNAL).count_documents({flag: True}, limit=1)
                for service in WRITERS
                for flag in ("unpublished", "unsealed")
            ]
            if not any(left):
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(_CONSUMED_S)

    async def furnish(self) -> None:
        """Make units and employees."""
        (root,) = (await self.call(self.admin, "GET", "/units?kind=hq"))["items"]
        run = secrets.token_hex(3)
        self.region_id = await self._open("region", f"Region {run}", root["id"])
        self.territory_id = await self._open("territory", f"Territory {run}", self.region_id)
        for number in range(EMPLOYEES):
            clerk = ("steward", "warehouse", "hq")
            self.clerks.append(await self._hire(f"clerk-{run}-{number}", clerk, root["id"]))
            self.representatives.append(await self._hire(f"rep-{run}-{number}", ("rep",), self.territory_id))
        await self.tokens([*self.clerks, *self.representatives])

    async def _open(self, kind: str, name: str, parent_id: str) -> str:
        unit = await self.call(self.admin, "POST", "/units", {"name": name, "kind": kind, "parent_id": parent_id})
        return unit["id"]

    async def _hire(self, username: str, roles: Sequence[str], unit_id: str) -> Employee:
        body = {"name": username, "username": username, "roles": list(roles), "unit_id": unit_id}
        invitation = (await self.call(self.admin, "POST", "/employees", body))["invitation"]
        one = Employee(username, secrets.token_urlsafe(12))
        await self._post("activate", {"invitation": invitation, "password": one.password})
        return one

    async def _sign_in(self, one: Employee) -> Any:
        return await self._post("token", {"username": one.username, "password": one.password})

    async def _post(self, action: str, body: dict[str, str]) -> Any:
        async with self.http.post(f"{self.stack.gateway_url}/api/v1/auth/{action}", json=body) as answer:
            content = await answer.text()
            if answer.status >= 300:
                raise NotSetUp(f"{action}: {answer.status} {content[:500]}")
            return json.loads(content) if content else None

    def close(self) -> None:
        """Close the connections to the databases."""
        for database in self._databases.values():
            database.close()


@contextmanager
def standing(data_dir: Path | None, port: int | None) -> Generator[LocalStack, None, None]:
    """The stack that runs on `data_dir`, else a new one that ends with the block. From the main thread, outside of loops.

    Without `data_dir` it lives in a temporary directory. Raises: CannotStart.
    """
    folder = data_dir or Path(tempfile.mkdtemp(prefix="terrain-bench-"))
    layout = DataDir(folder.resolve())
    stack = running_stack(layout)
    ours = stack is None
    try:
        if ours:
            bring_up(folder, port=port or free_ports(1)[0], demo=None, detach=True)
            stack = running_stack(layout)
        assert stack is not None
        yield stack
    finally:
        if ours:
            take_down(folder)
        if data_dir is None:
            shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def furnished(stack: LocalStack) -> AsyncGenerator[Installation, None]:
    """An installation on a running stack, with an organisation of its own. Raises: NotSetUp."""
    plan = json.loads((stack.data_dir / "bootstrap" / "plan.json").read_text())
    async with aiohttp.ClientSession() as http:
        installation = Installation(stack, http, Employee("admin", plan["password"]))
        try:
            await installation.furnish()
            yield installation
        finally:
            installation.close()


@asynccontextmanager
async def beside(command: Sequence[str], port: int, env: Mapping[str, str] | None = None) -> AsyncGenerator[int, None]:
    """One more process, ready on `port`; its id. It ends with the block. Raises: NotSetUp when it does not come up."""
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=DEVNULL, stderr=DEVNULL)
    try:
        until = time.monotonic() + _UP_WITHIN_S
        while not await asyncio.to_thread(http_ready, port):
            if process.returncode is not None or time.monotonic() > until:
                raise NotSetUp(f"{' '.join(command)} did not come up")
            await asyncio.sleep(0.1)
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def environment(installation: Installation, service: str, **changed: str) -> dict[str, str]:
    """The environment of one more process of a service, beside those that run."""
    return {**installation.stack.env(service), **changed}
