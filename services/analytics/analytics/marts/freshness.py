"""How far the marts have come, so that every answer can say up to which instant it is complete."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PartitionPlace:
    """Where the marts stand in one partition.

    `end` is where the partition ended at `checked_at`. `sent_at` is when the last record applied was sent, `event_at` what
    its event says of its own time; both None before the first.
    """

    topic: str
    partition: int
    position: int
    end: int
    checked_at: datetime
    sent_at: datetime | None = None
    event_at: datetime | None = None

    @property
    def lag(self) -> int:
        """Records not applied yet."""
        return max(0, self.end - self.position)

    @property
    def complete_until(self) -> datetime | None:
        """The instant up to which all that was on the topic is applied; None while that is unknown."""
        return self.checked_at if self.lag == 0 else self.sent_at


@dataclass(frozen=True)
class TopicFreshness:
    """A topic: records not applied yet, and the instant up to which it is complete (None = unknown)."""

    topic: str
    lag: int
    as_of: datetime | None
    last_event_at: datetime | None


@dataclass(frozen=True)
class Freshness:
    """All topics together. `as_of` is the least of theirs; `lag` is None before the broker has told anything."""

    as_of: datetime | None
    lag: int | None
    last_event_at: datetime | None
    topics: tuple[TopicFreshness, ...] = ()


def freshness_of(places: Iterable[PartitionPlace]) -> Freshness:
    """Sum partitions up by topic and over all; nothing read yet = complete until an unknown instant."""
    by_topic: dict[str, list[PartitionPlace]] = {}
    for place in places:
        by_topic.setdefault(place.topic, []).append(place)
    topics = tuple(
        TopicFreshness(
            topic,
            sum(place.lag for place in found),
            _least([place.complete_until for place in found]),
            _latest([place.event_at for place in found]),
        )
        for topic, found in sorted(by_topic.items())
    )
    return Freshness(
        _least([topic.as_of for topic in topics]),
        sum(topic.lag for topic in topics) if topics else None,
        _latest([topic.last_event_at for topic in topics]),
        topics,
    )


def _least(instants: list[datetime | None]) -> datetime | None:
    known = [instant for instant in instants if instant is not None]
    return min(known) if known and len(known) == len(instants) else None


def _latest(instants: list[datetime | None]) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)
