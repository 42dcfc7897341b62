"""HTTP of imports."""

from typing import Annotated

from chassis.http import Answer, Body, Form, Page, PageArgs, Permission, Read, Router, Run, Upload
from chassis.http.facts import edge_of
from chassis.http.table import TableAnswer
from chassis.media_types import CSV, TEXT, XLSX
from chassis.tables.writing import csv_of
from contracts.values import ImportKind, ImportMode, JobState
from fastapi import Request
from pydantic import Field, StringConstraints

from customer.imports.abort_import import AbortImport, abort_import
from customer.imports.model import Import
from customer.imports.queries import (
    ImportOut,
    RowDifference,
    difference,
    failed_rows,
    list_imports,
    one_import,
)
from customer.imports.request_import import RequestImport, request_import
from customer.imports.tables import MAX_COLUMNS

router = Router(prefix="/imports", tags=["imports"])

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_CELL = 1_000

Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Cell = Annotated[str, StringConstraints(max_length=MAX_CELL)]


class ImportOptions(Body):
    """What the rows are, what is to become of them, and which columns stand for which fields."""

    kind: ImportKind
    mode: ImportMode
    dry_run: bool = False
    atomic: bool = False
    mapping: Annotated[dict[Column, FieldName], Field(min_length=1, max_length=MAX_COLUMNS)]
    defaults: Annotated[dict[FieldName, Cell | int | float | bool], Field(max_length=MAX_COLUMNS)] = Field(
        default_factory=dict
    )


class ImportForm(Body):
    """The parts beside the file."""

    options: ImportOptions


@router.post(
    "",
    status_code=202,
    permission=Permission.IMPORTS_RUN,
    response_model=ImportOut,
    upload=Upload(max_bytes=MAX_FILE_BYTES, media_types=frozenset({CSV, TEXT, XLSX}), fields=ImportForm),
)
async def post_import(form: Form, run: Run, read: Read) -> Answer:
    """Hand in a table (CSV or XLSX); what becomes of it is at the address that the answer gives."""
    options: ImportOptions = form.fields.options
    terms = options.model_dump() | {"defaults": {name: _text(cell) for name, cell in options.defaults.items()}}
    job = await run(request_import, RequestImport(file_id=form.file.id, **terms))
    found = await one_import(read, job.id)
    return Answer(found, version=found.version, headers={"location": f"/api/v1/imports/{job.id}"})


@router.get("", permission=Permission.IMPORTS_RUN, response_model=Page[ImportOut])
async def get_imports(
    read: Read, page: PageArgs, state: JobState | None = None, kind: ImportKind | None = None
) -> Answer:
    """The imports, the latest first."""
    return Answer(await list_imports(read, page, state, kind))


@router.get("/{import_id}", permission=Permission.IMPORTS_RUN, response_model=ImportOut)
async def get_import(import_id: str, read: Read) -> Answer:
    """How far an import has come."""
    found = await one_import(read, import_id)
    return Answer(found, version=found.version)


@router.get("/{import_id}/failed-rows", permission=Permission.IMPORTS_RUN)
async def get_failed_rows(import_id: str, read: Read) -> TableAnswer:
    """The rows that failed as they came, with what is wrong; it can be handed in again with the same mapping."""
    header, rows = await failed_rows(read, await read.get(Import, import_id))
    return TableAnswer(csv_of(header, rows), CSV, f"{import_id}-failed-rows.csv")


@router.get("/{import_id}/difference", permission=Permission.IMPORTS_RUN, response_model=Page[RowDifference])
async def get_difference(import_id: str, read: Read, page: PageArgs, request: Request) -> Answer:
    """What a dry run found for every row; without one, the rows that failed."""
    return Answer(await difference(read, import_id, page, edge_of(request).cursor_secret))


@router.post("/{import_id}/abort", permission=Permission.IMPORTS_RUN, response_model=ImportOut)
async def post_abort(import_id: str, run: Run, read: Read) -> Answer:
    """Stop an import; what was written stays written."""
    job = await run(abort_import, AbortImport(import_id=import_id), subject=import_id, locks=[import_id])
    found = await one_import(read, job.id)
    return Answer(found, version=found.version)


def _text(cell: str | int | float | bool) -> str:
    return ("true" if cell else "false") if isinstance(cell, bool) else str(cell)
