"""The ground of the test suite is real: a broker that keeps records, a database with transactions."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from contracts.topics import TOPICS
from pymongo import MongoClient
from pymongo.errors import PyMongoError

pytestmark = pytest.mark.stack


async def test_a_record_sent_is_read_back(broker_address: str, topics: str) -> None:
    topic = topics + TOPICS[0].name
    async with AIOKafkaProducer(bootstrap_servers=broker_address, enable_idempotence=True) as producer:
        sent = await producer.send_and_wait(topic, b"hello", key=b"acc_1")
    consumer = AIOKafkaConsumer(bootstrap_servers=broker_address, group_id=None, auto_offset_reset="earliest")
    async with consumer:
        partition = TopicPartition(topic, sent.partition)
        consumer.assign([partition])
        consumer.seek(partition, sent.offset)
        assert (await consumer.getone()).value == b"hello"


def test_an_aborted_transaction_leaves_nothing(database_uri: str, database_name: str) -> None:
    with MongoClient(database_uri) as client:
        rows = client[database_name]["rows"]
        rows.insert_one({"_id": "kept"})

        def change(session: object) -> None:
            rows.insert_one({"_id": "lost"}, session=session)  # type: ignore[arg-type]
            raise PyMongoError("the command was refused")

        with client.start_session() as session, pytest.raises(PyMongoError, match="refused"):
            session.with_transaction(change)
        assert [row["_id"] for row in rows.find()] == ["kept"]
