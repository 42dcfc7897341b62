"""Tables written row by row, as streams: CSV with a byte order mark (what spreadsheets want), XLSX, lines of JSON."""

import csv
import io
import zipfile
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

import orjson

from chassis.media_types import CSV, XLSX
from chassis.tables.neutral import neutral

NDJSON = "application/x-ndjson"
_AT_ONCE = 64 * 1024
_MAX_CELL = 32_767
_NOT_IN_XML = {code: None for code in range(0x20) if code not in (0x09, 0x0A, 0x0D)} | {0xFFFE: None, 0xFFFF: None}

Cells = Sequence[Any]


async def csv_of(header: Sequence[str], rows: AsyncIterable[Cells]) -> AsyncIterator[bytes]:
    """CSV in UTF-8; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow([neutral(name) for name in header])
    async for row in rows:
        writer.writerow([neutral(shown(cell)) for cell in row])
        if text.tell() > _AT_ONCE:
            yield _taken(text).encode()
    yield _taken(text).encode()


async def ndjson_of(rows: AsyncIterable[Mapping[str, Any]]) -> AsyncIterator[bytes]:
    """One object of JSON per line."""
    waiting = bytearray()
    async for row in rows:
        waiting += orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        if len(waiting) > _AT_ONCE:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


async def xlsx_of(header: Sequence[str], rows: AsyncIterable[Cells]) -> AsyncIterator[bytes]:
    """A workbook of one sheet (ECMA-376) without a copy of it anywhere: packed while it is made.

    Libraries that write workbooks keep the rows in a file on disk; these rows may be about people.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in _PARTS.items():
            package.writestr(name, content)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET_START)
            sheet.write(_row_xml(header))
            waiting: list[bytes] = []
            async for row in rows:
                waiting.append(_row_xml(row))
                if len(waiting) == 100:
                    sheet.write(b"".join(waiting))
                    waiting.clear()
                if sink.waiting:
                    yield sink.take()
            sheet.write(b"".join(waiting) + _SHEET_END)
    yield sink.take()


WRITERS: dict[str, Callable[[Sequence[str], AsyncIterable[Cells]], AsyncIterator[bytes]]] = {CSV: csv_of, XLSX: xlsx_of}


def shown(cell: Any) -> str:
    """A cell as text: dates and instants in ISO 8601, nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(getattr(cell, "value", cell))


class _Sink(io.RawIOBase):
    """Where a package is written to; what has come is taken away at once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        self.waiting += len(self._pieces[-1])
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces, self.waiting = b"".join(self._pieces), [], 0
        return taken


def _row_xml(row: Cells) -> bytes:
    return ("<row>" + "".join(_cell_xml(cell) for cell in row) + "</row>").encode()


def _cell_xml(cell: Any) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"<c><v>{cell}</v></c>"
    text = neutral(shown(cell)).translate(_NOT_IN_XML)[:_MAX_CELL]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else "<c/>"


def _taken(text: io.StringIO) -> str:
    content = text.getvalue()
    text.seek(0)
    text.truncate()
    return content


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f"{_OFFICE}/spreadsheetml/2006/main"
_SHEET_START = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
_SHEET_END = b"</sheetData></worksheet>"
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETS}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETS}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}/officeDocument/2006/relationships">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship'
    f' Id="rId1" Type="{_OFFICE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}
