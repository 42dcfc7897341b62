"""Asking about other times: `as_of`, a date that facts hold on, and `known_at`, an instant that they were believed at."""

import re
from datetime import date
from typing import Annotated, Any

from chassis.clock import business_date
from chassis.http.facts import edge_of
from fastapi import Depends, Query, Request
from pydantic import AwareDatetime, BeforeValidator

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _a_date(value: Any) -> Any:
    if isinstance(value, str) and not _DATE.fullmatch(value):
        raise ValueError("Input should be a date such as 2026-03-01")
    return value


def _an_instant(value: Any) -> Any:
    if isinstance(value, str) and not _INSTANT.fullmatch(value):
        raise ValueError("Input should be an RFC 3339 instant with an offset, such as 2026-03-01T09:00:00+08:00")
    return value


AsOf = Annotated[
    date | None,
    BeforeValidator(_a_date),
    Query(
        description="Business date that the facts hold on; today when it is left out, the future shows what is planned"
    ),
]
KnownAt = Annotated[
    AwareDatetime | None,
    BeforeValidator(_an_instant),
    Query(description="Instant (RFC 3339) at which the facts were believed; now when it is left out, never the future"),
]


def _today(request: Request) -> date:
    edge = edge_of(request)
    assert edge.works is not None, "the customer service has units of work"
    return business_date(edge.works.clock.now(), edge.zone)


Today = Annotated[date, Depends(_today)]
"""Declare a parameter of a route with it: the business date."""
