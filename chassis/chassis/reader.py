"""A consumer that gets past records which its library cannot read.

The library decodes the names of headers as UTF-8; other libraries let their users write any bytes. One such record breaks
every fetch that it is part of, for ever, and takes along what had just been taken from other partitions.
"""

from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition

UNREADABLE = "unreadable"
"""The one header of the record that stands for an unreadable one."""
_SIZES = (100, 10, 1)
_WAIT_MS = 1000


class Reader(AIOKafkaConsumer):
    """As the library's; an unreadable record is given as an empty one with its topic, partition and offset.

    What follows it in the same batch of its producer is unreadable, too.
    """

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Any]]:
        """Records by partition, in order; waits up to `timeout_ms` for some."""
        before = self._positions()
        try:
            return await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        except UnicodeDecodeError:
            await self._go_back(before)
        found: dict[TopicPartition, list[Any]] = {}
        for partition in partitions or self.assignment():
            if (self.highwater(partition) or 0) > await self.position(partition):
                found |= await self._few(partition, min(max_records or _SIZES[0], _SIZES[0]))
        return found

    async def _few(self, partition: TopicPartition, at_most: int) -> dict[TopicPartition, list[Any]]:
        """The next records of a partition that has some, as far as they can be read; else one that cannot."""
        position = await self.position(partition)
        for size in _SIZES:
            try:
                return await super().getmany(partition, timeout_ms=_WAIT_MS, max_records=min(size, at_most))
            except UnicodeDecodeError:
                self.seek(partition, position)
        self.seek(partition, position + 1)
        return {partition: [_stand_in(partition, position)]}

    async def _go_back(self, before: dict[TopicPartition, int]) -> None:
        """Take back what was taken from partitions without being given to anybody."""
        for partition in self.assignment():
            position = before.get(partition)
            if position is None and self._group_id is not None:  # assigned meanwhile
                position = await self.committed(partition)
            if position is None:
                position = (await self.beginning_offsets([partition]))[partition]
            self.seek(partition, position)

    def _positions(self) -> dict[TopicPartition, int]:
        subscription: Any = self._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        if assignment is None:
            return {}
        states = ((partition, assignment.state_value(partition)) for partition in assignment.tps)
        return {partition: state.position for partition, state in states if state.has_valid_position}


def _stand_in(partition: TopicPartition, offset: int) -> Any:
    return ConsumerRecord[Any, Any](
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=((UNREADABLE, b"the name of a header is not UTF-8"),),
    )
