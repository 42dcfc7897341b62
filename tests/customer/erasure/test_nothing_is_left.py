"""After an erasure the person is found nowhere: not in the store, its history and trail, the topics, the answers, the logs."""

import asyncio
from collections.abc import Iterator
from typing import Any

import bson
import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from chassis.audit import verify
from chassis.clock import FixedClock
from chassis.kafka import Kafka
from chassis.testing import a_manager, a_rep, an_auditor
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient, running
from contracts.topics import DEAD_LETTERS, TOPICS
from customer.app import service

from tests.customer.builders import NOW, TODAY, an_account, the_units
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack

WITHIN_S = 30.0
NAME, EARLIER, MOBILE, LICENCE = "欧阳锋", "欧阳克", "13911113333", "110199887766"
SECRETS = (
    NAME,
    EARLIER,
    "ouyangfeng",
    "Zhouyang",
    "zhouyang",
    MOBILE,
    LICENCE,
    "QN-4711",
    "SECRET-EVIDENCE",
    "SECRET-STATUS",
    "SECRET-ILLNESS",
    "SECRET-CANCELLED",
    "SECRET-CONSENT",
    "SECRET-SOURCE",
    "SECRET-ENDED",
)
"""What identifies the person, or was said of the person in free words."""


async def a_life(steward: Person) -> tuple[str, str]:
    """A contact of whom everything is known that can be, and a colleague; their ids."""
    body = {
        "name": EARLIER,
        "pinyin": "Zhouyang Ke",
        "mobile": MOBILE,
        "licence": LICENCE,
        "title": "professor",
        "qualifications": [{"kind": "board", "number": "QN-4711", "issuer": "Board"}],
        "affiliation": {"account_id": "acc_A", "valid_from": "2024-01-01", "share": 60},
    }
    made = await steward.call("POST", "/contacts", body, idempotency_key="a-life")
    assert made.status_code == 201
    one, other = made.json()["id"], (await steward.contact("李四"))["id"]
    path = f"/contacts/{one}"
    await done(steward, "PATCH", path, {"name": NAME, "pinyin": "Zhouyang Feng"}, if_match="*")
    await done(
        steward, "POST", f"{path}/moves", {"to_account_id": "acc_B", "on": "2026-02-01", "evidence": "SECRET-EVIDENCE"}
    )
    plan = await done(steward, "POST", f"{path}/moves", {"to_account_id": "acc_A", "on": "2026-09-01"})
    planned = plan["affiliations"][-1]["id"]
    await done(steward, "POST", f"{path}/affiliations/{planned}/cancellation", {"reason": "SECRET-CANCELLED"})
    side = {"account_id": "acc_A", "share": 10, "valid_from": "2026-02-15", "evidence": "SECRET-EVIDENCE"}
    ended = (await done(steward, "POST", f"{path}/affiliations", side))["affiliations"][-1]["id"]
    await done(steward, "POST", f"{path}/affiliations/{ended}/end", {"on": "2026-03-01", "reason": "SECRET-ILLNESS"})
    await done(steward, "POST", f"{path}/status", {"status": "inactive", "reason": "SECRET-STATUS"})
    consent = {"channel": "sms", "purpose": "promotion", "act": "opt_in", "evidence": "SECRET-CONSENT"}
    await done(steward, "POST", f"{path}/consents", consent)
    for ends in ((one, other), (other, one)):
        edge = {"from_contact_id": ends[0], "to_contact_id": ends[1], "type": "x", "strength": 5}
        influence = await done(
            steward, "POST", "/influence/edges", edge | {"source": "SECRET-SOURCE", "valid_from": "2026-01-01"}
        )
        end = {"on": "2027-01-01", "reason": "SECRET-ENDED"}
        await done(steward, "POST", f"/influence/edges/{influence['id']}/end", end)
    refused = await steward.call("POST", "/contacts", body | {"name": "somebody else"})
    assert (refused.status_code, refused.json()["contact_id"]) == (409, one)
    assert (await steward.call("PATCH", path, {"mobile": f"{MOBILE}9"}, if_match="*")).status_code == 422
    return one, other


async def done(person: Person, method: str, path: str, body: Any, **headers: str) -> Any:
    answer = await person.call(method, path, body, **headers)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def secrets_in(content: bytes) -> set[str]:
    """Which secrets stand in some bytes: as text, and as text inside JSON."""
    text = content.decode("utf-8", errors="replace")
    return {secret for secret in SECRETS if secret in text or orjson.dumps(secret).decode()[1:-1] in text}


async def stored(client: ServiceClient) -> dict[str, set[str]]:
    """The secrets that each collection of the database holds, whatever it is."""
    database, found = client.app.state.edge.database, dict[str, set[str]]()
    for name in await database.client[database.name].list_collection_names():
        async for document in database.collection(name).find({}):
            held = secrets_in(bson.encode(document))
            if held:
                found[name] = found.get(name, set()) | held
    return found


async def on_topics(address: str, prefix: str) -> tuple[int, set[str]]:
    """How many records all topics hold, and which secrets."""
    kafka, records, held = Kafka(address, prefix, client_id="tests"), 0, set[str]()
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        named = [kafka.topic(topic.name) for topic in (*TOPICS, *DEAD_LETTERS)]
        described = await admin.describe_topics([name for name in named if name in await admin.list_topics()])
    finally:
        await admin.close()
    places = [TopicPartition(each["topic"], part["partition"]) for each in described for part in each["partitions"]]
    consumer = kafka.consumer()
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for found in (await consumer.getmany(timeout_ms=200)).values():
                for record in found:
                    records += 1
                    headers = b"".join(value or b"" for _, value in record.headers)
                    held |= secrets_in((record.value or b"") + headers + (record.key or b""))
    finally:
        await consumer.stop()
    return records, held


def paths_of(contact_id: str, other_id: str, instants: list[str]) -> Iterator[str]:
    """Everything that can be asked about the contact."""
    one = f"/contacts/{contact_id}"
    yield from (one, f"{one}/affiliations", f"{one}/history", f"{one}/consents", f"{one}/influence?depth=3")
    yield from (f"{one}/erasure", f"/contacts/{other_id}/influence?depth=3", "/contacts?limit=500")
    yield from ("/contacts?account_id=acc_A&limit=500", "/contacts?account_id=acc_B&limit=500")
    for instant in instants:
        yield from (f"{one}?known_at={instant}", f"{one}/affiliations?known_at={instant}")
        yield f"{one}/consents?known_at={instant}"


async def test_an_erased_person_is_found_nowhere(
    database_uri: str,
    database_name: str,
    broker_address: str,
    topics: str,
    capfd: pytest.CaptureFixture[str],
):
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
        relay=True,
        reactions=True,
        clock=FixedClock(NOW),
    ) as client:
        await seed(client, [*the_units(), an_account("acc_A"), an_account("acc_B", path=SOUTH)])
        steward = Person(client)
        contact_id, other_id = await a_life(steward)
        history = await steward.items(f"/contacts/{contact_id}/history?limit=500")
        instants = [change["recorded_at"].replace("+", "%2B") for change in history]
        everything = set().union(*(await stored(client)).values())
        assert everything == set(SECRETS), "all of it was there before"

        assert (
            await Person(client, a_rep()).call("POST", f"/contacts/{contact_id}/erasure", {"reason": "x"})
        ).status_code == 403
        south = Person(client, a_manager(path=SOUTH))
        answer = await steward.call(
            "POST", f"/contacts/{contact_id}/erasure", {"reason": "asked for"}, idempotency_key="e"
        )
        assert (answer.status_code, answer.json()["remaining"]["fields"]) == (200, [])
        proof = await finished(steward, contact_id)
        assert (proof["remaining"], proof["reason"]) == ({"fields": [], "versions": 0, "words": 0}, "asked for")
        assert proof["facts_digest"] == proof["parts"][0]["digest"]
        assert [part["noun"] for part in proof["parts"]] == ["contact", "influence", "influence"]
        again = await steward.call(
            "POST", f"/contacts/{contact_id}/erasure", {"reason": "asked for"}, idempotency_key="e"
        )
        assert (again.status_code, again.json()["at"]) == (200, proof["at"])

        assert await stored(client) == {}
        report = await verify(client.app.state.edge.database)
        assert (report.ok, report.faults) == (True, [])
        assert report.erased >= 4
        records, held = await on_topics(broker_address, topics)
        assert (records > 10, held) == (True, set())

        for path in paths_of(contact_id, other_id, instants):
            shown = await steward.call("GET", path)
            assert shown.status_code == 200, path
            assert secrets_in(shown.content) == set(), path
        for query in (NAME, "ouyang", "zhouyang", EARLIER):
            assert await steward.items(f"/contacts?q={query}") == []
        replayed = await steward.call("POST", "/contacts", {"name": "x"}, idempotency_key="a-life")
        assert (replayed.status_code, secrets_in(replayed.content)) == (400, set())
        assert (await south.get(f"/contacts/{contact_id}"))["name"] is None
        named = (await steward.call("POST", "/contacts/names", {"ids": [contact_id]})).json()
        assert named["items"] == [{"id": contact_id, "name": None}]
        facts = await Person(client, an_auditor()).get(f"/contacts/{contact_id}?as_of={TODAY}")
        assert (facts["erased"], facts["title"], facts["status"]) == (True, "professor", "inactive")
        assert [one["account_id"] for one in facts["affiliations"]] == ["acc_B"]
        (change,) = [
            one for one in await steward.items(f"/contacts/{contact_id}/history?limit=500") if "name" in one["changed"]
        ][-1:]
        assert (change["command"], change["events"]) == ("erase_contact", ["customer.contact-erased.v1"])
    written = capfd.readouterr()
    assert "POST" in written.out + written.err or "started" in written.out + written.err
    assert secrets_in((written.out + written.err).encode()) == set()


async def finished(steward: Person, contact_id: str) -> Any:
    """The proof once the last words are gone."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            proof = await steward.get(f"/contacts/{contact_id}/erasure")
            if proof["state"] == "done":
                return proof
            await asyncio.sleep(0.1)
