"""Clients, on both sides of a comparison: bare coroutines here, and HTTP from a process of its own.

The load process shares neither event loop nor interpreter lock with the bare side, so that neither slows the other.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


class NoMoreWork(Exception):
    """What was prepared for a block is used up."""


class UnexpectedAnswers(Exception):
    """Some requests were answered otherwise than they should be, so that the block means nothing."""


async def closed_loop(clients: int, seconds: float, action: Callable[[], Awaitable[object]]) -> float:
    """`clients` coroutines repeat `action` for `seconds`; completed ones per second. `action` may raise NoMoreWork."""
    completed, begun = 0, time.perf_counter()
    until = begun + seconds

    async def client() -> float:
        nonlocal completed
        while True:
            try:
                await action()
            except NoMoreWork:
                return time.perf_counter()
            if time.perf_counter() >= until:
                return until
            completed += 1

    ended = await asyncio.gather(*(client() for _ in range(clients)))
    return completed / (max(ended) - begun)


@dataclass(frozen=True)
class Request:
    """One request; `path` with its query."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] | None = None


@dataclass(frozen=True)
class Client:
    """Sends its requests one after another on a connection that it keeps."""

    token: str
    requests: Sequence[Request]


@dataclass(frozen=True)
class Answers:
    """What a block of HTTP load saw. `log` has [client, number, sent at, answered at, status] when it was asked for."""

    rate: float
    statuses: dict[str, int]
    p50_ms: float
    p99_ms: float
    log: list[list[float]]


class LoadProcess:
    """HTTP clients in a process of their own; it ends with this one."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.load",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=256 * 1024 * 1024,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def block(
        self, clients: Sequence[Client], seconds: float, *, expect: int, cycle: bool = False, pace: float | None = None
    ) -> Answers:
        """Let the clients send for `seconds`: again and again their requests (`cycle`), or each once at most.

        With `pace`, a client's n-th request is due n × pace seconds after the start, its own share of that pause later.

        Raises: UnexpectedAnswers when an answer has another status than `expect`.
        """
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "base": self._base,
            "seconds": seconds,
            "cycle": cycle,
            "pace": pace,
            "clients": [
                {
                    "token": client.token,
                    "requests": [[one.method, one.path, one.body, one.headers or {}] for one in client.requests],
                }
                for client in clients
            ],
        }
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise UnexpectedAnswers("the load process has ended")
        told = json.loads(line)
        answers = Answers(told["rate"], told["statuses"], told["p50_ms"], told["p99_ms"], told["log"])
        if set(answers.statuses) != {str(expect)}:
            raise UnexpectedAnswers(f"{answers.statuses}; one of them: {told['unexpected']}")
        return answers


def spread_over(tokens: Sequence[str], clients: int, requests: Callable[[int], Sequence[Request]]) -> list[Client]:
    """`clients` clients that sign their requests with the tokens in turn; `requests(n)` are those of the n-th."""
    return [Client(tokens[number % len(tokens)], requests(number)) for number in range(clients)]
