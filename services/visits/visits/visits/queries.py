"""Reads of visits, in the caller's scope."""

import asyncio
import time
from datetime import date
from typing import Any

from chassis.aggregate import Document
from chassis.http import PageQuery
from chassis.reads import Reads
from contracts.values import VisitState

from visits.known.survivors import names_of
from visits.visits.model import Visit
from visits.visits.shapes import VisitOut

_FIRST_LOOK_S, _SELDOM_S = 0.02, 0.25


async def find_visits(
    read: Reads,
    page: PageQuery,
    *,
    account_id: str | None = None,
    employee_id: str | None = None,
    state: VisitState | None = None,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """A page of visits, the latest plan first; `since` ≤ planned business date < `until`.

    Visits of an institution are also those at what was merged into it.
    """
    where: Document = {}
    if account_id is not None:
        names = await names_of(account_id, read)
        where["account_id"] = account_id if len(names) == 1 else {"$in": names}
    if employee_id is not None:
        where["employee_id"] = employee_id
    if state is not None:
        where["state"] = state.value
    if since is not None:
        where.setdefault("planned_at", {})["$gte"] = read.start_of(since)
    if until is not None:
        where.setdefault("planned_at", {})["$lt"] = read.start_of(until)
    return await read.page(Visit, where, page, out=VisitOut.of, sortable={"planned_at"}, default_sort="-planned_at")


async def wait_for_answer(read: Reads, submitted: Visit, seconds: float) -> Visit:
    """The visit once promotion has answered the attempt, or as it is when the seconds are over."""
    ends, pause = time.monotonic() + seconds, _FIRST_LOOK_S
    while True:
        visit = await read.get(Visit, submitted.id)
        left = ends - time.monotonic()
        if (visit.state, visit.attempt) != (VisitState.SUBMITTED, submitted.attempt) or left <= 0:
            return visit
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, _SELDOM_S)
