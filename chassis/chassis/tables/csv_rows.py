"""CSV (RFC 4180) as people really send it: in UTF-8 with or without a mark, UTF-16 or GB18030; with commas, semicolons or
tabs. Read row by row from pieces of bytes, in bounded memory."""

import codecs
import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterator

from chassis.tables.refusals import RowTooLong, UnknownEncoding

MAX_ROW = 256 * 1024
"""Characters of one row, with its quotation marks."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LONGEST_MARK = len(codecs.BOM_UTF8)
_ADVICE = "save the file as UTF-8"
_DELIMITERS = ",;\t，；"


async def detect_encoding(content: AsyncIterable[bytes]) -> str:
    """`utf-8-sig`, `utf-16` or `gb18030`: the first in which all of the content can be read.

    Raises: UnknownEncoding.
    """
    candidates: dict[str, codecs.IncrementalDecoder] = {}
    head = b""
    async for piece in content:
        if not candidates:
            head += piece
            if len(head) < _LONGEST_MARK:
                continue
            candidates, piece, head = _candidates(head), head, b""
        candidates = {name: decoder for name, decoder in candidates.items() if _decodes(decoder, piece)}
        if not candidates:
            raise UnknownEncoding(_ADVICE)
    for name, decoder in (candidates or _candidates(head)).items():
        if _decodes(decoder, head, final=True):
            return name
    raise UnknownEncoding(_ADVICE)


def _candidates(head: bytes) -> dict[str, codecs.IncrementalDecoder]:
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    return {name: codecs.getincrementaldecoder(name)() for name in ([marked] if marked else ["utf-8-sig", "gb18030"])}


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        return "\0" not in decoder.decode(piece, final)
    except UnicodeError:
        return False


async def csv_rows(content: AsyncIterable[bytes], encoding: str) -> AsyncIterator[list[str]]:
    """The rows, the first of which says what the columns are and with what they are separated; empty rows are `[]`.

    Raises: RowTooLong; UnicodeError when the content is not in that encoding.
    """
    reader = _Reader()
    decoder = codecs.getincrementaldecoder(encoding)()
    async for piece in content:
        for row in reader.feed(decoder.decode(piece)):
            yield row
    for row in reader.feed(decoder.decode(b"", True), final=True):
        yield row


class _Reader:
    """Cuts text into whole rows; the library does the rest."""

    def __init__(self) -> None:
        self._rest = ""
        self._delimiter = ""
        self._number = 0

    def feed(self, text: str, *, final: bool = False) -> Iterator[list[str]]:
        """The rows that are complete now."""
        text = self._rest + text
        if final:
            whole, self._rest = text, ""
        else:
            whole, self._rest = self._cut(text)
            if len(self._rest) > MAX_ROW:
                raise RowTooLong(f"a row has more than {MAX_ROW} characters", str(self._number + 1))
        if not whole:
            return
        if not self._delimiter:
            self._delimiter = _delimiter_of(whole)
        for row in csv.reader(io.StringIO(whole, newline=""), delimiter=self._delimiter):
            self._number += 1
            yield row

    def _cut(self, text: str) -> tuple[str, str]:
        """What ends with the last line break outside of quotation marks, and the rest."""
        if '"' not in text:
            end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
            return text[:end], text[end:]
        delimiter = self._delimiter or _delimiter_of(text)
        end, inside, at_start, position = 0, False, True, 0
        while position < len(text):
            character = text[position]
            if inside:
                if character == '"':
                    if text[position + 1 : position + 2] == '"':
                        position += 1
                    else:
                        inside = False
            elif character == '"' and at_start:
                inside = True
            elif character == "\n" or (character == "\r" and text[position + 1 : position + 2] not in ("", "\n")):
                end = position + 1
            at_start = not inside and character in (delimiter, "\n", "\r")
            position += 1
        return text[:end], text[end:]


def _delimiter_of(text: str) -> str:
    """The separator that the first line has most of."""
    line = text.partition("\n")[0]
    return max(_DELIMITERS, key=lambda one: (line.count(one), -_DELIMITERS.index(one)))
