"""How questions come in over HTTP: query parameters into filters, dimensions, pages."""

import re
from datetime import date
from typing import Annotated, Any

from chassis.cursors import InvalidCursor, decode_cursor, encode_cursor
from chassis.http import Query
from chassis.http.facts import Edge
from contracts.ids import AccountId, EmployeeId, UnitId
from contracts.values import AccountKind, Grade
from fastapi import Depends
from pydantic import AfterValidator, BeforeValidator, StringConstraints

from analytics.queries.question import NO_PRODUCT, Dimension, Filters, read_dimensions

MAX_LIMIT = 5000


def _plain_date(text: Any) -> Any:
    if isinstance(text, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("a date is written YYYY-MM-DD")
    return text


BusinessDate = Annotated[date, BeforeValidator(_plain_date)]
"""A date in the organisation's time zone, as `2026-03-01` and in no other form."""
Dimensions = Annotated[str, StringConstraints(max_length=200), AfterValidator(read_dimensions)]
_ProductFilter = Annotated[str, StringConstraints(pattern=rf"^(prd_[0-9A-Za-z]{{1,48}}|{NO_PRODUCT})$")]


async def _filters(
    start: Annotated[BusinessDate | None, Query(alias="from", description="First business date")] = None,
    end: Annotated[BusinessDate | None, Query(alias="to", description="First business date no longer meant")] = None,
    unit_id: Annotated[UnitId | None, Query(description="The credited unit itself")] = None,
    within_unit_id: Annotated[UnitId | None, Query(description="A credited unit or one below it")] = None,
    account_id: Annotated[AccountId | None, Query()] = None,
    employee_id: Annotated[EmployeeId | None, Query()] = None,
    product_id: Annotated[_ProductFilter | None, Query(description=f"`{NO_PRODUCT}` = without product")] = None,
    grade: Annotated[Grade | None, Query(description="Grade of the institution today")] = None,
    kind: Annotated[AccountKind | None, Query(description="Kind of the institution today")] = None,
) -> Filters:
    return Filters(
        start=start,
        end=end,
        unit_id=unit_id,
        within_unit_id=within_unit_id,
        account_id=account_id,
        employee_id=employee_id,
        product_id=product_id,
        grade=grade.value if grade else None,
        kind=kind.value if kind else None,
    )


async def _dimensions(
    by: Annotated[
        Dimensions,
        Query(description=f"Any of {', '.join(Dimension)}, comma-separated, in any order; empty = one total"),
    ] = "",
) -> tuple[Dimension, ...]:
    return by if isinstance(by, tuple) else ()


VisitFilters = Annotated[Filters, Depends(_filters)]
"""Declare a parameter of a route with it: `filters: VisitFilters`."""
GroupBy = Annotated[tuple[Dimension, ...], Depends(_dimensions)]
"""`by: GroupBy`."""
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows per page")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` of the page before")]


def place_in(edge: Edge, cursor: str | None, mark: str) -> list[str] | None:
    """Where the page before ended; None on the first page.

    Raises: InvalidCursor when the cursor was not made here or belongs to another question.
    """
    if cursor is None:
        return None
    content = decode_cursor(edge.cursor_secret, cursor)
    if content.get("m") != mark:
        raise InvalidCursor("the cursor belongs to another question", field="cursor")
    return content["k"]


def cursor_after(edge: Edge, place: list[str] | None, mark: str) -> str | None:
    """The cursor of the page that follows `place`; None after the last page."""
    return None if place is None else encode_cursor(edge.cursor_secret, {"m": mark, "k": place})
