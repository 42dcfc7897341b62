"""What must never be left to a library's default: each of these has lost messages when it was."""

from chassis.kafka import Kafka, decode_records, parse_records
from faststream import AckPolicy

KAFKA = Kafka("127.0.0.1:1", topic_prefix="pre.")


async def handle(records: object) -> None:
    raise AssertionError("not called")


async def test_a_subscriber_names_its_group_its_start_and_its_acknowledgement():
    subscriber = KAFKA.subscribe(KAFKA.broker(), ["test.note"], "pre.reader", handle)
    given = subscriber._connection_args
    assert subscriber.group_id == "pre.reader"
    assert given["auto_offset_reset"] == "earliest"
    assert given["enable_auto_commit"] is False
    assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
    assert given["max_poll_interval_ms"] == 300_000
    assert given["isolation_level"] == "read_uncommitted"
    assert subscriber.topic_names_for_subscribe == ["pre.test.note"]
    assert subscriber._no_reply is True
    assert subscriber._call_options.parser is parse_records
    assert subscriber._call_options.decoder is decode_records


async def test_a_broker_refuses_to_make_topics_or_to_acknowledge_first():
    broker = KAFKA.broker()
    assert broker.config.ack_policy is AckPolicy.NACK_ON_ERROR
    assert broker.config.allow_auto_create_topics is False
    assert broker.config.consumer_only is True


async def test_a_producer_is_idempotent_and_acknowledged_by_all_replicas():
    producer = KAFKA.producer()
    assert producer._txn_manager is not None
    assert producer._sender._acks == -1


async def test_a_reader_without_a_group_never_commits_and_starts_at_the_beginning():
    consumer = KAFKA.consumer()
    assert consumer._group_id is None
    assert consumer._enable_auto_commit is False
    assert consumer._auto_offset_reset == "earliest"
