"""What is written can be read again, runs in no spreadsheet, and is never held as a whole."""

import csv
import io
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from chassis.media_types import XLSX, media_type_of
from chassis.tables.neutral import neutral, original
from chassis.tables.refusals import BrokenWorkbook
from chassis.tables.writing import csv_of, ndjson_of, xlsx_of
from chassis.tables.xlsx_rows import xlsx_rows
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

HOSTILE = ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "=HYPERLINK(1)"]


async def each(rows: Iterable[Any]) -> AsyncIterator[Any]:
    for row in rows:
        yield row


async def joined(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_cell_is_a_formula(text: str):
    content = await joined(csv_of(["name", text], each([[text, 1]])))
    header, row = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert header[1][0] == row[0][0] == "'"
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(await joined(xlsx_of(["name"], each([[text]])))))
    assert str(sheet.get_sheet_by_index(0).to_python()[1][0])[0] == "'"


@given(st.text(alphabet="'=+-@\t\rab1", max_size=6))
def test_every_text_survives_the_way_out_and_back(text: str):
    assert original(neutral(text)) == text


async def test_numbers_stay_numbers():
    content = await joined(csv_of(["lat"], each([[-33.9], [7], ["-5"]])))
    assert content.decode("utf-8-sig").split() == ["lat", "-33.9", "7", "-5"]


async def test_a_workbook_can_be_read_again():
    rows = [["北京协和医院 & <b>", 12, 1.5, None, date(2026, 3, 1), True], ["x" * 40_000, 0, -1, "\x01a", "", False]]
    content = await joined(xlsx_of(["名称", "b", "c", "d", "e", "f"], each(rows)))
    assert media_type_of(content[:4096], "a.xlsx") == XLSX
    read = [row async for row in xlsx_rows(each([content]))]
    assert read[0] == ["名称", "b", "c", "d", "e", "f"]
    assert read[1] == ["北京协和医院 & <b>", "12", "1.5", "", "2026-03-01", "true"]
    assert read[2] == ["x" * 32_767, "0", "-1", "a", "", "false"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"a,b\n1,2\n"])
async def test_a_broken_workbook_is_refused(content: bytes):
    with pytest.raises(BrokenWorkbook):
        [row async for row in xlsx_rows(each([content]))]


async def test_lines_of_json():
    rows = [{"id": "a", "at": datetime(2026, 3, 1, tzinfo=UTC)}, {"id": "b"}]
    assert await joined(ndjson_of(each(rows))) == b'{"id":"a","at":"2026-03-01T00:00:00+00:00"}\n{"id":"b"}\n'


@pytest.mark.parametrize("write", [csv_of, xlsx_of])
async def test_a_long_table_takes_no_more_memory_than_a_short_one(write: Any):
    async def peak(number: int) -> int:
        tracemalloc.start()
        async for _ in write(["a", "b"], each([f"name {row}", row] for row in range(number))):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    short = await peak(2_000)
    assert await peak(20_000) < short + 300_000
