"""Our reactions consuming records with a small effect beside bare transactions of progress and effect."""

import asyncio
import secrets
import time
from types import ModuleType

from chassis.aggregate import Replica
from chassis.kafka import Kafka, Publisher, Record, ensure_topics
from chassis.mongo import Database
from chassis.progress import PROGRESS
from chassis.reactions import LANES, TOGETHER, Reactions, reacts_to
from chassis.relay import message_of
from chassis.work import UnitOfWork
from chassis.works import Works
from contracts.events.customer import AccountCreated

from benchmarks import accounts
from benchmarks.bench import Bench
from benchmarks.clones import Template, chunks
from benchmarks.figures import alternate, ratio

RECORDS = 1000
TARGET = 0.6
_WITHIN_S = 120.0


class Noted(Replica, collection="noted"):
    """The effect: what a service usually keeps of another's institution."""

    name: str
    unit_path: str


@reacts_to(AccountCreated)
async def note(event: AccountCreated, work: UnitOfWork) -> None:
    """Keep it."""
    account = event.account
    await work.put(Noted(id=account.account_id, name=account.name, unit_path=account.unit_path))


async def measure(bench: Bench) -> None:
    """Ours reads the records from the broker, decodes and checks them; the bare sides have their documents ready."""
    installation = bench.installation
    (model,) = await accounts.some(installation, 1)
    template = await Template.read(installation.database("customer"), "accounts", model)
    run = secrets.token_hex(4)
    database = installation.database_beside(f"terrain_bench_{run}")
    kafka = Kafka(installation.stack.bootstrap_servers, f"bench-{run}.")
    try:
        identifiers = await _publish(kafka, template)
        for name in (PROGRESS, Noted.COLLECTION):
            await database.ensure_collection(name)
        sides = _Sides(database, kafka, identifiers)
        mine, single, batched = await alternate(bench.terms, sides.reactions, sides.one_by_one, sides.together)
    finally:
        database.close()
    bench.report.add(ratio("reactions", f"reactions ÷ one per transaction, {LANES} lanes", mine, single, target=TARGET))
    bench.report.add(ratio("reactions", f"reactions ÷ {TOGETHER} per transaction", mine, batched, target=TARGET))


async def _publish(kafka: Kafka, template: Template) -> list[str]:
    await ensure_topics(kafka, ["customer.account"])
    rows = [row for _, row in template.copies(RECORDS, told=True)]
    publisher = Publisher(kafka)
    outcomes = await publisher.publish([message_of("customer", kafka, row, row["events"][0]) for row in rows])
    await publisher.close()
    assert not any(outcomes)
    return [row["aggregate_id"] for row in rows]


class _Clocked(Reactions):
    """Reactions that tell when the first record came and when all were applied."""

    def __init__(self, name: str, module: ModuleType, works: Works, kafka: Kafka) -> None:
        super().__init__(name, [module], works, kafka)
        self._left = RECORDS
        self._begun = 0.0
        self.seconds: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def consume(self, records: tuple[Record, ...]) -> None:
        """As ever."""
        self._begun = self._begun or time.perf_counter()
        await super().consume(records)
        self._left -= len(records)
        if self._left <= 0 and not self.seconds.done():
            self.seconds.set_result(time.perf_counter() - self._begun)


class _Sides:
    def __init__(self, database: Database, kafka: Kafka, identifiers: list[str]) -> None:
        self._database = database
        self._kafka = kafka
        self._identifiers = identifiers
        self._module = ModuleType("benchmarks.reacting")
        self._module.note = note  # pyright: ignore[reportAttributeAccessIssue]

    async def reactions(self) -> float:
        """Our own, as a consumer group that has read nothing yet."""
        await self._forget()
        name = f"noting-{secrets.token_hex(4)}"
        reactions = _Clocked(name, self._module, Works(self._database), self._kafka)
        running = asyncio.create_task(reactions.run())
        try:
            async with asyncio.timeout(_WITHIN_S):
                await asyncio.wait({running, reactions.seconds}, return_when=asyncio.FIRST_COMPLETED)
                seconds = reactions.seconds.result()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert await self._database.collection(Noted.COLLECTION).count_documents({}) == RECORDS
        return RECORDS / seconds

    async def one_by_one(self) -> float:
        """A transaction for each record, as many side by side as reactions have lanes."""
        return await self._bare(1, LANES)

    async def together(self) -> float:
        """A transaction for as many records as reactions take together, one after the other."""
        return await self._bare(TOGETHER, 1)

    async def _bare(self, size: int, lanes: int) -> float:
        await self._forget()
        name = f"noting-{secrets.token_hex(4)}"
        work = [
            [
                (
                    {"_id": f"{name}/customer.account/{identifier}", "sequence": 1},
                    {"_id": identifier},
                    {
                        "$set": {
                            "name": "测试医院 0123456789ab",
                            "unit_path": "/unt_0/unt_1/",
                            "sequence": 0,
                            "visible": [],
                        }
                    },
                )
                for identifier in portion
            ]
            for portion in chunks(self._identifiers, size)
        ]
        begun = time.perf_counter()
        await asyncio.gather(*(self._lane(work) for _ in range(lanes)))
        return RECORDS / (time.perf_counter() - begun)

    async def _lane(self, work: list[list[tuple[dict[str, object], dict[str, object], dict[str, object]]]]) -> None:
        while work:
            portion = work.pop()
            async with self._database.transaction() as session:
                progress = [one for one, _, _ in portion]
                await self._database.collection(PROGRESS).insert_many(progress, session=session)
                for _, where, update in portion:
                    noted = self._database.collection(Noted.COLLECTION)
                    await noted.update_one(where, update, upsert=True, session=session)

    async def _forget(self) -> None:
        for name in (PROGRESS, Noted.COLLECTION):
            await self._database.collection(name).delete_many({})
