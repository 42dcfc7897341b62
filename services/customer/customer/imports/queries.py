"""Reads of imports: how far they have come, what failed, what a dry run found."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from chassis.aggregate import Document
from chassis.cursors import InvalidCursor, decode_cursor, encode_cursor
from chassis.jobs import Progress, batches_of, progress_of, rows_of
from chassis.reads import Paging, Reads
from contracts.values import ImportKind, ImportMode, JobState
from pydantic import BaseModel

from customer.imports.messages import message
from customer.imports.model import COUNTS, FAILED, Import
from customer.imports.tables import RESERVED


class FaultOut(BaseModel):
    """Why the table as a whole could not be imported; `column` where it speaks of one."""

    code: str
    detail: str
    column: str | None


class ImportOut(BaseModel):
    """An import as the API shows it: `progress` from 0 to 1; counts are of rows, after a dry run of what would be."""

    id: str
    kind: ImportKind
    mode: ImportMode
    dry_run: bool
    atomic: bool
    state: JobState
    total: int | None
    created: int
    updated: int
    unchanged: int
    failed: int
    progress: float
    errors: list[FaultOut]
    file_name: str | None
    created_at: datetime
    ended_at: datetime | None
    version: int

    @classmethod
    def of(cls, job: Import, progress: Progress) -> "ImportOut":
        """The answer for an import."""
        own = ("id", "kind", "mode", "dry_run", "atomic", "state", "created_at", "ended_at", "version")
        counts: dict[str, Any] = {name: progress.counts.get(name, 0) for name in COUNTS}
        ended_well = job.state in (JobState.DONE, JobState.VALIDATED)
        return cls(
            **{name: getattr(job, name) for name in own},
            **counts,
            total=progress.total,
            progress=1.0 if ended_well else round(progress.share, 4),
            errors=[FaultOut(code=one.code, detail=one.detail, column=one.place) for one in job.faults],
            file_name=progress.marks.get("file", {}).get("name"),
        )


class FieldChange(BaseModel):
    """A field of a row: what stands there and what would."""

    field: str
    before: Any
    after: Any


class RowProblem(BaseModel):
    """One thing that is wrong with a row."""

    column: str
    code: str
    detail: str


class RowDifference(BaseModel):
    """What a dry run found for a row: `created`, `updated`, `unchanged` or `failed`."""

    row: int
    action: str
    id: str | None = None
    fields: list[FieldChange] = []
    problems: list[RowProblem] = []

    @classmethod
    def of(cls, row: Document) -> "RowDifference":
        """The answer for a row; a created one has no id yet."""
        created = row["action"] == "created"
        return cls(
            row=row["n"],
            action=row["action"],
            id=None if created else row.get("id"),
            fields=[FieldChange(**one) for one in row.get("fields", ())],
            problems=[RowProblem(**one) for one in row.get("problems", ())],
        )


async def one_import(read: Reads, import_id: str) -> ImportOut:
    """An import in scope. Raises: NotFound."""
    job = await read.get(Import, import_id)
    return ImportOut.of(job, await progress_of(read.store, job.id))


async def list_imports(read: Reads, page: Paging, state: JobState | None, kind: ImportKind | None) -> dict[str, Any]:
    """The imports in scope, the latest first unless asked otherwise."""
    where: dict[str, Any] = {}
    if state is not None:
        where["state"] = state.value
    if kind is not None:
        where["kind"] = kind.value
    found = await read.page(
        Import, where, page, out=lambda job: job, sortable={"created_at"}, default_sort="-created_at"
    )
    items = [ImportOut.of(job, await progress_of(read.store, job.id)) for job in found["items"]]
    return {"items": items, "next": found["next"]}


async def difference(read: Reads, import_id: str, page: Paging, secret: str) -> dict[str, Any]:
    """What a dry run found, row by row. Raises: NotFound, InvalidCursor."""
    await read.get(Import, import_id)
    start, after = 0, 0
    if page.cursor:
        content = decode_cursor(secret, page.cursor)
        if content.get("import") != import_id:
            raise InvalidCursor(field="cursor")
        start, after = int(content["batch"]), int(content["row"])
    items: list[RowDifference] = []
    async for batch, rows in batches_of(read.store, import_id, start):
        for row in rows:
            if row["n"] <= after:
                continue
            if len(items) == page.limit:
                place = {"import": import_id, "batch": batch, "row": items[-1].row}
                return {"items": items, "next": encode_cursor(secret, place)}
            items.append(RowDifference.of(row))
    return {"items": items, "next": None}


async def failed_rows(read: Reads, job: Import) -> tuple[list[str], AsyncIterator[list[Any]]]:
    """The headings and rows of the file of failed rows: as they came, and what is wrong with them."""
    progress = await progress_of(read.store, job.id)
    header: list[str] = progress.marks.get("header", [])
    kept = [position for position, name in enumerate(header) if name not in RESERVED]

    async def rows() -> AsyncIterator[list[Any]]:
        async for row in rows_of(read.store, job.id):
            if row["action"] != FAILED or row.get("erased"):
                continue
            cells: list[str] = row["cells"]
            problems = row["problems"]
            told = [message(one["code"], one["detail"]) for one in problems]
            yield [
                *(cells[place] if place < len(cells) else "" for place in kept),
                row["n"],
                "; ".join(one["column"] for one in problems),
                "; ".join(one["code"] for one in problems),
                "；".join(chinese for chinese, _ in told),
                "; ".join(english for _, english in told),
            ]

    return [*(header[place] for place in kept), *RESERVED], rows()
