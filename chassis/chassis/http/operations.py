"""What operators ask a process: is it alive, is it ready, what does it measure."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis import metrics

CHECK_TIMEOUT_S = 2.0

Check = Callable[[], Awaitable[str | None]]
"""A dependency's check: None when it is well, else what is wrong, without addresses or secrets."""
Probe = Callable[[], str | None]
"""A worker's own sign of life: None when it moves on (or has nothing to do), else since when it does not."""


@dataclass
class Health:
    """Everything a process is asked about."""

    probes: dict[str, Probe] = field(default_factory=dict[str, Probe])
    """Liveness: progress of loops. A dead dependency does not make a process dead."""
    checks: dict[str, Check] = field(default_factory=dict[str, Check])
    """Readiness: the dependencies it needs to answer."""
    started: bool = False
    draining: bool = False

    def alive(self) -> dict[str, str]:
        """Probes that fail and what they say."""
        found = ((name, probe()) for name, probe in self.probes.items())
        return {name: wrong for name, wrong in found if wrong is not None}

    async def ready(self) -> dict[str, str]:
        """Every check with `ok` or what is wrong."""
        if self.draining:
            return {"process": "shutting down"}
        if not self.started:
            return {"process": "starting"}
        names = list(self.checks)
        found = await asyncio.gather(*(_run(self.checks[name]) for name in names))
        return {name: wrong or "ok" for name, wrong in zip(names, found, strict=True)}


async def _run(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_S:.0f} s"
    except Exception as failure:
        return type(failure).__name__


def operations_routes(health: Health) -> list[Route]:
    """`/livez`, `/readyz`, `/metrics`: without a token, never counted as traffic, not part of the API."""

    async def livez(_: Request) -> Response:
        stuck = health.alive()
        return JSONResponse({"alive": not stuck, "probes": stuck}, 503 if stuck else 200)

    async def readyz(_: Request) -> Response:
        checks = await health.ready()
        ready = all(result == "ok" for result in checks.values())
        headers = None if ready else {"retry-after": "1"}
        return JSONResponse({"ready": ready, "checks": checks}, 200 if ready else 503, headers)

    async def exposition(_: Request) -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]
