"""The broker: the only place where clients of it are made, so that no setting that matters is left to a default.

The libraries' defaults lose messages: producers acknowledge by one replica and may double records, subscribers commit
before the handler runs and start at the end of a topic they have never read.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError, RecordTooLargeError, for_code
from aiokafka.structs import ConsumerRecord, TopicPartition
from contracts.topics import DEAD_LETTERS, TOPICS, Topic
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from chassis.reader import Reader

Record = ConsumerRecord[bytes | None, bytes | None]

REQUEST_TIMEOUT_MS = 30_000
SESSION_TIMEOUT_MS = 10_000
HEARTBEAT_INTERVAL_MS = 3_000
MAX_POLL_INTERVAL_MS = 300_000
MAX_REQUEST_BYTES = 1_048_576
ADMINISTER_WITHIN_S = 30.0
TOPIC_EXISTS = 36


@dataclass(frozen=True)
class Message:
    """What is sent: the topic's full name, the key that decides the partition, the value and its headers."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Kafka:
    """Where the broker is and how this installation's topics are told from those of others on the same broker."""

    bootstrap_servers: str
    topic_prefix: str = ""
    client_id: str = "terrain"
    max_poll_interval_ms: int = MAX_POLL_INTERVAL_MS
    """A consumer that is busy for longer loses its partitions, and what it was busy with comes again."""

    def topic(self, name: str) -> str:
        """The full name on the broker of a topic that contracts call `name`."""
        return self.topic_prefix + name

    def contract_name(self, topic: str) -> str:
        """What contracts call the topic that is `topic` on the broker."""
        return topic.removeprefix(self.topic_prefix)

    def producer(self) -> AIOKafkaProducer:
        """A producer that neither loses, doubles nor reorders: idempotent, acknowledged by all in-sync replicas."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            client_id=self.client_id,
            enable_idempotence=True,
            acks="all",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            max_request_size=MAX_REQUEST_BYTES,
            max_batch_size=128 * 1024,
            linger_ms=0,
        )

    def consumer(self) -> Reader:
        """A consumer without a group: it is assigned partitions and told where to start, and never commits."""
        return Reader(
            bootstrap_servers=self.bootstrap_servers,
            client_id=self.client_id,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            check_crcs=True,
        )

    def broker(self, *, graceful_timeout_s: float = 10.0) -> KafkaBroker:
        """A FastStream broker that only consumes and makes no topics."""
        return _Broker(
            self.bootstrap_servers,
            client_id=self.client_id,
            consumer_only=True,
            allow_auto_create_topics=False,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            graceful_timeout=graceful_timeout_s,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            apply_types=False,
            logger=logging.getLogger("chassis.kafka"),
        )

    def subscribe(
        self,
        broker: KafkaBroker,
        topics: Iterable[str],
        group_id: str,
        handle: Callable[[tuple[Record, ...]], Awaitable[None]],
        *,
        max_records: int = 200,
    ) -> Any:
        """Let `handle` have the records of `topics` (contract names) in batches, in order within each partition.

        A batch is committed after `handle` has returned; when it raises, every partition goes back to its first record
        of the batch. Returns the subscriber.
        """
        subscriber = broker.subscriber(
            *[self.topic(name) for name in topics],
            group_id=group_id,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            batch=True,
            max_records=max_records,
            batch_timeout_ms=50,
            fetch_max_wait_ms=500,
            fetch_min_bytes=1,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=HEARTBEAT_INTERVAL_MS,
            max_poll_interval_ms=self.max_poll_interval_ms,
            isolation_level="read_uncommitted",
            check_crcs=True,
            no_reply=True,
            parser=parse_records,
            decoder=decode_records,
        )
        subscriber(handle)
        return subscriber


class _Broker(KafkaBroker):
    """FastStream's broker, with our consumer in the place of the library's."""

    async def _connect(self) -> Callable[..., Any]:
        made: Any = await super()._connect()
        self.config.broker_config.builder = partial(Reader, **made.keywords)
        return self.config.broker_config.builder


async def parse_records(records: tuple[Record, ...], original: Callable[..., Awaitable[Any]]) -> Any:
    """FastStream's message of a batch, made without looking at any header.

    Its own parser decodes header values and gives up the whole batch on one that is not UTF-8; it would also obey a
    `reply_to` that a stranger has written.
    """
    message = await original(tuple(replace(record, headers=()) for record in records))
    message.raw_message = records
    return message


async def decode_records(message: Any) -> tuple[Record, ...]:
    """The raw records; what they mean is found out one by one, where a broken one can be set aside."""
    return message.raw_message


class Publisher:
    """An idempotent producer that is thrown away and made anew after any failure.

    A failed batch leaves a hole in the producer's sequence numbers, after which the broker refuses everything that the
    same producer sends to the partition (OutOfOrderSequence); a fenced one is refused for ever.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()

    async def publish(self, messages: Sequence[Message]) -> list[BaseException | None]:
        """Send all in order and wait until each is acknowledged: per message None, or why it is not certain.

        Messages of one key keep their order among those that are acknowledged, but a failed one may be followed by an
        acknowledged one; so resend everything of the key from the first that failed.
        """
        async with self._lock:
            producer = await self._started()
            outcomes: list[BaseException | None] = []
            futures: list[asyncio.Future[Any] | BaseException] = []
            failed_keys: set[tuple[str, bytes | None]] = set()
            for message in messages:
                if (message.topic, message.key) in failed_keys:
                    futures.append(PredecessorFailed())
                    continue
                try:
                    futures.append(
                        await producer.send(
                            message.topic, message.value, key=message.key, headers=list(message.headers)
                        )
                    )
                except Exception as failure:
                    failed_keys.add((message.topic, message.key))
                    futures.append(failure)
            sent = [future for future in futures if isinstance(future, asyncio.Future)]
            if sent:
                await asyncio.wait(sent)
            for future in futures:
                outcomes.append(future.exception() if isinstance(future, asyncio.Future) else future)
            if any(outcome is not None and not is_too_large(outcome) for outcome in outcomes):
                await self._discard()
            return outcomes

    async def close(self) -> None:
        """Let go of the producer; nothing is pending, because `publish` waits."""
        async with self._lock:
            await self._discard()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = self._kafka.producer()
            try:
                await producer.start()
            except BaseException:
                await _stop(producer)
                raise
            self._producer = producer
        return self._producer

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop(producer)


class PredecessorFailed(Exception):
    """Not sent, because an earlier message of the same key was not."""


def is_too_large(failure: BaseException) -> bool:
    """True when the message itself is at fault: no repetition will help."""
    return isinstance(failure, MessageSizeTooLargeError | RecordTooLargeError)


@asynccontextmanager
async def administrator(bootstrap_servers: str, client_id: str = "terrain") -> AsyncGenerator[AIOKafkaAdminClient]:
    """A client for topics and groups. The library would wait for ever for a broker that has gone.

    Raises: TimeoutError when the block takes longer than `ADMINISTER_WITHIN_S`.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, client_id=client_id)
    try:
        async with asyncio.timeout(ADMINISTER_WITHIN_S):
            await admin.start()
            yield admin
    finally:
        await admin.close()


async def ensure_topics(kafka: Kafka, names: Iterable[str] | None = None) -> list[str]:
    """Create the declared topics (all, or those `names` speaks of) that the broker lacks; the names of the new ones.

    A client that merely asks for a missing topic can make the broker create it with another number of partitions,
    which would be kept for ever; so whoever uses topics calls this first. Three replicas, or one per broker where there
    are fewer.
    """
    declared = {topic.name: topic for topic in (*TOPICS, *DEAD_LETTERS)}
    wanted = [declared.get(name) or Topic(name) for name in (declared if names is None else names)]
    if not wanted:
        return []
    async with administrator(kafka.bootstrap_servers, kafka.client_id) as admin:
        present = set(await admin.list_topics())
        missing = [topic for topic in wanted if kafka.topic(topic.name) not in present]
        if not missing:
            return []
        brokers = (await admin.describe_cluster())["brokers"]
        answer: Any = await admin.create_topics(
            [
                NewTopic(kafka.topic(topic.name), topic.partitions, min(3, len(brokers)), topic_configs=topic.config)
                for topic in missing
            ]
        )
        for name, code, *_ in answer.topic_errors:
            if code not in (0, TOPIC_EXISTS):
                raise for_code(code)(name)
        return [topic.name for topic in missing]


async def partitions_of(kafka: Kafka, names: Iterable[str]) -> list[TopicPartition]:
    """Every partition of the topics that contracts call `names`. Raises: LookupError when one of them is missing."""
    async with administrator(kafka.bootstrap_servers, kafka.client_id) as admin:
        described = await admin.describe_topics([kafka.topic(name) for name in names])
        for topic in described:
            if topic["error_code"]:
                raise LookupError(f"the topic {topic['topic']} is not there: {for_code(topic['error_code']).__name__}")
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in sorted(topic["partitions"], key=lambda found: found["partition"])
        ]


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(2):
            await producer.stop()
    except Exception as failure:
        logging.getLogger("chassis.kafka").warning("a producer did not end cleanly: %r", failure)
