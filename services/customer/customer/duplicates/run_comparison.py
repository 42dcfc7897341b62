"""Compare everything with everything that it shares a key with: a job in bounded memory."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import ClassVar

from chassis.aggregate import Document, Index
from chassis.command import Command
from chassis.jobs import AskedBy, Batch, Job, JobState, start_progress
from chassis.store import MongoStore
from chassis.work import UnitOfWork
from chassis.workers import Running

from customer.duplicates.blocks import Spill, pairs_of
from customer.duplicates.model import KINDS, Candidate, Kind
from customer.duplicates.refresh_candidates import keep
from customer.duplicates.scoring import KEPT
from customer.duplicates.subjects import SUBJECTS, Sketch, Subject

SCANNED = 2_000
FETCHED = 500
WRITTEN = 400
"""Entries of one read, of one look-up, pairs of one transaction."""
KEYS_EACH = 16


class DuplicateRun(Job, kind="duplicate-run", collection="duplicate_runs", prefix="dpr"):
    """A comparison of everything; `counts` tell the pairs compared and kept."""

    INDEXES: ClassVar[list[Index]] = [*Job.INDEXES]

    of: list[Kind]


class StartRun(Command):
    """Compare all entries of some kinds."""

    kinds: list[Kind]


async def start_run(command: StartRun, work: UnitOfWork) -> DuplicateRun:
    """The job."""
    kinds = [kind for kind in KINDS if kind in command.kinds]
    job = DuplicateRun(id=DuplicateRun.new_id(), of=kinds, asked_by=AskedBy.of(work.principal), created_at=work.now)
    work.add(job)
    await start_progress(work, job)
    return job


async def run_comparison(running: Running[DuplicateRun]) -> None:
    """Do what is left of a run; entered again after a kill, it spills again and goes on behind the last file."""
    await running.enter(JobState.RUNNING)
    files: dict[str, int] = dict(running.progress.marks.get("files", {}))
    if not files:
        for kind in running.job.of:
            collection = running.database.collection(SUBJECTS[kind].model.COLLECTION)
            files[kind] = Spill.files_for(await collection.count_documents({}) * KEYS_EACH)
        await running.note(Batch(done=0, marks={"files": files}), total=sum(files.values()))
    before = 0
    for kind in running.job.of:
        if running.progress.done < before + files[kind]:
            with tempfile.TemporaryDirectory(prefix="terrain-duplicates-") as folder:
                await _compare(running, kind, Spill(Path(folder), files[kind]), before)
        before += files[kind]
    await running.enter(JobState.DONE)


async def _compare(running: Running[DuplicateRun], kind: Kind, spill: Spill, before: int) -> None:
    subject = SUBJECTS[kind]
    async for rows in _scan(running, subject):
        await asyncio.to_thread(spill.write, rows)
    crowded = await asyncio.to_thread(spill.crowded)
    files: int = running.progress.marks["files"][kind]
    while running.progress.done < before + files:
        blocks = await asyncio.to_thread(spill.blocks, running.progress.done - before)
        compared, pairs = await compare_blocks(running, kind, blocks, crowded)
        for start in range(0, max(1, len(pairs)), WRITTEN):
            some, last = pairs[start : start + WRITTEN], start + WRITTEN >= len(pairs)
            done, count = (1, compared) if last else (0, 0)

            async def batch(
                work: UnitOfWork, some: list[Candidate] = some, done: int = done, count: int = count
            ) -> Batch:
                known = await work.survey(Candidate, {"_id": {"$in": [pair.id for pair in some]}})
                await keep(some, {pair.id: pair for pair in known}, work)
                return Batch(done=done, counts={"compared": count, "kept": len(some)})

            await running.step(batch)


async def compare_blocks(
    running: Running[DuplicateRun], kind: Kind, blocks: dict[int, list[str]], crowded: set[int]
) -> tuple[int, list[Candidate]]:
    """How many pairs of some blocks were compared, and those that are likely enough to be kept."""
    subject, compared = SUBJECTS[kind], 0
    found: dict[str, Candidate] = {}
    waiting: dict[int, list[str]] = {}
    keys = list(blocks)
    for position, key in enumerate(keys):
        waiting[key] = blocks[key]
        wanted = {identifier for block in waiting.values() for identifier in block}
        if len(wanted) < FETCHED and position < len(keys) - 1:
            continue
        entries = await _entries(running, subject, sorted(wanted))
        for each, block in waiting.items():
            for one, other in pairs_of(each, block, entries, _keys, _order, crowded):
                compared += 1
                left, right = entries[one], entries[other]
                judgement = subject.judge(left.traits, right.traits)
                if judgement.score >= KEPT:
                    pair = Candidate.of(kind, left.side, right.side, judgement)
                    found[pair.id] = pair
            await asyncio.sleep(0)
        waiting = {}
    return compared, list(found.values())


def _keys(entry: Sketch) -> Sequence[int]:
    return entry.match_keys


def _order(entry: Sketch) -> tuple[str, ...]:
    """Neighbours in a crowd are of one division and have names that begin alike."""
    traits = entry.traits
    if hasattr(traits, "division_code"):
        return (traits.division_code or "", traits.names.names[0].flat)
    return (traits.specialty or "", *(job.account_id for job in traits.jobs))


async def _scan(running: Running[DuplicateRun], subject: Subject) -> AsyncIterator[list[tuple[str, list[int]]]]:
    """Ids and keys of everything, some at a time."""
    collection = running.database.collection(subject.model.COLLECTION)
    rows: list[tuple[str, list[int]]] = []
    async for row in collection.find({}, {"match_keys": 1}).batch_size(SCANNED):
        rows.append((row["_id"], row.get("match_keys") or []))
        if len(rows) == SCANNED:
            yield rows
            rows = []
    yield rows


async def _entries(running: Running[DuplicateRun], subject: Subject, ids: list[str]) -> dict[str, Sketch]:
    """Entries by id; what is gone since is left out."""
    found: list[Document] = []
    for start in range(0, len(ids), FETCHED):
        where = {"_id": {"$in": ids[start : start + FETCHED]}}
        found += await MongoStore(running.database).find(subject.model.COLLECTION, where, fields=subject.fields)
    return {document["_id"]: subject.sketch(document) for document in found}
