"""Asking analytics to build its marts anew from the topics; see `analytics.marts.rebuilding` for who answers and how."""

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from analytics.marts.rebuilding import REQUESTS

from terrain.addresses import Addresses
from terrain.databases import database

LOOK_EVERY_S = 0.5


class NotRebuilt(Exception):
    """The marts were not rebuilt; the text says why, in one sentence."""


async def request_rebuild(where: Addresses, by: str) -> str:
    """Leave a request that every process of analytics finds within a second; its id."""
    request = f"reb_{uuid.uuid4().hex}"
    async with database(where, "analytics") as opened:
        document = {"_id": request, "requested_at": datetime.now(UTC), "requested_by": by}
        await opened.collection(REQUESTS).insert_one(document)
    return request


async def follow_rebuild(
    where: Addresses, request: str, told: Callable[[int], None], *, within: float
) -> dict[str, Any]:
    """Wait until every process that has begun is done, calling `told(records left)`; what they reported.

    Raises: NotRebuilt when one failed, or none is done `within` seconds.
    """
    deadline = time.monotonic() + within
    async with database(where, "analytics") as opened:
        while time.monotonic() < deadline:
            found = await opened.collection(REQUESTS).find_one({"_id": request}) or {}
            processes: dict[str, Any] = found.get("processes", {})
            for name, one in processes.items():
                if one["state"] == "failed":
                    raise NotRebuilt(f"The rebuild failed in {name}: {one.get('detail', 'no reason given')}.")
            if processes and all(one["state"] == "done" for one in processes.values()):
                return processes
            told(sum(one.get("records_left", 0) for one in processes.values()))
            await asyncio.sleep(LOOK_EVERY_S)
    raise NotRebuilt(
        f"No process of analytics has finished the rebuild within {within:.0f} s; {request} stays asked for."
    )
