"""Whether events leave the services' journals, and who sends them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chassis.journal import JOURNAL
from chassis.lease import LEASES

from terrain.addresses import Addresses
from terrain.databases import database

OWNERS = ("customer", "visits", "promotion", "analytics")


@dataclass(frozen=True)
class RelayState:
    """`unpublished` journal rows, the age of the oldest in seconds, and the leases of the service."""

    service: str
    unpublished: int
    oldest_seconds: float | None
    leases: list[dict[str, Any]]


async def relay_states(where: Addresses) -> list[RelayState]:
    """One row per service that writes events, by the database's own clock."""
    return [await _of(where, service) for service in OWNERS]


async def _of(where: Addresses, service: str) -> RelayState:
    async with database(where, service) as opened:
        now_us = await opened.now_us()
        journal = opened.collection(JOURNAL)
        count = await journal.count_documents({"unpublished": True})
        oldest = await journal.find_one({"unpublished": True}, {"recorded_at": 1}, sort=[("recorded_at", 1)])
        now = datetime.fromtimestamp(now_us / 1e6, UTC)
        leases = [
            {"name": row["_id"], "holder": row.get("holder"), "held": row["expires_at"] > now}
            for row in await opened.collection(LEASES).find().sort("_id", 1).to_list(None)
        ]
    age = None if oldest is None else max(0.0, round((now_us - oldest["recorded_at"]) / 1e6, 3))
    return RelayState(service, count, age, leases)
