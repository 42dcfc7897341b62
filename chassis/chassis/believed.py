"""Lists of what was believed at an instant: aggregates as the journal left them, portion by portion."""

from collections.abc import Callable
from typing import TypeVar

from chassis.aggregate import Aggregate, Document
from chassis.journal import JOURNAL, restore
from chassis.principal import both
from chassis.store import Store

A = TypeVar("A", bound=Aggregate)

PORTION = 200
MOST_LOOKED_AT = 2_000
"""Aggregates that one page may look at; a page of a list that keeps few may hold fewer than its limit, or none."""


async def believed_after(
    store: Store,
    model: type[A],
    scope: Document,
    *,
    after: str,
    known_at_us: int,
    keep: Callable[[A], bool],
    limit: int,
) -> tuple[list[A], str | None]:
    """Aggregates with ids behind `after`, as they were believed, that `keep` takes: at most `limit`.

    The second value is the id to go on from; None at the end. `scope` is today's. Like a read of one aggregate it tells
    what is committed: of the very last moments more may become visible.
    """
    kept: list[A] = []
    looked_at = 0
    while True:
        where = both(scope, {"_id": {"$gt": after}}) if after else scope
        rows = await store.find(model.COLLECTION, where, sort=[("_id", 1)], limit=PORTION)
        believed = await as_believed(store, model, rows, known_at_us)
        for row in rows:
            one = believed.get(row["_id"])
            if one is not None and keep(one):
                if len(kept) == limit:
                    return kept, after
                kept.append(one)
            after = row["_id"]
        looked_at += len(rows)
        if len(rows) < PORTION:
            return kept, None
        if looked_at >= MOST_LOOKED_AT:
            return kept, after


async def as_believed(store: Store, model: type[A], rows: list[Document], known_at_us: int) -> dict[str, A]:
    """The rows by id as they were believed; those that were not recorded yet are missing."""
    found = {row["_id"]: model.load(row) for row in rows if row["recorded_us"] <= known_at_us}
    changed = [row["_id"] for row in rows if row["recorded_us"] > known_at_us]
    if not changed:
        return found
    versions = await store.find(
        JOURNAL,
        {"aggregate_id": {"$in": changed}, "recorded_at": {"$lte": known_at_us}},
        fields=["aggregate_id", "recorded_at"],
    )
    latest: dict[str, tuple[int, str]] = {}
    for version in versions:
        entry = (version["recorded_at"], version["_id"])
        latest[version["aggregate_id"]] = max(entry, latest.get(version["aggregate_id"], (0, "")))
    if latest:
        for document in await store.find(JOURNAL, {"_id": {"$in": [identifier for _, identifier in latest.values()]}}):
            found[document["aggregate_id"]] = await restore(store, model, document)
    return found
