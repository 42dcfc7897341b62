"""What each process of the installation holds in memory, idle after load."""

import asyncio

import psutil
from terrain.local import state
from terrain.local.layout import DataDir

from benchmarks.bench import Bench
from benchmarks.figures import Figure

LIMITS_MB = {"customer": 150, "visits": 150, "promotion": 150, "gateway": 120}
_REST_S = 5.0


async def measure(bench: Bench) -> None:
    """Resident set, in MB of 10^6 bytes; memory shared with other processes counts in each."""
    await bench.installation.settle()
    await asyncio.sleep(_REST_S)
    run = state.read(DataDir(bench.installation.stack.data_dir).run_file)
    assert run is not None
    for one in run.processes:
        memory = psutil.Process(one.pid).memory_full_info()
        bench.report.add(
            Figure(
                "memory",
                f"{one.name} ({one.role}), resident",
                memory.rss / 1e6,
                "MB",
                LIMITS_MB.get(one.name),
                ceiling=True,
                detail={"own_mb": round(memory.uss / 1e6, 1)},
            )
        )
