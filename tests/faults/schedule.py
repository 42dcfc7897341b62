"""Seeded schedules of faults against the running product. The same seed gives the same faults and the same clients."""

import asyncio
import random
import signal
import time
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.injectors import poison, repeat_records
from tests.faults.invariants import SUBSCRIBED
from tests.faults.product import PROCESSES, Product

SERVICES = ("customer", "visits", "promotion", "analytics", "gateway")
RELAY_LEASE_S = 5.0


class Kind(StrEnum):
    """What is done."""

    KILL = "kill -9"
    FREEZE = "freeze"
    TERMINATE = "terminate"
    REPEAT = "repeat records of"
    SHUFFLE = "repeat shuffled records of"
    POISON = "poison"


@dataclass(frozen=True)
class Fault:
    """One fault: after `pause_s`, on a process or a topic; `amount` is seconds of a freeze or a number of records."""

    kind: Kind
    target: str
    pause_s: float
    amount: float = 0.0
    seed: int = 0

    def __str__(self) -> str:
        amount = f" ({self.amount:g})" if self.amount else ""
        return f"+{self.pause_s:.1f}s {self.kind.value} {self.target}{amount}"


@dataclass
class Schedule:
    """The faults that follow from a seed."""

    seed: int
    faults: list[Fault]
    done: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, seed: int, *, fewest: int = 10, most: int = 20, longest_pause_s: float = 3.0) -> "Schedule":
        """Between `fewest` and `most` faults."""
        chooser = random.Random(seed)
        kinds = [*[Kind.KILL] * 5, *[Kind.FREEZE] * 3, Kind.TERMINATE, Kind.TERMINATE, Kind.REPEAT, Kind.SHUFFLE]
        kinds += [Kind.POISON] * 2
        faults = [_fault(chooser, chooser.choice(kinds), longest_pause_s) for _ in range(chooser.randint(fewest, most))]
        return cls(seed, faults)

    async def inject(self, product: Product) -> float:
        """Do all of it, one after the other; when the last one was over, on `time.monotonic()`."""
        for fault in self.faults:
            await asyncio.sleep(fault.pause_s)
            began = time.monotonic()
            told = await _inject(product, fault)
            self.done.append(f"{fault}: {told} in {time.monotonic() - began:.1f} s")
        return time.monotonic()


def _fault(chooser: random.Random, kind: Kind, longest_pause_s: float) -> Fault:
    pause_s, seed = round(chooser.uniform(0.2, longest_pause_s), 2), chooser.randrange(2**32)
    topics = sorted({topic for subscribed in SUBSCRIBED.values() for topic in subscribed})
    if kind in (Kind.KILL, Kind.TERMINATE):
        return Fault(kind, chooser.choice(PROCESSES), pause_s, seed=seed)
    if kind is Kind.FREEZE:
        target = chooser.choice(PROCESSES)
        beyond_lease = round(chooser.uniform(RELAY_LEASE_S + 0.5, RELAY_LEASE_S + 3), 1)
        brief = round(chooser.uniform(1, 4), 1)
        return Fault(kind, target, pause_s, beyond_lease if target in SERVICES else brief, seed)
    return Fault(kind, chooser.choice(topics), pause_s, chooser.randint(1, 3) if kind is Kind.POISON else 0, seed)


async def _inject(product: Product, fault: Fault) -> str:
    chooser = random.Random(fault.seed)
    match fault.kind:
        case Kind.KILL:
            return f"process {product.signal(fault.target, signal.SIGKILL)}"
        case Kind.TERMINATE:
            return f"process {product.signal(fault.target, signal.SIGTERM)}"
        case Kind.FREEZE:
            frozen = product.signal(fault.target, signal.SIGSTOP)
            try:
                await asyncio.sleep(fault.amount)
            finally:
                if frozen is not None:
                    product.signal(fault.target, signal.SIGCONT)
            return f"process {frozen}"
        case Kind.POISON:
            return f"{len(await poison(product.kafka, fault.target, chooser, int(fault.amount)))} records"
        case Kind.REPEAT | Kind.SHUFFLE:
            shuffled = fault.kind is Kind.SHUFFLE
            return f"{await repeat_records(product.kafka, fault.target, chooser, shuffled=shuffled)} records"
