"""Workers: they take jobs by a lease, oldest first, and do them batch by batch; see `chassis.jobs`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from contracts.values import JobState

from chassis.aggregate import Document
from chassis.clock import Clock
from chassis.jobs import PROGRESS, ROWS, UNFINISHED, Batch, Job, JobFault, Progress, progress_of, rows_id
from chassis.journal import Cause
from chassis.lease import LEASES, Lease, LeaseLost, run_under
from chassis.logs import logger
from chassis.mongo import Database, is_infrastructure
from chassis.parts import Context, Loop
from chassis.principal import SystemPrincipal
from chassis.refusals import Refusal
from chassis.store import MongoStore, Store
from chassis.work import UnitOfWork
from chassis.works import Works

J = TypeVar("J", bound=Job)
T = TypeVar("T")

BATCH_S = 50.0
"""Longest unit of work: below the database's own limit for the life of a transaction (60 s)."""
_POLL_S = 0.5
_LEASE_S = 5.0
_AHEAD = 4
"""Jobs that others may be running already are asked for too, so that their leases are found expired."""
_SYSTEM = SystemPrincipal("jobs")

_log = logger("jobs")


class Overtaken(Exception):
    """Another worker, or an earlier try whose answer was lost, has done this batch; or the job was stopped."""


class Failed(Exception):
    """Raised by a task: the job as a whole cannot be done. Nothing of what it wrote is taken back."""

    def __init__(self, *faults: JobFault) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


class Running(Generic[J]):
    """A job in the hands of its worker."""

    def __init__(self, job: J, progress: Progress, context: Context, lease: Lease) -> None:
        self.job = job
        self.progress = progress
        self.context = context
        self.lease = lease
        self.principal = job.asked_by.principal()

    @property
    def works(self) -> Works:
        """Opens units of work."""
        return self.context.works

    @property
    def database(self) -> Database:
        """The service's database."""
        return self.context.database

    @property
    def clock(self) -> Clock:
        """The business clock."""
        return self.context.works.clock

    async def enter(self, state: JobState, *, faults: Sequence[JobFault] = ()) -> None:
        """Record a change of state. Raises: Overtaken when the job was stopped meanwhile."""

        async def use_case(work: UnitOfWork) -> J:
            job = await work.get(type(self.job), self.job.id)
            if job.state == state:
                return job
            if job.state not in UNFINISHED:
                raise Overtaken
            job.enter(state, at=work.now, faults=faults)
            event = job.changed_state(self.progress)
            work.save(job, *([event] if event else []))
            return job

        outcome = await self.works.run(
            use_case, principal=_SYSTEM, cause=self.cause(f"enter_{state.value}"), within=self.lease.session
        )
        self.job = outcome.value

    async def step(self, action: Callable[[UnitOfWork], Awaitable[Batch]]) -> Batch | None:
        """Run a batch in the name of whoever asked for the job, together with how far the job then is.

        None when it had been done by another, or by a try whose answer was lost; go on from `progress` either way.

        Raises: Overtaken when the job was stopped; what the action raises.
        """
        before = self.progress.done

        async def unit(work: UnitOfWork) -> Batch:
            batch = await action(work)
            await self._note(work.store, before, batch)
            return batch

        try:
            outcome = await self.works.run(
                unit,
                principal=self.principal,
                cause=self.cause(),
                deadline=time.monotonic() + BATCH_S,
                within=self.lease.session,
            )
        except Overtaken:
            await self.reload()
            if self.progress.stopped:
                raise
            return None
        await self.reload()
        return outcome.value

    async def rehearse(self, action: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run an action as `step` would, and take everything back that it wrote."""
        return await self.works.rehearse(
            action,
            principal=self.principal,
            cause=self.cause(),
            deadline=time.monotonic() + BATCH_S,
            within=self.lease.session,
        )

    async def note(self, batch: Batch, *, total: int | None = None) -> None:
        """Keep how far the job has come, where nothing else is written. Raises: Overtaken."""

        async def unit(work: UnitOfWork) -> None:
            await self._note(work.store, self.progress.done, batch, total=total)

        try:
            await self.works.run(unit, principal=_SYSTEM, cause=self.cause(), within=self.lease.session)
        finally:
            await self.reload()

    async def reload(self) -> None:
        """Read again how far the job has come."""
        self.progress = await progress_of(MongoStore(self.database), self.job.id)

    def cause(self, command: str | None = None) -> Cause:
        """Why units of this job run: the command is the job's kind."""
        return Cause(command=command or type(self.job).KIND, request_id=self.job.id)

    async def _note(self, store: Store, before: int, batch: Batch, *, total: int | None = None) -> None:
        """The progress stands for the batch: where it is not as it was before, the batch must not take effect again."""
        number = self.progress.batches
        changes: Document = {"done": before + batch.done} | {f"marks.{name}": v for name, v in batch.marks.items()}
        if total is not None:
            changes["total"] = total
        added: Document = {f"counts.{name}": value for name, value in batch.counts.items() if value}
        if batch.rows:
            added["batches"] = 1
        where = {"_id": self.job.id, "done": before, "batches": number, "stopped": False}
        if not await store.update_one(PROGRESS, where, {"$set": changes} | ({"$inc": added} if added else {})):
            raise Overtaken
        if batch.rows:
            row = {"_id": rows_id(self.job.id, number), "job_id": self.job.id, "rows": list(batch.rows)}
            await store.insert_many(ROWS, [row])


Task = Callable[[Running[J]], Awaitable[None]]
"""Does a job from wherever it stands: entered again after a kill. It ends by `running.enter(DONE)` or by `Failed`."""


def job_loop(model: type[J], task: Task[J], *, together: int = 2) -> Loop:
    """A background loop that takes jobs of a kind, oldest first, and runs at most `together` of them in this process."""

    async def loop(context: Context) -> None:
        mine: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                for identifier in [one for one, running in mine.items() if running.done()]:
                    mine.pop(identifier).result()
                for identifier in await _waiting(context.database, model, together - len(mine), list(mine)):
                    mine[identifier] = asyncio.create_task(_take(context, model, task, identifier), name=identifier)
                await asyncio.sleep(_POLL_S)
        finally:
            for running in mine.values():
                running.cancel()
            await asyncio.gather(*mine.values(), return_exceptions=True)

    loop.__name__ = f"{model.KIND}_jobs"
    return loop


async def _waiting(database: Database, model: type[Job], places: int, mine: list[str]) -> list[str]:
    if places <= 0:
        return []
    where = {"state": {"$in": [state.value for state in UNFINISHED]}}
    found = await MongoStore(database).find(
        model.COLLECTION, where, sort=[("created_at", 1)], limit=places + len(mine) + _AHEAD
    )
    return [document["_id"] for document in found if document["_id"] not in mine][: places + _AHEAD]


async def _take(context: Context, model: type[J], task: Task[J], identifier: str) -> None:
    """Run one job, if its lease is free; whatever happens, the next look finds it again unless it has ended."""
    lease = Lease(context.database, f"job:{identifier}", ttl_s=_LEASE_S)
    try:
        if not await lease.acquire():
            return
    except Exception as failure:
        _log.warning("cannot ask for the lease", job=identifier, error=type(failure).__name__)
        return

    async def duty(lease: Lease) -> None:
        await _run(context, model, task, identifier, lease)

    await run_under(lease, duty)
    document = await MongoStore(context.database).find_one(model.COLLECTION, {"_id": identifier})
    if document is None or document["state"] not in UNFINISHED:
        await MongoStore(context.database).delete_many(LEASES, {"_id": lease.name})


async def _run(context: Context, model: type[J], task: Task[J], identifier: str, lease: Lease) -> None:
    store = MongoStore(context.database)
    document = await store.find_one(model.COLLECTION, {"_id": identifier})
    if document is None or document["state"] not in UNFINISHED:
        return
    running = Running(model.load(document), await progress_of(store, identifier), context, lease)
    try:
        await task(running)
    except Overtaken:
        return
    except Failed as failed:
        await _fail(running, failed.faults)
    except Exception as failure:
        late = isinstance(failure, Refusal) and failure.status >= 500
        if late or is_infrastructure(failure) or isinstance(failure, LeaseLost | TimeoutError):
            raise  # it is the state of the system, not of the job: the next look takes it up again
        _log.error("job_failed", job=identifier, kind=model.KIND, exc_info=failure)
        fault = JobFault(code="internal_error", detail="Something went wrong on our side")
        if isinstance(failure, Refusal):
            fault = JobFault(code=failure.code, detail=failure.detail)
        await _fail(running, [fault])


async def _fail(running: Running[Any], faults: Sequence[JobFault]) -> None:
    await running.reload()
    try:
        await running.enter(JobState.FAILED, faults=faults)
    except Overtaken:
        return
