"""Poison on every topic that is subscribed to, seeded, between the events of a company's history.

`POISON=100000 pytest tests/faults/test_poison.py` sends so many records instead of the usual few.
"""

import asyncio
import os
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import analytics.app
import gateway.app
import pytest
from analytics.marts.content_hash import content_hash
from analytics.marts.file import MartFile
from chassis.kafka import Kafka, Message, Record, partitions_of
from chassis.mongo import Database, connect
from chassis.reactions import Reactions
from chassis.service import Service
from chassis.testing import an_hq
from chassis.testing.service import ServiceClient, as_principal, running
from chassis.works import Works
from contracts.events.promotion import DisbursementBooked, DisbursementState, LocationOpened, LocationState
from contracts.values import LocationKind, VisitState
from customer.app import service as customer
from promotion.app import service as promotion
from visits.app import service as visits
from visits.visits.model import Visit

from tests.analytics.histories import HQ, START, TERRITORIES, History, apply_all, busy_company, last_id
from tests.faults import invariants
from tests.faults.injectors import PLANTED, TopicReader, is_planted, poisoned, send
from tests.faults.invariants import SUBSCRIBED

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

SEED = int(os.environ.get("SEED", "7"))
RECORDS = int(os.environ.get("POISON", "2000"))
SHARE = 0.3
SETTLED_WITHIN_S = 60 + RECORDS / 20
REACTING: tuple[Service, ...] = (customer, visits, promotion, gateway.app.service)


def a_history(chooser: random.Random) -> History:
    """A company's life with events on every topic; promotion's late answers to a visit belong to it."""
    real = round(RECORDS * (1 - SHARE))
    history = busy_company(chooser, real // 12)
    happenings: list[Callable[[int], object]] = [
        lambda n: history.account(f"acc_{chooser.randint(1, 3)}a", TERRITORIES[0], name=f"Renamed {n}"),
        lambda n: history.contact(f"con_{n}", f"acc_{chooser.randint(1, 3)}a"),
        lambda n: history.unit(f"{HQ}unt_{n}/"),
        lambda n: history.employee(f"emp_{n}", f"{HQ}unt_{n}/"),
        lambda n: history.product(f"prd_{n}"),
        lambda n: history.lot(f"lot_{n}", "prd_1"),
        lambda n: history.leg("bal_w", n, movement_id=f"mov_late{n}", kind="receipt"),
        lambda n: history.emit(LocationOpened(location=a_location(n)), f"loc_{n}"),
        lambda n: history.emit(DisbursementBooked(disbursement=an_answer(n), lines=[]), "dsb_1"),
    ]
    number = 10
    while len(history.records) < real:
        number += 1
        chooser.choice(happenings)(number)
    return history


def a_location(number: int) -> LocationState:
    """A warehouse."""
    return LocationState(location_id=f"loc_{number}", kind=LocationKind.WAREHOUSE, name=f"Warehouse {number}")


def an_answer(number: int) -> DisbursementState:
    """Promotion's answer to an attempt that the late visit does not wait for."""
    return DisbursementState(disbursement_id="dsb_1", visit_id="vis_late", attempt=number, state="booked")


def a_late_visit() -> Visit:
    """A visit that waits for promotion's answer to its first attempt, and for no other."""
    return Visit(
        id="vis_late",
        version=1,
        state=VisitState.SUBMITTED,
        attempt=1,
        account_id="acc_1a",
        employee_id="emp_1",
        credited_unit_id=last_id(TERRITORIES[0]),
        credited_path=TERRITORIES[0],
        planned_at=START,
        planned_on=START.date(),
        checked_out_at=START + timedelta(hours=1),
    )


def spoil(kafka: Kafka, history: History, chooser: random.Random) -> list[Message]:
    """The history's records with poison between them: anywhere, and in the place of the very next event."""
    topics = sorted({topic for subscribed in SUBSCRIBED.values() for topic in subscribed})
    sent: dict[str, list[Message]] = defaultdict(list)
    found: list[Message] = []
    for envelope, event in history.records:
        value = event.model_dump_json(by_alias=True).encode()
        real = Message(kafka.topic(event.TOPIC), envelope.subject.encode(), value, envelope.headers())
        while chooser.random() < SHARE:
            mark = f"{SEED}-{len(found)}"
            if chooser.random() < 0.1:
                headers = [*real.headers, (PLANTED, mark.encode())]
                found.append(Message(real.topic, real.key, value[: chooser.randrange(len(value))], headers))
            else:
                topic = chooser.choice(topics)
                before = chooser.choice(sent[topic]) if sent[topic] else None
                found.append(poisoned(kafka, topic, chooser, mark, before))
        found.append(real)
        sent[event.TOPIC].append(real)
    return found


class Ground:
    """Every consumer of the product, each with a database of its own."""

    def __init__(self, kafka: Kafka, uri: str, database_name: str) -> None:
        self.kafka = kafka
        self.databases: dict[str, Database] = {name: connect(uri, f"{database_name}_{name}") for name in SUBSCRIBED}
        self.uri = uri

    @asynccontextmanager
    async def consuming(self, marts: Path) -> AsyncIterator[ServiceClient]:
        """All consumers, running for the block; a client of analytics."""
        async with AsyncExitStack() as stack:
            for service in REACTING:
                await stack.enter_async_context(self._reacting(service))
            yield await stack.enter_async_context(
                running(
                    analytics.app.service,
                    database_uri=self.uri,
                    database_name=self.databases["analytics"].name,
                    broker_address=self.kafka.bootstrap_servers,
                    topic_prefix=self.kafka.topic_prefix,
                    ready_within_s=SETTLED_WITHIN_S,
                    duckdb_path=marts,
                    duckdb_memory_limit="256MB",
                )
            )

    @asynccontextmanager
    async def _reacting(self, service: Service) -> AsyncIterator[None]:
        database = self.databases[service.name]
        await service.prepare(database)
        if service is visits:
            await database.collection(Visit.COLLECTION).insert_one(a_late_visit().dump())
        task = asyncio.ensure_future(Reactions(service.name, service.reactions, Works(database), self.kafka).run())
        try:
            yield
            assert not task.done(), f"{service.name} has ended"
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def letters_sent(self, consumer: str) -> list[Record]:
        """The consumer's topic of dead letters."""
        reader = self.kafka.consumer()
        await reader.start()
        try:
            partitions = await partitions_of(self.kafka, [f"{consumer}.dead-letters"])
            reader.assign(partitions)
            found: list[Record] = []
            for partition, end in (await reader.end_offsets(partitions)).items():
                reader.seek(partition, 0)
                while await reader.position(partition) < end:
                    found += (await reader.getmany(partition, timeout_ms=500)).get(partition, [])
            return found
        finally:
            await reader.stop()

    async def wrong(self, records: dict[str, list[Record]], expected: dict[str, dict[str, list[str]]]) -> list[str]:
        """What is not (yet) as it has to be: real events applied, poison set aside."""
        wrong: list[str] = []
        for consumer, database in self.databases.items():
            letters = await invariants.letters_of(database)
            wrong += invariants.letters_are_the_poison(consumer, letters, records)
            if consumer != invariants.WRITES_NO_PROGRESS:
                progress = await invariants.progress_of(database)
                wrong += invariants.progress_is_complete(consumer, progress, expected)
        return wrong


async def until_settled(ground: Ground, records: Any, expected: Any) -> list[str]:
    """Look until nothing is wrong; what still is when time is up."""
    until = asyncio.get_running_loop().time() + SETTLED_WITHIN_S
    while wrong := await ground.wrong(records, expected):
        if asyncio.get_running_loop().time() > until:
            return wrong
        await asyncio.sleep(0.5)
    return []


def origins(letters: Sequence[Record]) -> Counter[tuple[str, int, int]]:
    """Topic, partition and offset that letters name as their origin."""
    told = [dict(letter.headers) for letter in letters]
    return Counter((one["dl_topic"].decode(), int(one["dl_partition"]), int(one["dl_offset"])) for one in told)


async def test_of_poison_between_real_events_every_consumer_sets_aside_all_and_nothing_else(
    broker_address: str, database_uri: str, database_name: str, topics: str, tmp_path: Path
):
    chooser = random.Random(SEED)
    history = a_history(chooser)
    ground = Ground(Kafka(broker_address, topics), database_uri, database_name)
    await send(ground.kafka, spoil(ground.kafka, history, chooser))
    records = await TopicReader(ground.kafka).read()
    expected: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for envelope, event in history.records:
        expected[event.TOPIC][envelope.subject].append(envelope.id)
    assert all(
        any(is_planted(record) for record in records[topic]) and expected[topic]
        for subscribed in SUBSCRIBED.values()
        for topic in subscribed
    )

    async with ground.consuming(tmp_path / "marts.duckdb") as client:
        assert await until_settled(ground, records, expected) == []
        answer = await client.get("/api/v1/analytics/hash", headers=as_principal(an_hq()))

    marts = MartFile(None)
    apply_all(marts, [record for record in history.records if record[1].TOPIC in SUBSCRIBED["analytics"]])
    assert answer.json()["tables"] == content_hash(marts.reader())[1]
    for consumer in SUBSCRIBED:
        poison = [one for topic in SUBSCRIBED[consumer] for one in records[topic] if is_planted(one)]
        places = Counter((ground.kafka.contract_name(one.topic), one.partition, one.offset) for one in poison)
        assert origins(await ground.letters_sent(consumer)) == places
    for database in ground.databases.values():
        database.close()
