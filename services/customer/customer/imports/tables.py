"""The table that was handed in, read row by row however often it is needed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from chassis.files import Files
from chassis.jobs import JobFault
from chassis.media_types import XLSX
from chassis.tables.csv_rows import csv_rows, detect_encoding
from chassis.tables.refusals import UnreadableTable
from chassis.tables.xlsx_rows import xlsx_rows
from chassis.workers import Failed

from customer.imports.rows import nothing_but_blanks
from customer.imports.texts import trimmed

MAX_COLUMNS = 200
RESERVED = ("#row", "#column", "#code", "#message_zh", "#message_en")
"""What the file of failed rows adds; not read when it comes back."""


@dataclass(frozen=True)
class Table:
    """A stored table; `encoding` is None for a workbook."""

    files: Files
    file_id: str
    encoding: str | None

    @classmethod
    async def open(cls, files: Files, file_id: str, media_type: str) -> "Table":
        """The table of a file. Raises: Failed when its encoding is none that is known."""
        if media_type == XLSX:
            return cls(files, file_id, None)
        try:
            return cls(files, file_id, await detect_encoding(files.read(file_id)))
        except UnreadableTable as unreadable:
            raise Failed(fault_of(unreadable)) from unreadable

    async def rows(self) -> AsyncIterator[tuple[int, list[str]]]:
        """Rows with their numbers as a spreadsheet counts them, headings first; rows of blanks only are left out.

        Raises: Failed when the table cannot be read to its end.
        """
        content = self.files.read(self.file_id)
        rows = xlsx_rows(content) if self.encoding is None else csv_rows(content, self.encoding)
        number = 0
        try:
            async for cells in rows:
                number += 1
                if not nothing_but_blanks(cells):
                    yield number, cells
        except UnreadableTable as unreadable:
            raise Failed(fault_of(unreadable)) from unreadable


def fault_of(unreadable: UnreadableTable) -> JobFault:
    """What the sender is told."""
    return JobFault(code=unreadable.code, detail=unreadable.detail, place=unreadable.place)


def headings_of(cells: list[str]) -> list[str]:
    """The names of the columns, trimmed; trailing nameless ones are none."""
    names = [trimmed(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def faults_in(header: list[str], mapping: dict[str, str]) -> list[JobFault]:
    """What keeps a table from being read with a mapping: all of it."""
    found = [
        JobFault(code="missing_column", detail="the table has no such column", place=name)
        for name in mapping
        if name not in header
    ]
    found += [
        JobFault(code="repeated_column", detail="the table has this column more than once", place=name)
        for name in mapping
        if header.count(name) > 1
    ]
    if len(header) > MAX_COLUMNS:
        found.append(JobFault(code="too_many_columns", detail=f"at most {MAX_COLUMNS} columns"))
    return found
