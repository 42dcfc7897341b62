"""Jobs go on where they stopped; every batch takes effect exactly once; nothing is written after an abort."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from chassis.aggregate import Document
from chassis.jobs import (
    AskedBy,
    Batch,
    Job,
    JobFault,
    JobFinished,
    Progress,
    abort_job,
    erase_rows,
    progress_of,
    rows_of,
    start_progress,
)
from chassis.journal import Cause
from chassis.lease import LEASES
from chassis.principal import SystemPrincipal
from chassis.refusals import RuleBroken, TimedOut
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.store import MongoStore
from chassis.testing import a_steward
from chassis.testing.service import ServiceClient, running
from chassis.work import UnitOfWork
from chassis.workers import Failed, Running, job_loop
from contracts.values import JobState

pytestmark = pytest.mark.stack

EFFECTS = "effects"


class Count(Job, kind="count", collection="counts", prefix="cnt"):
    """Write the numbers up to `until`, ten in a batch."""

    until: int
    slow: bool = False
    wrong: str | None = None


async def count(running: Running[Count]) -> None:
    await running.enter(JobState.RUNNING)
    while running.progress.done < running.job.until:
        first = running.progress.done

        async def batch(work: UnitOfWork, first: int = first) -> Batch:
            numbers = range(first, min(first + 10, running.job.until))
            await work.store.insert_many(EFFECTS, [_effect(running.job.id, number) for number in numbers])
            if running.job.slow:
                await asyncio.sleep(0.05)
            if running.job.wrong == "refused" and first == 20:
                raise RuleBroken(field="x", code="too_many", detail="enough")
            if running.job.wrong == "late" and (running.job.id, first) not in _late:
                _late.append((running.job.id, first))
                raise TimedOut
            if running.job.wrong == "failed" and first == 20:
                raise Failed(JobFault(code="enough", detail="that is enough", place="x"))
            return Batch(len(numbers), {"made": len(numbers)}, {"last": numbers[-1]}, [{"n": n} for n in numbers])

        await running.step(batch)
    await running.enter(JobState.DONE)


_late: list[tuple[str, int]] = []


def _effect(job_id: str, number: int) -> Document:
    return {"_id": f"{job_id}:{number}:{id(object())}:{datetime.now(UTC)}", "job": job_id, "number": number}


counting = Service(name="counting", settings=ServiceSettings, aggregates=[Count], background=[job_loop(Count, count)])
idle = Service(name="counting", settings=ServiceSettings, aggregates=[Count])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(database_uri: str, database_name: str) -> AsyncIterator[dict[str, Any]]:
    terms = {"database_uri": database_uri, "database_name": database_name}
    async with running(idle, **terms) as client:
        await client.app.state.edge.database.ensure_collection(EFFECTS)
        yield {"client": client, **terms}


class Bench:
    def __init__(self, client: ServiceClient) -> None:
        self.works = client.app.state.edge.works
        self.store = MongoStore(client.app.state.edge.database)

    async def run(self, action: Any) -> Any:
        return (await self.works.run(action, principal=SystemPrincipal("test"), cause=Cause(command="test"))).value

    async def start(self, until: int, **more: Any) -> str:
        async def use_case(work: UnitOfWork) -> Count:
            asked_by = AskedBy.of(a_steward())
            job = Count(id=Count.new_id(), until=until, asked_by=asked_by, created_at=work.now, **more)
            work.add(job)
            await start_progress(work, job, total=until)
            return job

        return (await self.run(use_case)).id

    async def abort(self, job_id: str) -> Count:
        async def use_case(work: UnitOfWork) -> Count:
            return await abort_job(await work.get(Count, job_id), work)

        return await self.run(use_case)

    async def ended(self, job_id: str) -> Count:
        async with asyncio.timeout(30):
            while True:
                job = Count.load(await self.store.find_one("counts", {"_id": job_id}))
                if job.ended_at is not None:
                    return job
                await asyncio.sleep(0.05)

    async def beyond(self, job_id: str, done: int) -> None:
        async with asyncio.timeout(20):
            while True:
                if (await self.progress(job_id)).done > done:
                    return
                await asyncio.sleep(0.01)

    async def effects(self, job_id: str) -> list[int]:
        return sorted(row["number"] for row in await self.store.find(EFFECTS, {"job": job_id}))

    async def progress(self, job_id: str) -> Progress:
        return await progress_of(self.store, job_id)


@asynccontextmanager
async def workers(ground: dict[str, Any], number: int = 1) -> AsyncIterator[None]:
    terms = {name: ground[name] for name in ("database_uri", "database_name")}
    if not number:
        yield
        return
    async with running(counting, reactions=True, **terms), workers(ground, number - 1):
        yield


async def test_a_job_is_done_batch_by_batch(ground: dict[str, Any]):
    bench = Bench(ground["client"])
    job_id = await bench.start(35)
    async with workers(ground):
        job = await bench.ended(job_id)
    progress = await bench.progress(job_id)
    assert (job.state, job.asked_by.principal().subject) == (JobState.DONE, a_steward().subject)
    assert (progress.done, progress.total, progress.share) == (35, 35, 1.0)
    assert (progress.counts, progress.marks, progress.batches) == ({"made": 35}, {"last": 34}, 4)
    assert await bench.effects(job_id) == list(range(35))
    assert [row["n"] async for row in rows_of(bench.store, job_id)] == list(range(35))
    assert await bench.store.find(LEASES, {"_id": f"job:{job_id}"}) == []
    assert await erase_rows(bench.store, job_id) == 4
    assert [row async for row in rows_of(bench.store, job_id)] == []


async def test_a_worker_that_ends_in_the_middle_is_taken_over(ground: dict[str, Any]):
    bench = Bench(ground["client"])
    job_id = await bench.start(150, slow=True)
    for _ in range(3):
        before = (await bench.progress(job_id)).done
        async with workers(ground):
            await bench.beyond(job_id, before)
    assert (await bench.progress(job_id)).done < 150
    async with workers(ground):
        await bench.ended(job_id)
    assert await bench.effects(job_id) == list(range(150))


async def test_two_who_run_one_job_do_each_batch_once(ground: dict[str, Any]):
    bench = Bench(ground["client"])
    job_id = await bench.start(200, slow=True)
    async with workers(ground, 2):
        for _ in range(10):
            # whoever has the lease loses it without knowing, as one that was frozen
            await bench.store.delete_many(LEASES, {"_id": f"job:{job_id}"})
            await asyncio.sleep(0.1)
        await bench.ended(job_id)
    assert await bench.effects(job_id) == list(range(200))
    assert (await bench.progress(job_id)).counts == {"made": 200}


async def test_nothing_is_written_after_an_abort(ground: dict[str, Any]):
    bench = Bench(ground["client"])
    job_id = await bench.start(10_000, slow=True)
    async with workers(ground):
        await bench.beyond(job_id, 0)
        aborted = await bench.abort(job_id)
        written = await bench.effects(job_id)
        await asyncio.sleep(0.5)
        assert (aborted.state, await bench.effects(job_id)) == (JobState.ABORTED, written)
    assert (await bench.abort(job_id)).version == aborted.version, "aborting twice changes nothing"
    assert (await bench.progress(job_id)).done == len(written)


async def test_what_has_ended_cannot_be_aborted(ground: dict[str, Any]):
    bench = Bench(ground["client"])
    job_id = await bench.start(1)
    async with workers(ground):
        await bench.ended(job_id)
    with pytest.raises(JobFinished):
        await bench.abort(job_id)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("refused", JobFault(code="too_many", detail="enough")),
        ("failed", JobFault(code="enough", detail="that is enough", place="x")),
    ],
)
async def test_a_job_that_cannot_be_done_says_why(ground: dict[str, Any], wrong: str, fault: JobFault):
    bench = Bench(ground["client"])
    job_id = await bench.start(50, wrong=wrong)
    async with workers(ground):
        job = await bench.ended(job_id)
    assert (job.state, job.faults) == (JobState.FAILED, [fault])
    assert await bench.effects(job_id) == list(range(20)), "the batch that failed wrote nothing"


async def test_a_job_waits_for_a_system_that_is_late(ground: dict[str, Any]):
    bench = Bench(ground["client"])
    job_id = await bench.start(20, wrong="late")
    async with workers(ground):
        job = await bench.ended(job_id)
    assert (job.state, await bench.effects(job_id)) == (JobState.DONE, list(range(20)))
    assert len(_late) == 2


async def test_a_rehearsal_leaves_nothing_behind(ground: dict[str, Any]):
    bench = Bench(ground["client"])

    async def action(work: UnitOfWork) -> int:
        await work.store.insert_many(EFFECTS, [{"_id": "rehearsed", "job": "rehearsed", "number": 1}])
        work.add(Count(id="cnt_r", until=1, asked_by=AskedBy.of(a_steward()), created_at=work.now))
        return len(await work.store.find(EFFECTS, {"job": "rehearsed"}))

    assert await bench.works.rehearse(action, principal=SystemPrincipal("test"), cause=Cause()) == 1
    assert await bench.effects("rehearsed") == []
    assert await bench.store.find_one("counts", {"_id": "cnt_r"}) is None
