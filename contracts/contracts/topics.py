"""Topics: one per aggregate kind, keyed by aggregate id, never compacted, kept for ever.

They are the history that read models and outside consumers are rebuilt from. The number of partitions is fixed for the
life of a topic, because the key decides the partition and the partition keeps the order.
"""

from dataclasses import dataclass, field

from contracts.events import REGISTRY

SERVICES = ("customer", "visits", "promotion", "analytics", "gateway")


@dataclass(frozen=True)
class Topic:
    """A topic and how it is made; `events` are the CloudEvents types it carries."""

    name: str
    events: tuple[str, ...] = ()
    partitions: int = 12
    config: dict[str, str] = field(
        default_factory=lambda: {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
    )


def _event_topics() -> list[Topic]:
    names = sorted({event.TOPIC for event in REGISTRY.values()})
    return [Topic(name, tuple(sorted(t for t, e in REGISTRY.items() if name == e.TOPIC))) for name in names]


TOPICS: list[Topic] = _event_topics()
DEAD_LETTERS: list[Topic] = [Topic(f"{service}.dead-letters", partitions=1) for service in SERVICES]


def topics_of(service: str) -> list[Topic]:
    """The event topics that `service` owns."""
    return [topic for topic in TOPICS if topic.name.startswith(f"{service}.")]
