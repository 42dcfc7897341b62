"""What ten times as many institutions change: read by id, list of 50, command. The bare read shows the store's own part."""

import random

from benchmarks import accounts
from benchmarks.bench import Bench
from benchmarks.clients import Client, Request, closed_loop, spread_over
from benchmarks.clones import Template, insert
from benchmarks.figures import alternate, ratio

CLIENTS = 16
INSTITUTIONS = 1000
TIMES = 10
KEPT = 0.8
"""Share of the speed that should be left."""


async def measure(bench: Bench) -> None:
    """Each figure before and after; institutions are filled in as documents that the product has written once."""
    installation = bench.installation
    database = installation.database("customer")
    (model,) = await accounts.some(installation, 1)
    template = await Template.read(database, "accounts", model)

    async def fill(up_to: int) -> list[str]:
        missing = up_to - await database.collection("accounts").count_documents({})
        pairs = template.copies(max(0, missing), told=True)
        await insert(database, "journal", [journal for _, journal in pairs])
        await insert(database, "accounts", [account for account, _ in pairs])
        return [account["_id"] for account, _ in pairs] or [model]

    present = await database.collection("accounts").count_documents({})
    few = max(INSTITUTIONS, present)
    before = await _speeds(bench, [model, *await fill(few)])
    after = await _speeds(bench, [model, *await fill(few * TIMES)])
    for what in before:
        figure = ratio("growth", f"{what}, {TIMES} × {few:,} ÷ {few:,}", after[what], before[what], target=KEPT)
        bench.report.add(figure)


async def _speeds(bench: Bench, known: list[str]) -> dict[str, list[float]]:
    installation, seconds = bench.installation, bench.terms.seconds
    sample = random.sample(known, min(len(known), 200))
    collection = installation.database("customer").collection("accounts")

    async def run(clients: list[Client], expect: int) -> float:
        return (await bench.load.block(clients, seconds, expect=expect, cycle=expect == 200)).rate

    async def read() -> float:
        tokens = await installation.tokens(installation.representatives)
        requests = [Request("GET", f"/api/v1/accounts/{identifier}") for identifier in sample]
        return await run(spread_over(tokens, CLIENTS, lambda _: random.sample(requests, len(requests))), 200)

    async def listing() -> float:
        tokens = await installation.tokens(installation.representatives)
        return await run(spread_over(tokens, CLIENTS, lambda _: [Request("GET", "/api/v1/accounts?limit=50")]), 200)

    async def command() -> float:
        tokens = await installation.tokens(installation.clerks)
        unit_id, each = installation.territory_id, int(40 * seconds)
        return await run(spread_over(tokens, CLIENTS, lambda _: accounts.registrations(unit_id, each)), 201)

    async def bare() -> float:
        return await closed_loop(CLIENTS, seconds, lambda: collection.find_one({"_id": random.choice(sample)}))

    names = ("read by id", "list of 50", "command", "bare find_one")
    rates = await alternate(bench.terms, read, listing, command, bare, settle=installation.settle)
    return dict(zip(names, rates, strict=True))
