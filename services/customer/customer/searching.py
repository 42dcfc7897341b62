"""Lists that can be searched: what holds the text, and when nothing does, what is most like it."""

from collections.abc import Callable
from typing import Any, TypeVar

from chassis.aggregate import Document, Stored
from chassis.reads import Paging, Reads
from rapidfuzz import fuzz

from customer.search import folded, look_ups, search_filter, sound_of

S = TypeVar("S", bound=Stored)

LOOK_UPS = 3
"""Look-ups for what is similar before there is nothing."""
MOST_COMPARED = 200
"""Documents of one look-up that are compared with the query."""
SIMILAR_ENOUGH = 75.0
"""Of 100; about one wrong character in four."""
_BY_SOUND = 0.97
"""What sounds alike counts a little less than what looks alike."""
SHORTEST = 3
"""Characters of a query below which everything would be similar."""


async def search_page(
    read: Reads,
    model: type[S],
    q: str | None,
    where: Document,
    page: Paging,
    *,
    out: Callable[[S], Any],
    sortable: set[str],
    directory: bool = False,
) -> dict[str, Any]:
    """One page of what holds the query's text; when there is none, the most similar ones, best first, on one page."""
    if q is None or not q.strip():
        return await read.page(model, where, page, out=out, sortable=sortable, directory=directory)
    found = await read.page(model, search_filter(q) | where, page, out=out, sortable=sortable, directory=directory)
    if found["items"] or page.cursor or len(folded(q)) < SHORTEST:
        return found
    best = await most_similar(read, model, q, where, limit=page.limit, directory=directory)
    documents = await read.page(model, {"_id": {"$in": best}}, _All(len(best) or 1), out=_itself, directory=directory)
    by_id: dict[str, S] = {one.id: one for one in documents["items"]}
    return {"items": [out(by_id[identifier]) for identifier in best if identifier in by_id], "next": None}


async def most_similar(
    read: Reads, model: type[Stored], q: str, where: Document, *, limit: int, directory: bool = False
) -> list[str]:
    """Ids of what is similar to the query, best first: looked up by its most telling runs of syllables, then by others."""
    for tokens in look_ups(q)[:LOOK_UPS]:
        rows = await read.sketches(
            model, {"search": {"$in": tokens}} | where, ["search_text"], limit=MOST_COMPARED, directory=directory
        )
        ranked = sorted(
            ((likeness(q, row["search_text"]), row["_id"]) for row in rows), key=lambda one: (-one[0], one[1])
        )
        best = [identifier for score, identifier in ranked if score >= SIMILAR_ENOUGH]
        if best:
            return best[:limit]
    return []


def likeness(q: str, search_text: str) -> float:
    """How much of the query is in a text that can be matched, in spelling or in sound: 0 to 100."""
    wanted = folded(q)
    parts = search_text.split("|")
    name, joined = parts[0], parts[-2]
    spelling = max(fuzz.partial_ratio(wanted, name), fuzz.ratio(wanted, name))
    sound = fuzz.partial_ratio(sound_of(q), joined) if len(wanted) <= len(joined) else 0.0
    length = 0.01 * fuzz.ratio(wanted, name)
    return max(spelling, _BY_SOUND * sound) + length


class _All:
    """A page of everything that is asked for by id."""

    cursor = None
    sort = None

    def __init__(self, limit: int) -> None:
        self.limit = limit


def _itself(document: S) -> S:
    return document
