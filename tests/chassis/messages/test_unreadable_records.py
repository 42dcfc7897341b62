"""A record whose header has a name that is not UTF-8, which the consumer's library gives up every fetch for."""

import asyncio
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record import default_records
from aiokafka.structs import TopicPartition
from chassis.reader import UNREADABLE

from tests.chassis.messages.stage import TOPIC, Stage, until
from tests.chassis.messages.test_projections import Notes, Store, running

pytestmark = pytest.mark.stack


class NotText(str):
    """A name that is sent as other bytes."""

    def encode(self, *_: Any) -> bytes:
        return b"\xff\xfe"


async def send_unreadable(stage: Stage, partition: int, count: int) -> None:
    """Append a batch of records to a partition, the first of them unreadable."""
    builder = default_records._DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 100_000)
    for number in range(count):
        name = "name" if number else NotText("name")
        builder.append(number, 1, b"nte_x", b"{}", [(name, b"value")])
    client = AIOKafkaClient(bootstrap_servers=stage.kafka.bootstrap_servers)
    await client.bootstrap()
    try:
        topic = stage.kafka.topic(TOPIC)
        await client._wait_on_metadata(topic)
        leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        request = ProduceRequest(None, -1, 5000, [(topic, [(partition, bytes(builder.build()))])])
        answer = await client.send(leader, request)
        assert answer.topics[0][1][0][1] == 0, answer
    finally:
        await client.close()


async def spoiled(stage: Stage) -> tuple[int, list[int]]:
    """Notes on many partitions, and on that of nte_0 a batch of three unreadable ones between them: where it stands."""
    await stage.send(*[stage.event(f"nte_{n}", 1) for n in range(20)])
    (first,) = [record for record in await stage.records() if record.key == b"nte_0"]
    ahead = [record for record in await stage.records() if record.partition == first.partition]
    await send_unreadable(stage, first.partition, 3)
    await stage.send(*[stage.event(f"nte_{n}", sequence) for sequence in (2, 3) for n in range(20)])
    return first.partition, [len(ahead) + n for n in range(3)]


async def test_unreadable_records_are_set_aside_by_reactions_and_all_others_applied(stage: Stage):
    partition, offsets = await spoiled(stage)
    async with stage.reacting():
        for n in range(20):
            await until(lambda n=n: _kept(stage, f"nte_{n}"))
    letters = await stage.letters()
    assert [(letter["partition"], letter["offset"]) for letter in letters] == [(partition, o) for o in offsets]
    assert {letter["headers"][0][0] for letter in letters} == {UNREADABLE}


async def test_unreadable_records_are_set_aside_by_projections_and_all_others_applied(stage: Stage):
    partition, offsets = await spoiled(stage)
    store = Store()
    async with running(Notes(stage, store)) as projection:
        await asyncio.wait_for(projection.caught_up.wait(), 30)
    assert sorted(store.facts) == sorted((f"nte_{n}", sequence) for n in range(20) for sequence in (1, 2, 3))
    letters = await stage.letters()
    assert [(letter["partition"], letter["offset"]) for letter in letters] == [(partition, o) for o in offsets]


async def _kept(stage: Stage, note: str) -> bool:
    return await stage.kept(note) == ["1", "2", "3"]
