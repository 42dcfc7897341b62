"""Processes are killed, frozen, ended and fed with nonsense while clients work; afterwards nothing may be wrong.

`make faults SCHEDULES=50` runs fifty long schedules with new seeds, `SEED=… make faults` one of them again. Without either
two short ones with fixed seeds run.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from chassis.journal import JOURNAL
from chassis.lease import LEASES
from chassis.native import child, ports
from terrain.local.processes import LocalStack

from tests.faults.conftest import Ground
from tests.faults.injectors import repeat_records
from tests.faults.product import MAX_POLL_INTERVAL_MS, Product
from tests.faults.schedule import RELAY_LEASE_S, Schedule

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]

SHORT_SEEDS = (11, 12)


def chosen() -> list[Schedule]:
    """The schedules of this run, by the environment."""
    if "SEED" in os.environ:
        return [Schedule.of(int(os.environ["SEED"]))]
    if "SCHEDULES" in os.environ:
        first = random.SystemRandom().randrange(10**6) * 1000
        return [Schedule.of(first + number) for number in range(int(os.environ["SCHEDULES"]))]
    return [Schedule.of(seed, fewest=6, most=6, longest_pause_s=2.0) for seed in SHORT_SEEDS]


@dataclass
class Scripted(Schedule):
    """A schedule whose faults are written out."""

    script: Callable[[Product], Awaitable[None]] = field(kw_only=True)

    async def inject(self, product: Product) -> float:
        """Run the script; when it was over."""
        await self.script(product)
        return time.monotonic()


@pytest.mark.parametrize("schedule", chosen(), ids=lambda schedule: f"SEED={schedule.seed}")
async def test_whatever_happens_to_the_processes_the_invariants_hold(schedule: Schedule, ground: Ground):
    report = await ground.run(schedule, rebuild=schedule.seed % 5 in (0, 1))
    assert not report.violations, str(report)


async def test_a_database_that_is_away_beyond_the_poll_interval_costs_nothing(ground: Ground):
    """Every consumer is busy with records that it cannot apply, for longer than the broker lets it keep its partitions."""

    async def stop_the_database(product: Product) -> None:
        await asyncio.sleep(3)
        product.signal("secantusdb", signal.SIGSTOP)
        try:
            for topic in ("customer.account", "customer.employee", "visits.visit", "promotion.disbursement"):
                await repeat_records(product.kafka, topic, random.Random(1), shuffled=False)
            await asyncio.sleep(MAX_POLL_INTERVAL_MS / 1000 + 6)
        finally:
            product.signal("secantusdb", signal.SIGCONT)

    report = await ground.run(Scripted(1, [], script=stop_the_database))
    assert not report.violations, str(report)


async def test_a_relay_frozen_in_the_middle_of_a_batch_beyond_its_lease_harms_nothing(ground: Ground):
    """Three processes stand for the relay's lease; who holds it is frozen while the broker owes it acknowledgements."""
    holders: list[int] = []

    async def freeze_the_relay(product: Product) -> None:
        relays = [_relay(product.stack, number) for number in range(2)]
        try:
            holder = await _handed_over(product, [relay.pid for relay in relays])
            product.signal("kafka", signal.SIGSTOP)
            await _until(lambda: _waiting_rows(product))
            await asyncio.sleep(0.5)  # the relay has sent them and waits
            os.kill(holder, signal.SIGSTOP)
            product.signal("kafka", signal.SIGCONT)
            try:
                holders.extend((holder, await _until(lambda: _holder(product, other_than=holder))))
                await asyncio.sleep(2)
            finally:
                os.kill(holder, signal.SIGCONT)
            await asyncio.sleep(RELAY_LEASE_S)
        finally:
            product.signal("kafka", signal.SIGCONT)
            await asyncio.to_thread(child.stop, relays, 5.0)

    report = await ground.run(Scripted(2, [], script=freeze_the_relay))
    assert not report.violations, str(report)
    assert len(set(holders)) == 2


def _relay(stack: LocalStack, number: int):
    """`python -m customer --role relay`, beside the one that the supervisor runs."""
    environment = stack.env("customer") | {"HTTP_PORT": str(ports.free_ports(1)[0])}
    command = stack.command("customer", "--role", "relay")
    return child.start(command, log=stack.data_dir / "logs" / f"relay{number}.log", env=environment)


async def _handed_over(product: Product, among: list[int]) -> int:
    """One of these processes holds the relay's lease: the service's own is ended, as often as it comes back first."""
    ended = 0

    async def look() -> int:
        nonlocal ended
        holder = await _holder(product, other_than=ended)
        own = product.process_of("customer")
        if own is not None and own.pid == holder:
            ended = product.signal("customer", signal.SIGTERM) or ended  # gives its lease up at once
        return holder if holder in among else 0

    return await _until(look)


async def _holder(product: Product, *, other_than: int) -> int:
    """The process that holds the relay's lease; 0 while nobody does or that one still does."""
    lease = await product.databases["customer"].collection(LEASES).find_one({"_id": "relay"})
    holder = int(lease["holder"].split(":")[-2]) if lease else 0
    return 0 if holder == other_than else holder


async def _waiting_rows(product: Product) -> int:
    return await product.databases["customer"].collection(JOURNAL).count_documents({"unpublished": True})


async def _until(look: Callable[[], Awaitable[int]], within_s: float = 60.0) -> int:
    """What is looked for, as soon as it is not 0. Raises: TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.2)
