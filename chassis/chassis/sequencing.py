"""Putting the events of each aggregate in order, for readers that keep no lock: pure, decided by the log alone.

A topic may hold 4, 3, 4 of one aggregate (a relay that was frozen, or a send that failed before its successor's). What
is ahead is held until the missing one has come. When the log has gone on for long without it, it is given up: so a
rebuild from the same log decides the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.envelope import Envelope
from contracts.events import Event

Place = tuple[str, int]
"""A topic (the contract's name) and a partition."""


@dataclass(frozen=True, slots=True)
class Record:
    """An event and where it stood."""

    envelope: Envelope
    event: Event
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    raw: Any = field(default=None, repr=False, compare=False)
    """The record as it came, for whoever has to set it aside."""

    @property
    def place(self) -> Place:
        """The partition it came from."""
        return self.topic, self.partition


class Sequencer:
    """Lets pass what is next for its aggregate, drops what was there before, holds what is ahead.

    A held record is given up when its partition has gone on by more than `patience_ms` (by the records' own times) or
    `longest` records.
    """

    def __init__(self, *, patience_ms: int = 60_000, longest: int = 10_000) -> None:
        self._patience_ms = patience_ms
        self._longest = longest
        self._held: dict[Place, dict[str, dict[int, Record]]] = {}
        self.duplicates = 0
        self.given_up = 0
        """Missing events that were not waited for any longer."""

    @property
    def holding(self) -> set[str]:
        """Aggregates that wait for a missing event."""
        return {aggregate for waiting in self._held.values() for aggregate in waiting}

    def barrier(self, place: Place) -> int | None:
        """The first held offset of a partition: whoever starts again has to read from there."""
        waiting = self._held.get(place)
        if not waiting:
            return None
        return min(record.offset for records in waiting.values() for record in records.values())

    def order(self, records: Iterable[Record], progress: Mapping[str, int]) -> tuple[list[Record], dict[str, int]]:
        """What may be applied now, in order, and the sequence each of its aggregates has then reached.

        `progress` is the sequence last applied of every aggregate of `records` and of `holding`; absent = none.
        """
        reached: dict[str, int] = {}
        ready: list[Record] = []
        for record in records:
            self._give_up(record, progress, reached, ready)
            aggregate = record.envelope.subject
            known = reached.get(aggregate, progress.get(aggregate, 0))
            if record.envelope.sequence <= known:
                self.duplicates += 1
            elif record.envelope.sequence > known + 1:
                self._held.setdefault(record.place, {}).setdefault(aggregate, {})[record.envelope.sequence] = record
            else:
                ready.append(record)
                reached[aggregate] = record.envelope.sequence
                self._release(record.place, aggregate, reached, ready)
        return ready, reached

    def _release(self, place: Place, aggregate: str, reached: dict[str, int], ready: list[Record]) -> None:
        waiting = self._held.get(place, {}).get(aggregate)
        if waiting is None:
            return
        for sequence in [s for s in waiting if s <= reached[aggregate]]:
            del waiting[sequence]
        while (record := waiting.pop(reached[aggregate] + 1, None)) is not None:
            ready.append(record)
            reached[aggregate] += 1
        if not waiting:
            self._forget(place, aggregate)

    def _give_up(self, now: Record, progress: Mapping[str, int], reached: dict[str, int], ready: list[Record]) -> None:
        for aggregate, waiting in list(self._held.get(now.place, {}).items()):
            first = min(waiting.values(), key=lambda record: record.offset)
            late = now.timestamp_ms - first.timestamp_ms > self._patience_ms
            if not late and now.offset - first.offset <= self._longest:
                continue
            self.given_up += 1
            known = reached.get(aggregate, progress.get(aggregate, 0))
            for sequence in sorted(waiting):
                if sequence > known:
                    ready.append(waiting[sequence])
                    reached[aggregate] = sequence
            self._forget(now.place, aggregate)

    def _forget(self, place: Place, aggregate: str) -> None:
        del self._held[place][aggregate]
        if not self._held[place]:
            del self._held[place]
