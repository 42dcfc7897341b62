"""XLSX row by row. A workbook comes from outside and has to be opened as a whole, so a process of its own does that, with a
limit on its memory: what is broken or hostile ends that process only, and this one's memory stays as it is."""

import asyncio
import datetime
import io
import sys
import zipfile
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import orjson

from chassis.tables.refusals import BrokenWorkbook

MAX_UNPACKED = 512 * 1024 * 1024
"""Bytes of a workbook's parts together."""
_MAX_MEMORY = 2 * 1024 * 1024 * 1024
_MAX_SECONDS = 120
_LINE_BYTES = 8 * 1024 * 1024
_BROKEN = 3


async def xlsx_rows(content: AsyncIterable[bytes]) -> AsyncIterator[list[str]]:
    """The rows of the first sheet, cells as text: dates in ISO 8601, whole numbers without a fraction.

    Raises: BrokenWorkbook.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chassis.tables.xlsx_rows",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LINE_BYTES,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        try:
            async for piece in content:
                process.stdin.write(piece)
                await process.stdin.drain()
            process.stdin.close()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has given up already; its end says so
        while line := await process.stdout.readline():
            yield orjson.loads(line)
        if await process.wait():
            raise BrokenWorkbook("the workbook cannot be read; save it again as XLSX or CSV")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _main() -> int:
    """Standard input to lines of JSON."""
    import resource

    from python_calamine import CalamineError, CalamineWorkbook

    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_SECONDS, _MAX_SECONDS))
    packed = io.BytesIO(sys.stdin.buffer.read())
    try:
        with zipfile.ZipFile(packed) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
                return _BROKEN
        packed.seek(0)
        sheet = CalamineWorkbook.from_filelike(packed).get_sheet_by_index(0)
        first = sheet.start[0] if sheet.start else 0
        for _ in range(first):
            sys.stdout.buffer.write(b"[]\n")
        for row in sheet.iter_rows():
            sys.stdout.buffer.write(orjson.dumps([text_of(cell) for cell in row]) + b"\n")
    except (zipfile.BadZipFile, CalamineError, MemoryError, OSError, ValueError, IndexError):
        return _BROKEN
    sys.stdout.buffer.flush()
    return 0


def text_of(cell: Any) -> str:
    """A cell as text."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(_main())
