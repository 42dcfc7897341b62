"""Reads of overrides: whoever sees the subject sees them."""

from datetime import date
from typing import Any

from chassis.aggregate import Document
from chassis.believed import MOST_LOOKED_AT, PORTION
from chassis.cursors import InvalidCursor
from chassis.principal import both
from chassis.reads import Paging, Reads
from chassis.refusals import BadRequest, NotFound
from contracts.values import OverrideStatus, ScoreSubject

from customer.evaluation.overrides import ScoreOverride
from customer.evaluation.queries import SUBJECTS
from customer.evaluation.shapes import OverrideOut


async def one_override(read: Reads, override_id: str) -> ScoreOverride:
    """An override of a subject in scope. Raises: NotFound."""
    found = await read.directory(ScoreOverride, {"_id": override_id})
    if found is None or await read.find_one(SUBJECTS[found.subject], {"_id": found.subject_id}) is None:
        raise NotFound(f"{override_id} does not exist")
    return found


async def list_overrides(
    read: Reads,
    page: Paging,
    today: date,
    *,
    state: OverrideStatus | None,
    subject: ScoreSubject | None,
    subject_id: str | None,
) -> dict[str, Any]:
    """The overrides of subjects in scope, the oldest first.

    A page may hold fewer than its limit, or none, although more follow. Raises: BadRequest, InvalidCursor.
    """
    if page.sort not in (None, "id"):
        raise BadRequest("overrides are listed by id", code="invalid_sort", field="sort")
    wanted = {"state": state and state.value, "subject": subject and subject.value, "subject_id": subject_id}
    where: Document = {name: value for name, value in wanted.items() if value is not None}
    mark, after = read.mark(["overrides", where]), ""
    if page.cursor:
        content = read.open_cursor(page.cursor)
        if content.get("m") != mark:
            raise InvalidCursor("the cursor belongs to another list", field="cursor")
        after = content["i"]
    items: list[OverrideOut] = []
    looked_at = 0
    while True:
        narrowed = both(where, {"_id": {"$gt": after}}) if after else where
        rows = await read.store.find(ScoreOverride.COLLECTION, narrowed, sort=[("_id", 1)], limit=PORTION)
        seen = await _seen(read, rows)
        for row in rows:
            if row["subject_id"] in seen:
                if len(items) == page.limit:
                    return {"items": items, "next": read.cursor({"m": mark, "i": after})}
                items.append(OverrideOut.of(ScoreOverride.load(row), today))
            after = row["_id"]
        looked_at += len(rows)
        if len(rows) < PORTION:
            return {"items": items, "next": None}
        if looked_at >= MOST_LOOKED_AT:
            return {"items": items, "next": read.cursor({"m": mark, "i": after})}


async def _seen(read: Reads, rows: list[Document]) -> set[str]:
    """Which subjects of the rows are in scope."""
    found: set[str] = set()
    for subject, model in SUBJECTS.items():
        ids = sorted({row["subject_id"] for row in rows if row["subject"] == subject.value})
        if ids:
            shown = await read.sketches(model, {"_id": {"$in": ids}}, ["version"], limit=len(ids))
            found |= {one["_id"] for one in shown}
    return found
