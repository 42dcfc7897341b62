"""A representative reads an institution by id through the gateway beside a bare `find_one`, 16 clients each."""

import random

from benchmarks import accounts
from benchmarks.bench import Bench
from benchmarks.clients import Request, closed_loop, spread_over
from benchmarks.figures import alternate, ratio

CLIENTS = 16
TARGET = 0.5
INSTITUTIONS = 50


async def measure(bench: Bench) -> None:
    """Ours carries the territory's scope filter and serialises the answer; the bare side gets the document, no more."""
    installation, seconds = bench.installation, bench.terms.seconds
    known = await accounts.some(installation, INSTITUTIONS)
    collection = installation.database("customer").collection("accounts")
    requests = [Request("GET", f"/api/v1/accounts/{identifier}") for identifier in known]
    latencies: list[float] = []

    async def ours() -> float:
        tokens = await installation.tokens(installation.representatives)
        clients = spread_over(tokens, CLIENTS, lambda _: random.sample(requests, len(requests)))
        answers = await bench.load.block(clients, seconds, expect=200, cycle=True)
        latencies.append(answers.p99_ms)
        return answers.rate

    async def raw() -> float:
        return await closed_loop(CLIENTS, seconds, lambda: collection.find_one({"_id": random.choice(known)}))

    mine, bare = await alternate(bench.terms, ours, raw)
    figure = ratio("reading", "GET /accounts/{id} ÷ bare find_one", mine, bare, target=TARGET, p99_ms=latencies)
    bench.report.add(figure)
