"""`python -m benchmarks [NAMES…]`: start the product, measure, print a table; see README.md."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop
from chassis.native.refusal import CannotStart
from terrain.local.processes import LocalStack

from benchmarks import (
    asking,
    commands,
    duplicates,
    forwarding,
    freshness,
    growth,
    hot_row,
    importing,
    memory,
    reacting,
    reading,
    relaying,
    searching,
)
from benchmarks.bench import Bench
from benchmarks.clients import LoadProcess
from benchmarks.figures import Report, Terms
from benchmarks.installation import furnished, standing

BENCHMARKS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "reading": reading.measure,
    "forwarding": forwarding.measure,
    "commands": commands.measure,
    "hot-row": hot_row.measure,
    "relay": relaying.measure,
    "reactions": reacting.measure,
    "freshness": freshness.measure,
    "importing": importing.measure,
    "asking": asking.measure,
    "searching": searching.measure,
    "duplicates": duplicates.measure,
    "growth": growth.measure,
    "memory": memory.measure,
}
"""In the order in which they run: memory last, when everything has been used."""


async def run(names: list[str], report: Report, terms: Terms, stack: LocalStack) -> None:
    """Run the named benchmarks on a running stack."""
    async with furnished(stack) as installation, LoadProcess(installation.stack.gateway_url) as load:
        bench = Bench(installation, load, report, terms)
        for name in names:
            await installation.settle()
            await BENCHMARKS[name](bench)


def main() -> None:
    """Exit codes: 0 measured, whatever came out; 1 could not be measured; 2 wrong command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Our paths beside their raw limits.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all when left out")
    parser.add_argument("--json", type=Path, help="also write each finding as a line of JSON to this file")
    parser.add_argument("--repeats", type=int, default=Terms.repeats, help="blocks of each side")
    parser.add_argument("--seconds", type=float, default=Terms.seconds, help="length of a block")
    parser.add_argument(
        "--data-dir", type=Path, help="use the stack that runs there, or start one there and keep its data"
    )
    parser.add_argument("--port", type=int, help="where the gateway listens; a free port when left out")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown or given.repeats < 1 or given.seconds <= 0:
        parser.error(f"no such benchmark: {', '.join(unknown)}" if unknown else "repeats and seconds are positive")
    names = given.names or list(BENCHMARKS)
    report = Report(given.json)
    terms = Terms(given.repeats, given.seconds)
    try:
        with standing(given.data_dir, given.port) as stack:
            uvloop.run(run(names, report, terms, stack))
    except CannotStart as refused:
        sys.exit(str(refused))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if report.figures:
            print("\n" + report.table())


if __name__ == "__main__":
    main()
