"""Any list as a table: the same list, page after page, as CSV, XLSX or lines of JSON when the caller asks for it by `Accept`.

What the list filters and whom it shows is decided where it always is; here its pages only follow one another, so no more
than one is in memory.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.http.answer import Answer
from chassis.http.facts import facts_of
from chassis.http.paging import MAX_LIMIT, PageQuery
from chassis.http.table import TableAnswer
from chassis.media_types import CSV, XLSX
from chassis.reads import Paging
from chassis.tables.writing import NDJSON, WRITERS, ndjson_of

JSON = "application/json"
EXPORTED: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {}, XLSX: {}, NDJSON: {}}}}
"""`responses` of a route that exports."""
_SUFFIXES = {CSV: "csv", XLSX: "xlsx", NDJSON: "ndjson"}

Row = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and how it is read from an item of the list."""

    heading: str
    read: Row


def columns_of(*names: str) -> tuple[Column, ...]:
    """Columns that are called as fields of the items are; `location.lat` reads inside, lists are joined by `; `."""
    return tuple(Column(name, _reader(name)) for name in names)


class Export:
    """Answers a list in the form that the caller accepts; see `Exports`."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def __call__(
        self,
        page: PageQuery,
        listed: Callable[[Paging], Awaitable[dict[str, Any]]],
        *,
        name: str,
        columns: Sequence[Column],
        keep: Callable[[Any], bool] = lambda _: True,
    ) -> Response:
        """The page asked for as JSON; or, from there on, the whole list as the file `name`.

        `listed` gives a page; `keep` leaves items out of a file. Whatever refuses the first page refuses the file.
        """
        media_type = accepted(self._request.headers.get("accept", ""))
        if media_type == JSON:
            return Answer(await listed(page))
        first = await listed(PageQuery(MAX_LIMIT, page.cursor, page.sort))
        facts = facts_of(self._request)
        if facts.release is not None:
            facts.release()
        items = _items(first, page, listed, keep)
        if media_type == NDJSON:
            content = ndjson_of(_objects(items))
        else:
            content = WRITERS[media_type]([one.heading for one in columns], _rows(items, columns))
        return TableAnswer(content, media_type, f"{name}.{_SUFFIXES[media_type]}")


def accepted(header: str) -> str:
    """The media type of the answer: the first of those that the caller likes best, JSON when it names none of ours."""
    best, weight = JSON, 0.0
    for part in header.split(","):
        kind, *parameters = (one.strip().lower() for one in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        kind = JSON if kind in ("*/*", "application/*") else kind
        if quality > weight and (kind == JSON or kind in _SUFFIXES):
            best, weight = kind, quality
    return best


async def _items(
    first: dict[str, Any],
    page: PageQuery,
    listed: Callable[[Paging], Awaitable[dict[str, Any]]],
    keep: Callable[[Any], bool],
) -> AsyncIterator[Any]:
    found = first
    while True:
        for item in found["items"]:
            if keep(item):
                yield item
        if found["next"] is None:
            return
        found = await listed(PageQuery(MAX_LIMIT, found["next"], page.sort))


async def _objects(items: AsyncIterator[Any]) -> AsyncIterator[dict[str, Any]]:
    async for item in items:
        yield item.model_dump(mode="json") if isinstance(item, BaseModel) else item


async def _rows(items: AsyncIterator[Any], columns: Sequence[Column]) -> AsyncIterator[list[Any]]:
    async for item in items:
        yield [one.read(item) for one in columns]


def _reader(name: str) -> Row:
    path = name.split(".")

    def read(item: Any) -> Any:
        value = item
        for part in path:
            value = getattr(value, part, None)
        return "; ".join(str(one) for one in value) if isinstance(value, list | tuple) else value  # pyright: ignore

    return read


def _export(request: Request) -> Export:
    return Export(request)


Exports = Annotated[Export, Depends(_export)]
"""`export: Exports`, then `await export(page, lambda page: list_things(read, page, …), name="things", columns=…)`."""
