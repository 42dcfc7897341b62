"""How long after its commit a check-in is in the head office's figures, while commands come at a steady rate."""

import asyncio
import statistics
import time
from datetime import UTC, datetime

from chassis.journal import JOURNAL

from benchmarks import accounts
from benchmarks.bench import Bench
from benchmarks.clients import Client, Request
from benchmarks.figures import Figure, spread
from benchmarks.installation import EMPLOYEES, Installation

PER_SECOND = 20
P50_MS = 200
P99_MS = 1000
VISITS_EACH = 15
"""Of each representative; every visit is checked in to and out of: two commands."""
_POLL_S = 0.02
_SEEN_WITHIN_S = 20.0
_QUESTION = "/api/v1/analytics/visits"


async def measure(bench: Bench) -> None:
    """Commits are timed by the database's clock at the start of their transaction, sightings when the answer is here."""
    installation = bench.installation
    visits = await _planned(bench)
    now = datetime.now(UTC).isoformat()
    fix = {"at": now, "lat": 39.9, "lon": 116.4, "accuracy_m": 20}
    clients = [
        Client(
            token,
            [
                Request("POST", f"/api/v1/visits/{visit}/{step}", body)
                for visit in own
                for step, body in (("check-in", fix), ("check-out", {"at": now}))
            ],
        )
        for token, own in zip(await installation.tokens(installation.representatives), visits, strict=True)
    ]
    count = EMPLOYEES * VISITS_EACH
    before = await _held(installation)
    watching = asyncio.create_task(_watch(installation, before + count))
    pace = EMPLOYEES / PER_SECOND
    await bench.load.block(clients, 2 * VISITS_EACH * pace + 30, expect=200, pace=pace)
    sightings = await watching
    committed = await _commits(installation, [visit for own in visits for visit in own])
    delays: list[float] = []
    for place, at in enumerate(committed, start=1):
        seen = next(when for when, held in sightings if held >= before + place)
        delays.append((seen - at) * 1000)
    cuts = statistics.quantiles(delays, n=100)
    fifths = [delays[start :: bench.terms.repeats] for start in range(bench.terms.repeats)]
    medians = [statistics.median(fifth) for fifth in fifths]
    what = f"commit → /analytics/visits, {PER_SECOND} commands/s"
    for name, value, bound in (("p50", cuts[49], P50_MS), ("p99", cuts[98], P99_MS)):
        bench.report.add(
            Figure(
                "freshness",
                f"{what}, {name}",
                value,
                "ms",
                bound,
                ceiling=True,
                spread=spread(medians) if name == "p50" else None,
                detail={"samples": len(delays), "largest_ms": max(delays), "smallest_ms": min(delays)},
            )
        )


async def _planned(bench: Bench) -> list[list[str]]:
    """Ids of planned visits, by representative."""
    installation = bench.installation
    (account,) = await accounts.some(installation, 1)
    plan = {"account_id": account, "planned_at": datetime.now(UTC).isoformat(), "contact_ids": []}
    visits: list[list[str]] = []
    for one in installation.representatives:
        own = [await installation.call(one, "POST", "/visits", plan) for _ in range(VISITS_EACH)]
        visits.append([visit["id"] for visit in own])
    await installation.settle()
    return visits


async def _held(installation: Installation) -> int:
    (token,) = await installation.tokens(installation.clerks[:1])
    url, headers = installation.stack.gateway_url + _QUESTION, {"authorization": f"Bearer {token}"}
    async with installation.http.get(url, headers=headers) as answer:
        answer.raise_for_status()
        return (await answer.json())["coverage"]["held"]


async def _watch(installation: Installation, until: int) -> list[tuple[float, int]]:
    """When how many visits were seen to have been held, until all were. Raises: TimeoutError."""
    sightings: list[tuple[float, int]] = []
    moved_at = time.monotonic()
    while not sightings or sightings[-1][1] < until:
        held = await _held(installation)
        if not sightings or held > sightings[-1][1]:
            sightings.append((time.time(), held))
            moved_at = time.monotonic()
        if time.monotonic() - moved_at > _SEEN_WITHIN_S:
            raise TimeoutError(f"only {held} of {until} visits were seen")
        await asyncio.sleep(_POLL_S)
    return sightings


async def _commits(installation: Installation, visits: list[str]) -> list[float]:
    """When the check-ins were recorded, in order."""
    identifiers = [f"{visit}:{2:010d}" for visit in visits]
    journal = installation.database("visits").collection(JOURNAL)
    found = await journal.find({"_id": {"$in": identifiers}}, {"recorded_at": 1}).to_list(None)
    assert len(found) == len(visits)
    return sorted(row["recorded_at"] / 1e6 for row in found)
