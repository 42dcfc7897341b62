"""Sealing: puts committed journal documents into the audit trail, in blocks, at most a second after they were committed."""

import asyncio
import random
from typing import Any

from pymongo.errors import DuplicateKeyError

from chassis.aggregate import Document
from chassis.audit import AUDIT, ORIGIN, block_of, entry_of
from chassis.backlog import Backlog
from chassis.journal import JOURNAL
from chassis.lease import LEASES, Lease, LeaseLost
from chassis.logs import logger
from chassis.metrics import UNSEALED_ROWS
from chassis.mongo import Database

BATCH = 500
LOOK_EVERY_S = 0.3
MARK_CHUNK = 100
LONGEST_BACKOFF_S = 5.0

_log = logger("sealer")


class Sealer:
    """Seals one service's journal; active where its relay is, under the same lease."""

    def __init__(self, service: str, database: Database, *, batch: int = BATCH) -> None:
        self.service = service
        self._database = database
        self._backlog = Backlog(database, "unsealed", limit=batch)
        self._head: tuple[int, str] | None = None

    async def run(self, lease: Lease) -> None:
        """Work for ever under `lease`. Raises: LeaseLost."""
        self._head = None
        self._backlog.restart()
        failures = 0
        while True:
            try:
                sealed = await self.seal_next(lease)
                failures = 0
            except LeaseLost:
                raise
            except Exception as failure:
                failures += 1
                self._head = None
                _log.warning("cannot seal now", error=type(failure).__name__, failures=failures)
                await asyncio.sleep(random.uniform(0.5, 1) * min(LONGEST_BACKOFF_S, 0.1 * 2 ** min(failures, 10)))
                continue
            if not sealed:
                UNSEALED_ROWS.labels(self.service).set(0)
                await asyncio.sleep(LOOK_EVERY_S)

    async def seal_next(self, lease: Lease) -> int:
        """Seal one block; of how many documents. Raises: LeaseLost; the driver's own exceptions."""
        rows = await self._backlog.read()
        if not rows:
            return 0
        UNSEALED_ROWS.labels(self.service).set(len(rows))
        number, previous = self._head or await self._read_head()
        entries = [entry_of(row) for row in rows]
        block = block_of(number + 1, previous, await self._database.now_us(), entries)
        try:
            await lease.fenced(lambda session: self._write(block, session))
        except DuplicateKeyError:
            self._head = None  # an ambiguous commit had taken effect after all
            return len(rows)
        self._head = (block["_id"], block["hash"])
        return len(rows)

    async def _write(self, block: Document, session: Any) -> None:
        await self._database.collection(AUDIT).insert_one(block, session=session)
        identifiers = [entry["journal_id"] for entry in block["entries"]]
        sealed = 0
        for start in range(0, len(identifiers), MARK_CHUNK):
            chunk = identifiers[start : start + MARK_CHUNK]
            result = await self._database.collection(JOURNAL).update_many(
                {"_id": {"$in": chunk}, "unsealed": True}, {"$unset": {"unsealed": ""}}, session=session
            )
            sealed += result.matched_count
        if sealed != len(identifiers):
            raise SealedMeanwhile(f"{len(identifiers) - sealed} of the documents were sealed by another")

    async def _read_head(self) -> tuple[int, str]:
        found = await self._database.collection(AUDIT).find({}, {"hash": 1}).sort([("_id", -1)]).limit(1).to_list(None)
        return (found[0]["_id"], found[0]["hash"]) if found else (0, ORIGIN)


async def ensure_relay(database: Database) -> None:
    """Create the collections that relay and sealer write in transactions; safe to repeat."""
    for name in (LEASES, AUDIT):
        await database.ensure_collection(name)


class SealedMeanwhile(Exception):
    """The documents of a block are in the trail already: read again."""
