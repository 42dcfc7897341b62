"""The load process: reads blocks from stdin, sends them with aiohttp's client, answers with what it saw.

`python -m benchmarks.load`; one line of JSON in, one out; ends at the end of its input.
"""

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from typing import Any

import aiohttp
import uvloop
from yarl import URL

TOGETHER_S = 60.0
"""No request takes longer."""


class _Block:
    """One order and what came of it."""

    def __init__(self, order: dict[str, Any], session: aiohttp.ClientSession) -> None:
        self._session = session
        self._cycle: bool = order["cycle"]
        self._pace: float | None = order["pace"]
        self._seconds: float = order["seconds"]
        self._clients = [_prepared(client, order["base"]) for client in order["clients"]]
        self._latencies: list[float] = []
        self._statuses: Counter[int] = Counter()
        self._unexpected = ""
        self._log: list[list[float]] = []
        self._completed = 0

    async def run(self) -> dict[str, Any]:
        """Send everything; the answer to the order."""
        begun = time.perf_counter()
        until = begun + self._seconds
        ended = await asyncio.gather(*(self._client(number, begun, until) for number in range(len(self._clients))))
        cuts = statistics.quantiles(self._latencies, n=100) if len(self._latencies) > 1 else [0.0] * 99
        return {
            "rate": self._completed / (max(ended) - begun),
            "statuses": self._statuses,
            "unexpected": self._unexpected,
            "p50_ms": cuts[49] * 1000,
            "p99_ms": cuts[98] * 1000,
            "log": self._log,
        }

    async def _client(self, number: int, begun: float, until: float) -> float:
        requests = self._clients[number]
        count = 0
        while self._cycle or count < len(requests):
            if self._pace is not None:
                due = begun + (count + number / len(self._clients)) * self._pace
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent, sent_at = time.perf_counter(), time.time()
            if sent >= until:
                return until
            status = await self._send(*requests[count % len(requests)])
            answered = time.perf_counter()
            self._statuses[status] += 1
            if self._pace is not None:
                self._log.append([number, count, sent_at, time.time(), status])
            if answered >= until:
                return until
            self._completed += 1
            self._latencies.append(answered - sent)
            count += 1
        return time.perf_counter()

    async def _send(self, method: str, url: URL, body: bytes | None, headers: dict[str, str]) -> int:
        async with self._session.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
            content = await answer.read()
            if answer.status >= 400 and not self._unexpected:
                self._unexpected = content[:500].decode(errors="replace")
            return answer.status


def _prepared(client: dict[str, Any], base: str) -> list[tuple[str, URL, bytes | None, dict[str, str]]]:
    common = {"authorization": f"Bearer {client['token']}"}
    return [
        (
            method,
            URL(base + path, encoded=True),
            None if body is None else json.dumps(body).encode(),
            {**common, **({} if body is None else {"content-type": "application/json"}), **headers},
        )
        for method, path, body, headers in client["requests"]
    ]


async def main() -> None:
    """Serve orders until there are no more."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=50)
    timeout = aiohttp.ClientTimeout(total=TOGETHER_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            answer = await _Block(json.loads(line), session).run()
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
