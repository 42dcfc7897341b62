"""Copies of documents in memory, with a promise: no copy is older than a given age.

Reading a copy costs a dictionary look-up. Changes arrive by polling once a second; copies in use are read again in
batches before they are too old, so that a request hardly ever waits; when the database is away, copies run out and
whoever needs one is told to come back. Nothing is ever believed for longer than promised.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

_RENEW_AT = 0.5
"""Share of the greatest age at which a copy in use is read again."""
_BATCH = 500


class Source(Protocol[T]):
    """Where a mirror's documents come from."""

    async def by_ids(self, ids: list[str]) -> dict[str, T]:
        """Those that exist, by id."""
        ...

    async def changed_since(self, at: datetime) -> list[tuple[str, T, datetime]]:
        """What changed at or after an instant: id, document, when."""
        ...


@dataclass(slots=True)
class _Copy(Generic[T]):
    value: T | None
    read_at: float
    used: bool = True


class Mirror(Generic[T]):
    """Copies by id. `max_age_s` is the promise; `capacity` the most copies kept (the oldest go first)."""

    def __init__(
        self,
        source: Source[T],
        *,
        max_age_s: float = 45.0,
        capacity: int = 50_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._max_age_s = max_age_s
        self._capacity = capacity
        self._clock = clock
        self._copies: dict[str, _Copy[T]] = {}

    def __len__(self) -> int:
        return len(self._copies)

    def fresh(self, identifier: str) -> T | None:
        """The copy, when there is one that is not too old."""
        copy = self._copies.get(identifier)
        if copy is None or self._clock() - copy.read_at > self._max_age_s:
            return None
        copy.used = True
        return copy.value

    async def get(self, identifier: str) -> T | None:
        """The copy, read from the source when there is no fresh one; None when the document does not exist.

        Raises: what the source raises.
        """
        value = self.fresh(identifier)
        if value is not None:
            return value
        at = self._clock()
        value = (await self._source.by_ids([identifier])).get(identifier)
        if value is None:
            self._copies.pop(identifier, None)
            return None
        self._keep(identifier, value, at)
        return value

    def put(self, identifier: str, value: T) -> None:
        """Take over what this process itself has just written."""
        self._keep(identifier, value, self._clock())

    def forget(self, identifier: str) -> None:
        """Read it anew next time."""
        self._copies.pop(identifier, None)

    async def follow(self, since: datetime) -> datetime:
        """Take over what changed since an instant; gives the latest change seen, or `since`."""
        at = self._clock()
        latest = since
        for identifier, value, changed_at in await self._source.changed_since(since):
            latest = max(latest, changed_at)
            if identifier in self._copies:
                used = self._copies[identifier].used
                self._keep(identifier, value, at)
                self._copies[identifier].used = used
        return latest

    async def renew(self) -> None:
        """Read copies in use again before they are too old, and drop those that nobody asked for."""
        now = self._clock()
        due = [(key, copy) for key, copy in self._copies.items() if now - copy.read_at > self._max_age_s * _RENEW_AT]
        wanted: list[str] = []
        for key, copy in due:
            if copy.used:
                wanted.append(key)
            elif now - copy.read_at > self._max_age_s:
                del self._copies[key]
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            at = self._clock()
            found = await self._source.by_ids(batch)
            for key in batch:
                if key in found:
                    self._keep(key, found[key], at)
                    self._copies[key].used = False
                else:
                    self._copies.pop(key, None)

    def _keep(self, identifier: str, value: T, read_at: float) -> None:
        known = self._copies.pop(identifier, None)
        if known is not None and known.read_at > read_at:
            self._copies[identifier] = known  # a slower read must not undo a newer one
            return
        if len(self._copies) >= self._capacity:
            del self._copies[next(iter(self._copies))]
        self._copies[identifier] = _Copy(value, read_at)
