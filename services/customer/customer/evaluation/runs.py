"""Runs: everybody of a subject is scored for a date, by a job that goes on where it was stopped."""

import asyncio
import hashlib
from datetime import date
from typing import ClassVar

import orjson
from chassis.aggregate import Document, Index
from chassis.command import Command
from chassis.jobs import UNFINISHED, AskedBy, Batch, Job, JobFault, JobState, start_progress
from chassis.refusals import Conflict
from chassis.store import MongoStore, Store
from chassis.work import UnitOfWork
from chassis.workers import Failed, Running
from contracts.ids import ScoreModelId
from contracts.values import ScoreSubject, Stamp

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.evaluation.members import Ask, Member, members_of
from customer.evaluation.model import ModelVersion, ScoreModel, traits_of
from customer.evaluation.percentiles import Populations
from customer.evaluation.scores import Score, basis_of, score_id, score_of

BATCH = 200
"""Subjects of one transaction."""
COUNTS = ("scored", "unscored", "left", "changed", "unchanged")


class RunInProgress(Conflict):
    """A date is scored by one run of a version at a time."""

    code = "run_in_progress"
    title = "The date is being scored with this version already"


class ScoreRun(Job, kind="score-run", collection="score_runs", prefix="scr"):
    """Everybody is scored for `on` by a version of a model, on what was known at `known_us` (the database's clock)."""

    INDEXES: ClassVar[list[Index]] = [
        *Job.INDEXES,
        Index([("open_key", 1)], unique=True, where={"open_key": {"$type": "string"}}, refusal=RunInProgress),
        Index([("model_id", 1), ("model_version", 1)]),
    ]

    model_id: ScoreModelId
    model_version: int
    subject: ScoreSubject
    on: date
    known_us: int

    def dump(self) -> Document:
        """The stored document, with the key that only unfinished runs have."""
        key = basis_of(self.model_id, self.model_version, self.on) if self.state in UNFINISHED else None
        return {**super().dump(), "open_key": key}


class RequestRun(Command):
    """Score everybody for a date with a version that is or was in force; the active one unless it says otherwise."""

    model_id: str
    version: int | None = None
    as_of: date


async def request_run(command: RequestRun, work: UnitOfWork) -> ScoreRun:
    """The run, which a job carries out.

    Raises: NotFound, RuleBroken for a date to come, UnknownVersion, VersionIsDraft, NothingActive; RunInProgress.
    """
    model = await work.get(ScoreModel, command.model_id)
    if command.as_of > work.today:
        work.violate("as_of", "in_the_future", "Nobody is scored for a day that has not come")
    work.check()
    version = model.scorable(command.version)
    await work.require(model)
    job = ScoreRun(
        id=ScoreRun.new_id(),
        model_id=model.id,
        model_version=version.number,
        subject=model.subject,
        on=command.as_of,
        known_us=work.recorded_us,
        asked_by=AskedBy.of(work.principal),
        created_at=work.now,
    )
    work.add(job, valid_from=job.on)
    await start_progress(work, job)
    return job


def ask_of(subject: ScoreSubject, version: ModelVersion, on: date, known_us: int | None = None) -> Ask:
    """What a version has to know."""
    return Ask(subject, version.terms.codes, traits_of(subject, version.terms), on, known_us)


async def populations_of(version: ModelVersion, members: list[Member]) -> Populations:
    """The populations of a version; sorted beside the event loop."""
    terms = version.terms
    pairs = [(one.traits, one.values) for one in members]
    return await asyncio.to_thread(Populations.of, pairs, terms.codes, min_size=terms.min_population)


async def run_scores(running: Running[ScoreRun]) -> None:
    """Score who is left to be scored; entered again after a kill, it reads the same facts and goes on behind the last batch.

    Raises: Failed when the facts of that instant are no longer the same, which an erasure or a late commit can bring about.
    """
    await running.enter(JobState.RUNNING)
    job, store = running.job, MongoStore(running.database)
    version = await _version(store, job)
    members = await members_of(store, ask_of(job.subject, version, job.on, job.known_us))
    populations = await populations_of(version, members)
    fresh = {one.id: one for one in members}
    gone = await _scored_before(store, job) - fresh.keys()
    ids = [*sorted(fresh), *sorted(gone)]
    digest = _digest(members, ids)
    if "digest" not in running.progress.marks:
        await running.note(Batch(done=0, marks={"digest": digest}), total=len(ids))
    if running.progress.marks["digest"] != digest:
        raise Failed(JobFault(code="facts_changed", detail="The facts have changed since the run began; run it again"))
    while running.progress.done < len(ids):
        start = running.progress.done
        portion = ids[start : start + BATCH]

        async def batch(work: UnitOfWork, portion: list[str] = portion) -> Batch:
            scores = {
                one: score_of(job.subject, job.model_id, version, job.on, fresh[one], populations)
                for one in portion
                if one in fresh
            }
            return await keep_scores(job, portion, scores, work)

        await running.step(batch)
    await running.enter(JobState.DONE)


async def keep_scores(job: ScoreRun, ids: list[str], scores: dict[str, Score], work: UnitOfWork) -> Batch:
    """Write what has become of these subjects; who is not among the scores has left the population."""
    keys = [score_id(one, job.model_id, job.model_version, job.on) for one in ids]
    present = {one.subject_id: one for one in await work.survey(Score, {"_id": {"$in": keys}})}
    stamps = await _stamps(work.store, job.subject, ids)
    counts: dict[str, int] = dict.fromkeys(COUNTS, 0)
    for identifier in ids:
        fresh, kept = scores.get(identifier), present.get(identifier)
        counts["left" if fresh is None else "unscored" if fresh.score is None else "scored"] += 1
        if kept is None:
            assert fresh is not None, "who has left was scored once"
            work.add(fresh, fresh.changed(), valid_from=job.on)
        else:
            event = kept.leave() if fresh is None else kept.become(fresh)
            if event is None:
                counts["unchanged"] += 1
                continue
            work.save(kept, event, valid_from=job.on)
        counts["changed"] += 1
        work.emit_stamps(kept or scores[identifier], stamps.get(identifier, []))
    return Batch(done=len(ids), counts=counts)


async def _version(store: Store, job: ScoreRun) -> ModelVersion:
    document = await store.find_one(ScoreModel.COLLECTION, {"_id": job.model_id})
    assert document is not None, "a run belongs to a model"
    return ScoreModel.load(document).version_of(job.model_version)


async def _scored_before(store: Store, job: ScoreRun) -> set[str]:
    basis = basis_of(job.model_id, job.model_version, job.on)
    return {row["subject_id"] for row in await store.find(Score.COLLECTION, {"basis": basis}, fields=["subject_id"])}


async def _stamps(store: Store, subject: ScoreSubject, ids: list[str]) -> dict[str, list[Stamp]]:
    collection = (Account if subject is ScoreSubject.ACCOUNT else Contact).COLLECTION
    rows = await store.find(collection, {"_id": {"$in": ids}}, fields=["visible"])
    return {row["_id"]: [Stamp(**stamp) for stamp in row["visible"]] for row in rows}


def _digest(members: list[Member], ids: list[str]) -> str:
    told = [[one.id, one.traits, sorted(one.values.items())] for one in members]
    return hashlib.sha256(orjson.dumps([told, ids])).hexdigest()
