"""The outside ledger: every call that clients make, what came of it, and what must therefore be in the product.

A call is `ok` (the product said so), `failed` (the product refused: nothing may have happened) or `unknown` (no answer, or
one that leaves it open). Every write carries a key of the client; an unknown one is repeated under the same key until it
is settled, which must leave exactly one effect.
"""

import asyncio
import hashlib
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import aiohttp

UNKNOWN_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
TIMEOUT_S = 8.0
"""Shorter than the gateway's own patience, so that some answers come too late for us."""


class Outcome(StrEnum):
    """What the client knows of a call."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass
class Call:
    """One write as the client meant it, with every try to get it done."""

    actor: str
    subject: str
    method: str
    path: str
    body: Any
    kind: str
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    headers: dict[str, str] = field(default_factory=dict)
    outcome: Outcome = Outcome.UNKNOWN
    status: int | None = None
    answer: Any = None
    etag: str | None = None
    tries: list[str] = field(default_factory=list)

    @property
    def stored_key(self) -> str:
        """The key as the journal keeps it: a digest over who, what and where."""
        material = "\n".join((self.subject, self.method, "/api/v1" + self.path, self.key))
        return hashlib.sha256(material.encode()).hexdigest()

    @property
    def was_unknown(self) -> bool:
        """True when a try ended without telling."""
        return len(self.tries) > 1 or self.outcome is Outcome.UNKNOWN

    def __str__(self) -> str:
        return f"{self.kind} {self.method} {self.path} {self.key} {self.outcome} {self.tries}: {str(self.answer)[:300]}"


class Ledger:
    """All calls of one schedule, in the order in which they were begun."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.statuses: Counter[str] = Counter()

    def of(self, kind: str, outcome: Outcome = Outcome.OK) -> list[Call]:
        """Calls of one kind and outcome."""
        return [call for call in self.calls if call.kind == kind and call.outcome is outcome]

    @property
    def unknown(self) -> list[Call]:
        """Calls that nobody knows the outcome of."""
        return [call for call in self.calls if call.outcome is Outcome.UNKNOWN]

    def summary(self) -> str:
        """Counts for the report."""
        outcomes = Counter(call.outcome.value for call in self.calls)
        repeated = sum(call.was_unknown for call in self.calls)
        told = ", ".join(f"{name} {count}" for name, count in sorted(outcomes.items()))
        tries = ", ".join(f"{name} {count}" for name, count in self.statuses.most_common())
        return f"{len(self.calls)} writes ({told}; {repeated} were unknown for a while); tries: {tries}"


class Door:
    """The gateway as one signed-in employee uses it; signs in again when asked to."""

    def __init__(self, gateway: str, username: str, password: str, ledger: Ledger, chooser: random.Random) -> None:
        self.username, self.subject = username, ""
        self.ledger = ledger
        self.unsettled: list[Call] = []
        """Unknown calls that this client leaves for the end."""
        self._gateway, self._password, self._chooser = gateway, password, chooser
        self._token: str | None = None
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def sign_in(self, within_s: float = 60.0) -> dict[str, Any]:
        """Get a token and who we are; tries until the gateway is there. Raises: TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                try:
                    credentials = {"username": self.username, "password": self._password}
                    status, body, _ = await self._send("POST", "/auth/token", credentials, {})
                    if status == 200:
                        self._token = body["access_token"]
                        status, me, _ = await self._send("GET", "/me", None, {})
                        if status == 200:
                            self.subject = me["employee_id"]
                            return me
                except (aiohttp.ClientError, TimeoutError, OSError):
                    pass
                await asyncio.sleep(0.5)

    async def get(self, path: str, within_s: float = 30.0) -> tuple[int, Any, str | None]:
        """Read until there is an answer that tells something: status, body, ETag. Raises: TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                try:
                    status, body, etag = await self._send("GET", path, None, {})
                    if status == 401:
                        await self.sign_in()
                    elif status not in UNKNOWN_STATUSES:
                        return status, body, etag
                except (aiohttp.ClientError, TimeoutError, OSError):
                    pass
                await asyncio.sleep(0.2)

    async def pages(self, path: str) -> list[Any]:
        """All items of a list. Raises: TimeoutError; AssertionError when it is refused."""
        items: list[Any] = []
        more, cursor = "&" if "?" in path else "?", ""
        while True:
            status, body, _ = await self.get(f"{path}{more}limit=200{cursor}")
            assert status == 200, (path, status, body)
            items += body["items"]
            if body["next"] is None:
                return items
            cursor = f"&cursor={body['next']}"

    async def write(
        self, kind: str, method: str, path: str, body: Any = None, *, may_wait: bool = False, **headers: str
    ) -> Call:
        """Make a call and repeat it while it is unknown; with `may_wait` it is now and then left for the end."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        call = Call(self.username, self.subject, method, path, body, kind, headers=named)
        self.ledger.calls.append(call)
        while not await self._try(call):
            if may_wait and self._chooser.random() < 0.5:
                self.unsettled.append(call)
                break
            await asyncio.sleep(self._chooser.uniform(0.05, 0.6))
        return call

    async def settle(self, deadline: float) -> None:
        """Repeat what was left until it is settled or `deadline` (on `time.monotonic()`) has passed."""
        for call in self.unsettled:
            while not await self._try(call):
                if time.monotonic() > deadline:
                    break
                await asyncio.sleep(0.3)
        self.unsettled = [call for call in self.unsettled if call.outcome is Outcome.UNKNOWN]

    async def _try(self, call: Call) -> bool:
        """One try; True when the outcome is known now."""
        headers = {**call.headers, "idempotency-key": call.key}
        try:
            status, answer, etag = await self._send(call.method, call.path, call.body, headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            self._note(call, type(failure).__name__)
            return False
        self._note(call, str(status))
        if status == 401:
            await self.sign_in()
            return False
        if status in UNKNOWN_STATUSES:
            return False
        call.status, call.answer, call.etag = status, answer, etag
        call.outcome = Outcome.OK if status < 300 else Outcome.FAILED
        return True

    def _note(self, call: Call, what: str) -> None:
        call.tries.append(what)
        self.ledger.statuses[what] += 1

    async def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any, str | None]:
        if self._token:
            headers = {**headers, "authorization": f"Bearer {self._token}"}
        async with self._session.request(
            method, f"{self._gateway}/api/v1{path}", json=body, headers=headers
        ) as response:
            content = await response.read()
            answer = await response.json() if content and "json" in response.content_type else content.decode()
            return response.status, answer, response.headers.get("etag")
