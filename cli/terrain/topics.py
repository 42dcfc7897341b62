"""Topics as the contracts declare them, made on a broker."""

from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from chassis.kafka import Kafka, administrator, ensure_topics
from contracts.topics import DEAD_LETTERS, TOPICS


@dataclass(frozen=True)
class TopicState:
    """A declared topic beside what the broker has: `action` is none, create, or differs (partitions never change)."""

    name: str
    partitions: int
    found: int | None
    action: str


async def compare_topics(admin: AIOKafkaAdminClient, prefix: str) -> list[TopicState]:
    """Every declared topic and what would have to be done for it."""
    present = set(await admin.list_topics())
    declared = [*TOPICS, *DEAD_LETTERS]
    names = [prefix + topic.name for topic in declared]
    described = {row["topic"]: row for row in await admin.describe_topics([n for n in names if n in present] or None)}
    states: list[TopicState] = []
    for topic, name in zip(declared, names, strict=True):
        found = len(described[name]["partitions"]) if name in present else None
        action = "create" if found is None else "none" if found == topic.partitions else "differs"
        states.append(TopicState(name, topic.partitions, found, action))
    return states


async def apply_topics(bootstrap: str, prefix: str = "", *, dry_run: bool) -> list[TopicState]:
    """Create the declared topics that `bootstrap` lacks; with `dry_run` only say what would be done.

    A topic with another number of partitions is reported as `differs` and left alone: its keys would move.
    """
    async with administrator(bootstrap, "terrain-topics") as admin:
        states = await compare_topics(admin, prefix)
    if not dry_run:
        await ensure_topics(Kafka(bootstrap, prefix, client_id="terrain-topics"))
    return states
