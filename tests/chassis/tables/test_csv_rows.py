"""CSV is read as the library reads it, whatever the pieces it comes in; encodings are told apart."""

import csv
import io
from collections.abc import AsyncIterator

import pytest
from chassis.tables.csv_rows import MAX_ROW, csv_rows, detect_encoding
from chassis.tables.refusals import RowTooLong, UnknownEncoding
from hypothesis import given, settings
from hypothesis import strategies as st

CELLS = st.text(alphabet='ab"\n\r,中 \u2028\x0c', max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=6)


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def read(content: bytes, size: int = 7, encoding: str | None = None) -> list[list[str]]:
    chosen = encoding or await detect_encoding(pieces(content, size))
    return [row async for row in csv_rows(pieces(content, size), chosen)]


@settings(max_examples=300, deadline=None)
@given(table=TABLES, size=st.integers(1, 40), end=st.sampled_from(["\n", "\r\n", "\r"]), last=st.booleans())
async def test_pieces_make_no_difference(table: list[list[str]], size: int, end: str, last: bool):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([["a", "b"], *table])
    content = text.getvalue() if last else text.getvalue().removesuffix(end)
    expected = list(csv.reader(io.StringIO(content, newline="")))
    assert await read(content.encode(), size) == expected


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("gb2312", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
async def test_the_encoding_is_found_and_the_mark_is_no_part_of_a_name(encoding: str, found: str, size: int):
    content = "名称,等级\n北京协和医院,三级甲等\n".encode(encoding)
    assert await detect_encoding(pieces(content, size)) == found
    assert await read(content, size) == [["名称", "等级"], ["北京协和医院", "三级甲等"]]


@pytest.mark.parametrize("content", [b"a,b\n\xff\xff\xff\n", b"a\0b,c\n", "\ufeffa\0".encode("utf-16")])
async def test_what_is_no_text_is_refused(content: bytes):
    with pytest.raises(UnknownEncoding):
        await detect_encoding(pieces(content, 2))


@pytest.mark.parametrize("separator", [",", ";", "\t", "，"])
async def test_the_separator_is_that_of_the_first_line(separator: str):
    content = f'a{separator}b{separator}c\n1{separator}"x,;\t\ny"{separator}3\n'.encode()
    assert await read(content) == [["a", "b", "c"], ["1", "x,;\t\ny", "3"]]


async def test_a_quotation_mark_inside_a_plain_cell_is_text():
    assert await read(b'a,b\n5" pipe,x\n1,2\n') == [["a", "b"], ['5" pipe', "x"], ["1", "2"]]


async def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_file():
    content = b'a,b\n1,"open\n' + b"x,y\n" * (MAX_ROW // 2)
    with pytest.raises(RowTooLong) as refused:
        await read(content, 64 * 1024)
    assert refused.value.place == "2"


async def test_an_empty_file_has_no_rows():
    assert await read(b"") == []
