"""Lists that can be searched."""

from collections.abc import Callable
from typing import Any, TypeVar

from chassis.aggregate import Stored
from chassis.reads import Paging, Reads

from customer.search import search_filter

S = TypeVar("S", bound=Stored)


async def search_page(
    read: Reads,
    model: type[S],
    q: str | None,
    where: dict[str, Any],
    page: Paging,
    *,
    out: Callable[[S], Any],
    sortable: set[str],
    directory: bool = False,
) -> dict[str, Any]:
    """One page of what holds the query's text."""
    if q is not None and q.strip():
        where = where | search_filter(q)
    return await read.page(model, where, page, out=out, sortable=sortable, directory=directory)
