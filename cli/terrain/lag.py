"""How far consumers are behind the ends of their topics, asked of the broker itself."""

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition
from chassis.kafka import administrator
from contracts.topics import SERVICES

from terrain.addresses import Addresses


@dataclass(frozen=True)
class Behind:
    """Records that a consumer group has still to read from a topic, over all partitions."""

    group: str
    topic: str
    lag: int


async def lags(where: Addresses) -> list[Behind]:
    """Every topic that a service's group has ever committed to. Projections have no group: see their own metrics."""
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(bootstrap_servers=where.bootstrap_servers)
    async with administrator(where.bootstrap_servers, "terrain-lag") as admin:
        await consumer.start()
        try:
            rows: list[Behind] = []
            for service in SERVICES:
                rows += await _of_group(admin, consumer, where.topic_prefix + service)
            return rows
        finally:
            await consumer.stop()


async def _of_group(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str) -> list[Behind]:
    committed = await admin.list_consumer_group_offsets(group)
    topics = sorted({partition.topic for partition in committed})
    rows: list[Behind] = []
    for description in await admin.describe_topics(topics) if topics else []:
        name = description["topic"]
        partitions = [TopicPartition(name, row["partition"]) for row in description["partitions"]]
        ends, starts = await consumer.end_offsets(partitions), await consumer.beginning_offsets(partitions)
        # A partition without a commit has not been read yet: groups start at the beginning.
        read = {one: committed[one].offset if one in committed else starts[one] for one in partitions}
        rows.append(Behind(group, name, sum(max(0, ends[one] - max(read[one], starts[one])) for one in partitions)))
    return rows
