"""The way from an entry that was merged to its survivor."""

from datetime import UTC, datetime
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

        The whole way is the one that was believed then. Whether the caller may see the survivor today decides, and
        nothing else. Raises: NotFound when not.
        """
        entry = await self._believed(model, identifier, known_at)
        if entry is None or not entry.is_merged:
            return None
        for _ in range(_LONGEST_WAY):
            if entry is None or not entry.is_merged:
                break
            entry = await self._believed(model, entry.survivor_id, known_at)
        survivor = None if entry is None else await self._read.find_one(model, {"_id": entry.id})
        if survivor is None:
            raise NotFound(f"{identifier} does not exist")
        query = f"?{self._query}" if self._query else ""
        location = self._path.replace(identifier, survivor.id) + query
        return Answer(None, status=308, headers={"location": location})

    async def _believed(self, model: type[Mergeable], identifier: str | None, at: datetime | None) -> Mergeable | None:
        """The entry as it is known now, or was believed; of an instant that nobody can ask about, as it is now."""
        if identifier is None:
            return None
        if at is None or at.tzinfo is None or at > datetime.now(UTC):
            return await self._read.directory(model, {"_id": identifier})
        return await version_at(self._read.store, model, identifier, to_microseconds(at))


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
