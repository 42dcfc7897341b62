"""The way from an entry that was merged to its survivor."""

from datetime import datetime
from typing import Annotated, Any

from chassis.clock import to_microseconds
from chassis.http import Answer
from chassis.http.facts import edge_of, facts_of
from chassis.journal import version_at
from chassis.reads import Reads
from chassis.refusals import NotFound
from fastapi import Depends, Request

from customer.mergeable import Mergeable

_LONGEST_WAY = 1000


class Redirector:
    """Answers a GET of an entry that was merged with where its survivor is."""

    def __init__(self, read: Reads, path: str, query: str) -> None:
        self._read = read
        self._path = path
        self._query = query

    async def __call__(
        self, model: type[Mergeable], identifier: str, known_at: datetime | None = None
    ) -> Answer | None:
        """308 to the survivor; None for an entry that stands for itself, or did at `known_at`.

        Whether the caller may see the survivor decides, and nothing else. Raises: NotFound when not.
        """
        entry = await self._read.directory(model, {"_id": identifier})
        if entry is None or not entry.is_merged:
            return None
        if known_at is not None and known_at.tzinfo is not None:
            believed = await version_at(self._read.store, model, identifier, to_microseconds(known_at))
            if believed is None or not believed.is_merged:
                return None
            entry = believed
        for _ in range(_LONGEST_WAY):
            if entry is None or not entry.is_merged:
                break
            entry = await self._read.directory(model, {"_id": entry.survivor_id})
        if entry is None or not self._read.principal.sees(entry.visible):
            raise NotFound(f"{identifier} does not exist")
        query = f"?{self._query}" if self._query else ""
        location = self._path.replace(identifier, entry.id) + query
        return Answer(None, status=308, headers={"location": location})


def _redirector(request: Request) -> Redirector:
    edge = edge_of(request)
    assert edge.database is not None, "the customer service has a database"
    read = Reads(edge.database, facts_of(request).caller, cursor_secret=edge.cursor_secret, zone=edge.zone)
    return Redirector(read, request.url.path, request.url.query)


Redirect = Annotated[Redirector, Depends(_redirector)]
"""Declare a parameter of a route with it: `if (elsewhere := await redirect(Account, account_id)): return elsewhere`."""

REDIRECTED: dict[int | str, dict[str, Any]] = {
    308: {
        "description": "It was merged; `Location` is its survivor",
        "headers": {"Location": {"schema": {"type": "string"}}},
    }
}
"""What such a route publishes."""
