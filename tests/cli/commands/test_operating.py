"""The operators' commands against a real broker and a real database."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from contracts.topics import TOPICS
from pymongo import MongoClient
from pymongo.database import Database
from terrain.local import processes
from terrain.main import app
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.stack


@pytest.fixture
def stack(
    broker_address: str, database_uri: str, topics: str, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MongoClient[Any]]:
    """The commands' environment; every service has its database under this module's name."""
    for name, value in (
        ("KAFKA_BOOTSTRAP_SERVERS", broker_address),
        ("MONGODB_URI", database_uri),
        ("TOPIC_PREFIX", topics),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("terrain.databases.database_of", lambda service: f"{database_name}_{service}")
    with MongoClient(database_uri, tz_aware=True) as client:
        yield client


@pytest.fixture
def visits(stack: MongoClient[Any], database_name: str) -> Database[Any]:
    return stack[f"{database_name}_visits"]


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def answer(*arguments: str) -> Any:
    told = call(*arguments, "--json")
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def letter(aggregate: str, sequence: int, offset: int, kind: str = "handler") -> dict[str, Any]:
    return {
        "_id": f"visits/customer.account/0/{offset}",
        "consumer": "visits",
        "topic": "customer.account",
        "partition": 0,
        "offset": offset,
        "aggregate_id": aggregate,
        "sequence": sequence,
        "type": "customer.account-created.v1",
        "time": None,
        "error": {"kind": kind, "detail": "boom"},
        "at": datetime.now(UTC) + timedelta(seconds=sequence),
        "state": "open",
        "headers": [["ce_id", b"\xff1"]],
        "key": aggregate.encode(),
        "value": b"{}",
        "omitted": False,
    }


@pytest.fixture
def parked(visits: Database[Any]) -> str:
    """An aggregate that waits behind two letters; its id."""
    aggregate = f"acc_{uuid.uuid4().hex[:6]}"
    offset = uuid.uuid4().int % 10**9
    visits["dead_letters"].insert_many([letter(aggregate, 1, offset), letter(aggregate, 2, offset + 1, "follows")])
    waits = {"kind": "handler", "detail": "boom", "sequence": 1, "since": datetime.now(UTC), "letters": 2}
    visits["progress"].insert_one({"_id": f"visits/customer.account/{aggregate}", "sequence": 0, "parked": waits})
    return aggregate


def test_letters_are_listed_oldest_first_and_shown_whole(parked: str) -> None:
    listed = answer("dead-letters", "list", "--aggregate", parked)["dead_letters"]
    assert [row["sequence"] for row in listed] == [1, 2]
    shown = json.loads(call("dead-letters", "show", listed[0]["_id"]).stdout)
    assert shown["value"] == "{}"
    assert shown["headers"] == [["ce_id", "\\xff1"]]
    assert answer("dead-letters", "list", "--aggregate", parked, "--state", "dropped")["dead_letters"] == []


def test_a_redrive_is_only_asked_for_with_yes(parked: str, visits: Database[Any]) -> None:
    where = {"_id": f"visits/customer.account/{parked}"}
    dry = answer("dead-letters", "redrive", parked)
    assert (dry["dry_run"], len(dry["letters"]), dry["asked"]) == (True, 2, [])
    assert "redrive" not in visits["progress"].find_one(where)["parked"]
    done = answer("dead-letters", "redrive", parked, "--why", "fixed", "--yes")
    assert done["asked"] == [where["_id"]]
    request = visits["progress"].find_one(where)["parked"]["redrive"]
    assert (request["why"], request["over_gap"], request["by"].partition(":")[0]) == ("fixed", False, "terrain")


def test_a_letter_is_only_dropped_with_yes_and_a_reason(parked: str, visits: Database[Any]) -> None:
    first = answer("dead-letters", "list", "--aggregate", parked)["dead_letters"][0]["_id"]
    assert answer("dead-letters", "drop", first)["dry_run"] is True
    assert call("dead-letters", "drop", first, "--yes").exit_code == 2
    assert visits["dead_letters"].find_one({"_id": first})["state"] == "open"
    answer("dead-letters", "drop", first, "--why", "test record", "--yes")
    stored = visits["dead_letters"].find_one({"_id": first})
    assert (stored["state"], stored["closed"]["why"]) == ("dropped", "test record")
    again = call("dead-letters", "drop", first, "--why", "again", "--yes")
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)


def test_what_does_not_exist_is_one_sentence(stack: MongoClient[Any]) -> None:
    for order in (
        ["show", "visits/x/0/1"],
        ["redrive", "acc_none"],
        ["show", "nobody/x/0/1"],
        ["list", "--state", "odd"],
    ):
        told = call("dead-letters", *order)
        assert told.exit_code in (1, 2)
        assert told.stderr.count("\n") == 1


async def test_lag_counts_what_a_group_has_not_committed(
    stack: MongoClient[Any], broker_address: str, topics: str
) -> None:
    from terrain.addresses import Addresses
    from terrain.lag import lags

    topic = topics + TOPICS[0].name
    async with AIOKafkaProducer(bootstrap_servers=broker_address) as producer:
        for number in range(5):
            await producer.send_and_wait(topic, b"{}", partition=number % 2)
    group = f"{topics}gateway"
    consumer = AIOKafkaConsumer(bootstrap_servers=broker_address, group_id=group, enable_auto_commit=False)
    async with consumer:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.commit({TopicPartition(topic, 0): 1})
    (row,) = await lags(Addresses(broker_address, "", topics))
    assert (row.group, row.topic, row.lag) == (group, topic, 2 + 2)  # two of three in partition 0, all of partition 1


def test_the_relay_shows_what_is_unpublished_and_who_sends(visits: Database[Any]) -> None:
    now = datetime.now(UTC)
    recorded = int((now - timedelta(seconds=30)).timestamp() * 1e6)
    visits["journal"].insert_many(
        [{"_id": "vis_1:1", "recorded_at": recorded, "unpublished": True}, {"_id": "vis_1:2", "recorded_at": recorded}]
    )
    visits["leases"].insert_many(
        [
            {"_id": "relay", "holder": "here", "expires_at": now + timedelta(minutes=1)},
            {"_id": "sealer", "holder": "gone", "expires_at": now - timedelta(minutes=1)},
        ]
    )
    (row,) = [row for row in answer("relay")["relays"] if row["service"] == "visits"]
    assert row["unpublished"] == 1
    assert 25 < row["oldest_seconds"] < 60
    assert [(lease["holder"], lease["held"]) for lease in row["leases"]] == [("here", True), ("gone", False)]


def test_topics_are_compared_and_only_made_with_yes(stack: MongoClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_PREFIX", f"t{uuid.uuid4().hex[:6]}.")
    assert {row["action"] for row in answer("topics", "list")["topics"]} == {"create"}
    assert {row["action"] for row in answer("topics", "apply")["topics"]} == {"create"}
    answer("topics", "apply", "--yes")
    assert {row["action"] for row in answer("topics", "list")["topics"]} == {"none"}


def test_topics_with_other_partitions_are_reported_and_left_alone(stack: MongoClient[Any]) -> None:
    told = call("topics", "apply", "--yes", "--json")  # the fixture made them with three partitions
    assert told.exit_code == 1
    assert "differs" in {row["action"] for row in json.loads(told.stdout)["topics"]}


def test_without_a_stack_a_command_says_so(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI"):
        monkeypatch.delenv(name, raising=False)
    told = call("lag", "--data-dir", str(tmp_path))
    assert told.exit_code == 1
    assert "start it with `terrain up`" in told.stderr


def test_the_databases_are_those_that_up_uses() -> None:
    assert processes.database_of("visits") == "terrain_visits"


def test_a_rebuild_is_only_asked_for_with_yes(stack: MongoClient[Any], database_name: str) -> None:
    requests = stack[f"{database_name}_analytics"]["rebuild_requests"]
    assert answer("rebuild", "analytics") == {"dry_run": True}
    assert requests.count_documents({}) == 0
    told = answer("rebuild", "analytics", "--yes")
    asked = requests.find_one({"_id": told["request"]})
    assert asked["requested_by"].startswith("terrain:")
    assert abs((datetime.now(UTC) - asked["requested_at"]).total_seconds()) < 60


async def test_a_followed_rebuild_ends_with_what_the_processes_report(
    stack: MongoClient[Any], broker_address: str, database_uri: str, topics: str, database_name: str
) -> None:
    from terrain.addresses import Addresses
    from terrain.rebuilds import NotRebuilt, follow_rebuild, request_rebuild

    where = Addresses(broker_address, database_uri, topics)
    requests = stack[f"{database_name}_analytics"]["rebuild_requests"]
    request = await request_rebuild(where, "a test")
    with pytest.raises(NotRebuilt, match="within 1 s"):
        await follow_rebuild(where, request, lambda _left: None, within=1.0)
    requests.update_one(
        {"_id": request}, {"$set": {"processes": {"a_1": {"state": "done"}, "b_1": {"state": "failed"}}}}
    )
    with pytest.raises(NotRebuilt, match="failed in b_1"):
        await follow_rebuild(where, request, lambda _left: None, within=1.0)
    requests.update_one({"_id": request}, {"$set": {"processes.b_1.state": "done"}})
    assert set(await follow_rebuild(where, request, lambda _left: None, within=1.0)) == {"a_1", "b_1"}
