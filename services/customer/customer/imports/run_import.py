"""What the worker does with an import: look the table over, then judge and carry out its rows, batch by batch."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from chassis.files import Files
from chassis.jobs import Batch, JobFault
from chassis.refusals import Refusal
from chassis.work import UnitOfWork
from chassis.workers import Failed, Overtaken, Running
from contracts.values import JobState

from customer.imports.model import FAILED, MAX_ATOMIC_ROWS, MAX_ROWS, Import
from customer.imports.requests import SHAPES, importer_of
from customer.imports.rows import Columns, Row, Verdict, failed_row, judged_row, problems_of
from customer.imports.tables import Table, faults_in, headings_of

BATCH = 300
"""Rows per unit of work, as `chassis.load` has it."""


async def run_import(running: Running[Import]) -> None:
    """Do an import from wherever it stands. The table is removed with its end."""
    files, job = Files(running.database), running.job
    try:
        if running.progress.total is None:
            await running.enter(JobState.VALIDATING)
            await _look_over(running, files)
        if not job.dry_run:
            await running.enter(JobState.RUNNING)
        if running.progress.done < (running.progress.total or 0):
            await _Rows(running, files).carry_out()
        await files.delete_owned_by(job.id)
        await running.enter(JobState.VALIDATED if job.dry_run else JobState.DONE)
    except (Failed, Overtaken):
        await files.delete_owned_by(job.id)
        raise


async def _look_over(running: Running[Import], files: Files) -> None:
    """Find the encoding and the columns, and count the rows.

    Raises: Failed with everything that keeps the table from being read.
    """
    job, marks = running.job, running.progress.marks
    table = await Table.open(files, job.file_id, marks["file"]["media_type"])
    header, total = list[str](), 0
    async for _, cells in table.rows():
        if not header:
            header = headings_of(cells)
            if faults := faults_in(header, dict(marks["mapping"])):
                raise Failed(*faults)
            continue
        total += 1
        if total > MAX_ROWS:
            raise Failed(JobFault(code="too_many_rows", detail=f"at most {MAX_ROWS} rows"))
    if not header:
        raise Failed(JobFault(code="empty_table", detail="the table has no headings"))
    if job.atomic and total > MAX_ATOMIC_ROWS:
        raise Failed(JobFault(code="too_many_rows", detail=f"at most {MAX_ATOMIC_ROWS} rows all or none"))
    await running.note(Batch(0, marks={"encoding": table.encoding, "header": header}), total=total)


class _Refused(Exception):
    """Use cases refused rows of a unit, which may have half done them: the unit is run again without those rows."""


@dataclass
class _Outcome:
    """What one run of a batch came to: verdicts, and rows with their problems."""

    verdicts: list[tuple[Row, Verdict]]
    refused: list[Row]


class _Rows:
    """The rows of one import."""

    def __init__(self, running: Running[Import], files: Files) -> None:
        self._running = running
        job, marks = running.job, running.progress.marks
        self._job = job
        self._importer = importer_of(job.kind, job.mode)
        self._table = Table(files, job.file_id, marks["encoding"])
        fields = SHAPES[job.kind].fields
        self._columns = Columns(marks["header"], dict(marks["mapping"]), dict(marks["defaults"]), fields)
        self._seen: dict[bytes, int] = {}
        self._refused: dict[int, Row] = {}

    async def carry_out(self) -> None:
        """Take the rows that have not been done. Raises: Failed when all or none was asked for and some are wrong."""
        start = 0
        async for batch in self._batches(MAX_ATOMIC_ROWS if self._job.atomic else BATCH):
            while (done := self._running.progress.done - start) < len(batch):
                await self._carry_out(start + done, batch[done:])
            start += len(batch)
            self._refused.clear()

    async def _batches(self, size: int) -> AsyncIterator[list[Row]]:
        batch: list[Row] = []
        headings = True
        async for number, cells in self._table.rows():
            if headings:
                headings = False
                continue
            row = self._columns.read(number, cells)
            self._find_repetition(row)
            batch.append(row)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    def _find_repetition(self, row: Row) -> None:
        for key, field in self._importer.keys_of(self._columns.defaults_for(row)):
            digest = blake2b(key.encode(), digest_size=8).digest()
            first = self._seen.setdefault(digest, row.number)
            if first != row.number:
                row.fail("repeated_in_file", f"row {first} is about the same", field)

    async def _carry_out(self, position: int, rows: Sequence[Row]) -> None:
        """The rows that begin at a position, if the import stands there; when their unit is refused as a whole without a
        word about which of them it is, one by one."""
        while self._running.progress.done == position:
            try:
                await self._attempt(rows)
                return
            except _Refused:
                continue
            except Refusal as refusal:
                if refusal.status >= 500:
                    raise
                if self._job.atomic:
                    raise Failed(JobFault(code=refusal.code, detail=refusal.detail)) from refusal
                if len(rows) > 1:
                    for offset, row in enumerate(rows):
                        await self._carry_out(position + offset, [row])
                    return
                self._refuse(rows[0], refusal)

    async def _attempt(self, rows: Sequence[Row]) -> None:
        if self._job.dry_run:
            outcome = await self._running.rehearse(lambda work: self._judge(rows, work))
            await self._running.note(self._batch(rows, outcome))
        elif self._job.atomic:
            await self._all_or_none(rows)
        else:
            await self._running.step(lambda work: self._write(rows, work))

    async def _write(self, rows: Sequence[Row], work: UnitOfWork) -> Batch:
        return self._batch(rows, await self._judge(rows, work))

    async def _all_or_none(self, rows: Sequence[Row]) -> None:
        """Write all rows, or keep what is wrong with them. Raises: Failed."""

        async def unit(work: UnitOfWork) -> Batch:
            self._refused.clear()
            outcome = await self._judge(rows, work)
            if outcome.refused:
                self._refused.update({row.number: row for row in outcome.refused})
                raise _Refused
            return self._batch(rows, outcome)

        try:
            await self._running.step(unit)
        except _Refused:
            wrong = list(self._refused.values())
            await self._running.note(self._batch(rows, _Outcome([], wrong)))
            raise Failed(JobFault(code="rows_refused", detail=f"{len(wrong)} rows are wrong")) from None

    async def _judge(self, rows: Sequence[Row], work: UnitOfWork) -> _Outcome:
        """Run every row through its use case.

        Raises: _Refused when some were refused there, which is then remembered.
        """
        outcome = _Outcome([], [])
        fresh = [replace(row, problems=list(row.problems)) for row in rows if row.number not in self._refused]
        pairs = [(row, self._columns.defaults_for(row)) for row in fresh]
        await self._importer.begin(pairs, work)
        known = len(self._refused)
        for row, values in pairs:
            work.next_command(self._running.cause())
            try:
                verdict = await self._importer.apply(row, values, work)
                work.check()
            except Refusal as refusal:
                if refusal.status >= 500:
                    raise
                self._refuse(row, refusal)
                continue
            if verdict is None:
                outcome.refused.append(row)
            else:
                outcome.verdicts.append((row, verdict))
        if len(self._refused) > known:
            self._refused.update({row.number: row for row in outcome.refused})
            raise _Refused
        outcome.refused += [self._refused[row.number] for row in rows if row.number in self._refused]
        return outcome

    def _refuse(self, row: Row, refusal: Refusal) -> None:
        self._refused[row.number] = replace(
            row, problems=[*row.problems, *problems_of(refusal, self._importer.called_otherwise)]
        )

    def _batch(self, rows: Sequence[Row], outcome: _Outcome) -> Batch:
        counts = Counter(verdict.action for _, verdict in outcome.verdicts)
        counts[FAILED] = len(outcome.refused)
        kept = [failed_row(row, self._columns) for row in outcome.refused]
        if self._job.dry_run:
            kept += [judged_row(row, verdict) for row, verdict in outcome.verdicts]
        kept.sort(key=lambda one: one["n"])
        return Batch(len(rows), counts, rows=kept)
