"""Paging: which page of a list is asked for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class PageQuery:
    """A page. `cursor` is the `next` of the page before; `sort` names one field, with a leading `-` for descending."""

    limit: int = 50
    cursor: str | None = None
    sort: str | None = None


def page_query(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows per page")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before")] = None,
    sort: Annotated[
        str | None, Query(pattern=r"^-?[a-z][a-z_.]{0,60}$", description="Field to sort by; `-` in front: descending")
    ] = None,
) -> PageQuery:
    """Read `limit`, `cursor` and `sort` from the query."""
    return PageQuery(limit, cursor, sort)


PageArgs = Annotated[PageQuery, Depends(page_query)]
"""Declare a parameter of a route with it: `page: PageArgs`."""
