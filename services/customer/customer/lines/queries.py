"""Reads of product lines, which every employee may know."""

from typing import Any

from chassis.reads import Paging, Reads
from chassis.refusals import NotFound
from pydantic import BaseModel

from customer.lines.model import Line


class LineOut(BaseModel):
    """A product line as the API shows it."""

    id: str
    name: str
    code: str
    version: int

    @classmethod
    def of(cls, line: Line) -> "LineOut":
        """The answer for a line."""
        return cls(id=line.id, name=line.name, code=line.code, version=line.version)


async def line_of(read: Reads, line_id: str) -> Line:
    """One line.

    Raises: NotFound.
    """
    line = await read.directory(Line, {"_id": line_id})
    if line is None:
        raise NotFound(f"line {line_id} does not exist")
    return line


async def list_lines(read: Reads, page: Paging, *, code: str | None = None) -> dict[str, Any]:
    """All lines, or the one of a code."""
    where = {} if code is None else {"code": code}
    return await read.page(
        Line, where, page, out=LineOut.of, sortable={"name", "code"}, default_sort="code", directory=True
    )
