"""A command through the gateway beside the same documents in a bare transaction, 16 clients each."""

from chassis.journal import JOURNAL

from benchmarks import accounts
from benchmarks.bench import Bench
from benchmarks.clients import NoMoreWork, closed_loop, spread_over
from benchmarks.clones import Template
from benchmarks.figures import alternate, ratio

CLIENTS = 16
TARGET = 0.5
_AT_MOST = 500
"""Commands a second for which work is prepared, of all clients together."""


async def measure(bench: Bench) -> None:
    """Both sides write into the product's own collections: indexes, relay, audit trail and consumers are the same."""
    installation = bench.installation
    database = installation.database("customer")
    (model,) = await accounts.some(installation, 1)
    template = await Template.read(database, "accounts", model)
    seconds, prepared = bench.terms.seconds, int(_AT_MOST * bench.terms.seconds)
    latencies: list[float] = []

    async def ours() -> float:
        tokens = await installation.tokens(installation.clerks)
        clients = spread_over(
            tokens, CLIENTS, lambda _: accounts.registrations(installation.territory_id, prepared // CLIENTS)
        )
        answers = await bench.load.block(clients, seconds, expect=201)
        latencies.append(answers.p99_ms)
        return answers.rate

    async def raw() -> float:
        waiting = template.copies(prepared, told=False)

        async def write() -> None:
            if not waiting:
                raise NoMoreWork
            account, journal = waiting.pop()
            async with database.transaction() as session:
                await database.collection("accounts").insert_one(account, session=session)
                await database.collection(JOURNAL).insert_one(journal, session=session)

        return await closed_loop(CLIENTS, seconds, write)

    mine, bare = await alternate(bench.terms, ours, raw, settle=installation.settle)
    figure = ratio("commands", "POST /accounts ÷ bare transaction", mine, bare, target=TARGET, p99_ms=latencies)
    bench.report.add(figure)
