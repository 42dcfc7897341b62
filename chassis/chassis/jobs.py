"""Long work: a document that says what is to be done and how far it has come, and workers that do it batch by batch.

A service names its kind of work by a subclass of `Job` (an ordinary aggregate: made by a use case, with a journal and
events of its own) and a task: `Service(background=[workers.job_loop(Import, run_import)])`. A worker takes a job by a lease,
so that one that was killed is taken over within seconds, and what a batch writes commits together with how far it has
come: every batch takes effect exactly once, whoever runs it and however often.

    job_progress    {_id: <job id>, total, done, counts, marks, batches, stopped}
    job_rows        {_id: "<job id>:<batch, 8 digits>", job_id, rows}: what is said of single rows; may be personal
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from contracts.events import Event
from contracts.roles import Role
from contracts.values import JobState
from pydantic import Field

from chassis.aggregate import Aggregate, Document, Entity, Index
from chassis.mongo import Database
from chassis.principal import Principal
from chassis.refusals import Conflict
from chassis.store import Store
from chassis.work import UnitOfWork

J = TypeVar("J", bound="Job")

PROGRESS = "job_progress"
ROWS = "job_rows"


UNFINISHED = (JobState.QUEUED, JobState.VALIDATING, JobState.RUNNING)


class JobFinished(Conflict):
    """The job has ended; nothing is left to abort."""

    code = "job_finished"
    title = "The job has ended already"


class AskedBy(Entity):
    """Who asked for a job, and what they may see: the job sees no more."""

    subject: str
    employee_id: str | None = None
    roles: list[str]
    unit_id: str | None = None
    unit_path: str | None = None
    paths: list[str]
    lines: list[str]

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """A principal in a form that can be stored."""
        return cls(
            subject=principal.subject,
            employee_id=principal.employee_id,
            roles=sorted(principal.roles),
            unit_id=principal.unit_id,
            unit_path=principal.unit_path,
            paths=list(principal.paths),
            lines=list(principal.lines),
        )

    def principal(self) -> Principal:
        """The principal again."""
        return Principal(
            subject=self.subject,
            employee_id=self.employee_id,
            roles=frozenset(Role(role) for role in self.roles),
            unit_id=self.unit_id,
            unit_path=self.unit_path,
            paths=tuple(self.paths),
            lines=tuple(self.lines),
        )


class JobFault(Entity):
    """Why a job as a whole could not be done; `place` is what it speaks of (a column), when it speaks of one."""

    code: str
    detail: str
    place: str | None = None


class Job(Aggregate):
    """Long work that somebody asked for. Subclasses add what is to be done, and say their events."""

    INDEXES: ClassVar[list[Index]] = [Index([("state", 1), ("created_at", 1)]), Index([("created_at", 1)])]

    state: JobState = JobState.QUEUED
    asked_by: AskedBy
    created_at: datetime
    ended_at: datetime | None = None
    faults: list[JobFault] = Field(default_factory=list[JobFault])

    def changed_state(self, progress: "Progress") -> Event | None:
        """The event of having entered the present state; None when nobody is to know."""
        return None

    def enter(self, state: JobState, *, at: datetime, faults: Sequence[JobFault] = ()) -> None:
        """Go on to a state."""
        self.state = state
        self.faults = list(faults)
        self.ended_at = None if state in UNFINISHED else at


@dataclass
class Progress:
    """How far a job has come: `done` of `total` steps, what came of them, and marks to go on from."""

    total: int | None = None
    done: int = 0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    marks: dict[str, Any] = field(default_factory=dict[str, Any])
    batches: int = 0
    stopped: bool = False

    @classmethod
    def load(cls, document: Document | None) -> Self:
        """The progress of a document of the store; at the start when there is none."""
        if document is None:
            return cls()
        return cls(**{name: document[name] for name in cls.__dataclass_fields__})

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return 0.0 if not self.total else min(1.0, self.done / self.total)


@dataclass
class Batch:
    """What a batch has come to: `done` steps further, counts to add, marks to set, rows to keep."""

    done: int
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    marks: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rows: Sequence[Document] = ()


async def start_progress(
    work: UnitOfWork, job: Job, *, total: int | None = None, marks: Mapping[str, Any] | None = None
) -> None:
    """Lay the progress of a new job down beside it, in the same unit of work; belongs beside `work.add(job)`.

    `marks` stay out of the journal: the place for what may be personal in the terms of a job.
    """
    fresh = Progress(total=total, marks=dict(marks or {}))
    await work.store.insert_many(PROGRESS, [{"_id": job.id, **vars(fresh)}])


async def abort_job(job: J, work: UnitOfWork) -> J:
    """Stop a job that the unit of work has read: no batch commits after this one.

    What was done stays done. Raises: JobFinished.
    """
    if job.state is JobState.ABORTED:
        return job
    if job.state not in UNFINISHED:
        raise JobFinished(state=job.state.value)
    await work.store.update_one(PROGRESS, {"_id": job.id}, {"$set": {"stopped": True}})
    job.enter(JobState.ABORTED, at=work.now)
    event = job.changed_state(await progress_of(work.store, job.id))
    work.save(job, *([event] if event else []))
    return job


async def progress_of(store: Store, job_id: str) -> Progress:
    """How far a job has come."""
    return Progress.load(await store.find_one(PROGRESS, {"_id": job_id}))


async def rows_of(store: Store, job_id: str) -> AsyncIterator[Document]:
    """Everything that was said of single rows, in order, one batch in memory at a time."""
    async for _, rows in batches_of(store, job_id):
        for row in rows:
            yield row


async def batches_of(store: Store, job_id: str, start: int = 0) -> AsyncIterator[tuple[int, list[Document]]]:
    """The same by batches, with their numbers, from one of them on."""
    number = start
    while (document := await store.find_one(ROWS, {"_id": rows_id(job_id, number)})) is not None:
        yield number, document["rows"]
        number += 1


async def erase_rows(store: Store, job_id: str) -> int:
    """Remove everything that was said of single rows of a job; how many batches."""
    return await store.delete_many(ROWS, {"job_id": job_id})


def rows_id(job_id: str, number: int) -> str:
    """The id of the rows of one batch."""
    return f"{job_id}:{number:08d}"


async def ensure_jobs(database: Database) -> None:
    """Create the collections and indexes; safe to repeat."""
    for collection in (PROGRESS, ROWS):
        await database.ensure_collection(collection)
    await database.ensure_index(ROWS, Index([("job_id", 1)]))
