"""Candidates among many institutions: how many are found, how many of them are right, and in how much memory.

A child process compares entries from a file as the service's run does (spilt by key, fetched block by block), so that its
memory is that of the comparison alone; the entries stem from the tests' generator, which shares no code with the matcher.
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from customer.duplicates.blocks import Spill, pairs_of
from customer.duplicates.scoring import CANDIDATE, judge_accounts
from customer.duplicates.traits import AccountTraits, account_keys, account_traits

from benchmarks.bench import Bench
from benchmarks.figures import Figure
from tests.customer.duplicates.institutions import entries, true_pairs

FEW, MANY = 10_000, 100_000
GROWTH = 2.0
"""Ten times as many entries may take at most so many times the memory."""
FETCHED = 500


async def measure(bench: Bench) -> None:
    """Recall and precision over 100,000 institutions; memory with ten times as many."""
    few, many = [await asyncio.to_thread(_compared, count) for count in (FEW, MANY)]
    for what, target in (("recall", 0.95), ("precision", 0.9)):
        bench.report.add(Figure("duplicates", f"{what} over {MANY:,} institutions", many[what], target=target))
    growth = many["peak_mb"] / few["peak_mb"]
    what = f"peak memory, {MANY:,} ÷ {FEW:,}"
    bench.report.add(Figure("duplicates", what, growth, target=GROWTH, ceiling=True, detail={"few": few, "many": many}))
    bench.report.add(Figure("duplicates", "comparing them all", many["seconds"], "s"))


def _compared(count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        found = entries(count)
        path = Path(folder) / "entries"
        with path.open("w", encoding="utf-8") as lines:
            for entry in found:
                lines.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        told = asyncio.run(_child(path))
    truth = true_pairs(found)
    pairs = {(one, other) for one, other in told.pop("pairs")}
    return {"recall": len(pairs & truth) / len(truth), "precision": len(pairs & truth) / len(pairs), **told}


async def _child(path: Path) -> dict[str, Any]:
    command = (sys.executable, "-m", "benchmarks.duplicates", str(path))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return json.loads(out)


class _Entries:
    """Entries of a file, read where they are wanted."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._starts = [0]
        for line in self._file:
            self._starts.append(self._starts[-1] + len(line))
        self.count = len(self._starts) - 1

    def traits(self, number: int) -> AccountTraits:
        self._file.seek(self._starts[number])
        facts = json.loads(self._file.readline())
        del facts["truth"]
        point = facts.pop("point")
        return account_traits(**facts, point=tuple(point) if point else None)


def compare(path: Path) -> dict[str, Any]:
    """The likely pairs among the entries of a file, the time it took, and the process's peak memory."""
    begun, known = time.monotonic(), _Entries(path)
    pairs: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        files = Spill.files_for(known.count * 16)
        spill = Spill(Path(folder), files)
        for start in range(0, known.count, 2_000):
            numbers = range(start, min(start + 2_000, known.count))
            spill.write((str(number), account_keys(known.traits(number))) for number in numbers)
        crowded = spill.crowded()
        for file in range(files):
            cache: dict[str, AccountTraits] = {}
            for key, block in spill.blocks(file).items():
                if len(cache) > FETCHED:
                    cache = {}
                cache |= {one: known.traits(int(one)) for one in block if one not in cache}
                for one, other in pairs_of(key, block, cache, account_keys, _order, crowded):
                    if judge_accounts(cache[one], cache[other]).score >= CANDIDATE:
                        left, right = sorted((int(one), int(other)))
                        pairs.append((left, right))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {"pairs": pairs, "seconds": time.monotonic() - begun, "peak_mb": peak}


def _order(traits: AccountTraits) -> tuple[str, ...]:
    return (traits.division_code or "", traits.names.names[0].flat)


if __name__ == "__main__":
    print(json.dumps(compare(Path(sys.argv[1]))))
