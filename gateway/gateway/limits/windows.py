"""Counters in memory for the `limits` library, without the threads that its own memory storage keeps starting."""

import time
from collections.abc import Callable

from limits.storage import Storage

_SWEEP_AT = 10_000
"""Keys that are kept before those whose window is over are looked for."""


class Windows(Storage):
    """Counts by key, each until its window ends. For one event loop; nothing is awaited, so nothing is locked."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._counts: dict[str, tuple[int, float]] = {}
        self._sweep_at = _SWEEP_AT

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library is to take for a failure of the storage."""
        return OSError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` more; a new window lasts `expiry` seconds."""
        now = self._clock()
        count, ends = self._counts.get(key, (0, 0.0))
        if now >= ends:
            count, ends = 0, now + expiry
            if len(self._counts) >= self._sweep_at:
                self._sweep(now)
        self._counts[key] = (count + amount, ends)
        return count + amount

    def decr(self, key: str, amount: int = 1) -> int:
        """Take back what was counted in this window."""
        count = max(0, self.get(key) - amount)
        if key in self._counts:
            self._counts[key] = (count, self._counts[key][1])
        return count

    def get(self, key: str) -> int:
        """The count of the present window."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if self._clock() < ends else 0

    def get_expiry(self, key: str) -> float:
        """When the present window ends, seconds since 1970; now, when there is none."""
        return max(self._clock(), self._counts.get(key, (0, 0.0))[1])

    def check(self) -> bool:
        """True: memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; how many keys."""
        forgotten = len(self._counts)
        self._counts.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one key."""
        self._counts.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._counts = {key: kept for key, kept in self._counts.items() if now < kept[1]}
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._counts))
