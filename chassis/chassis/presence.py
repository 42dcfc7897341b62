"""Who is alive on a database, so that others abort the transactions of whoever is not.

A process that is killed in a transaction keeps its documents locked until the server's own limit (60 s): whoever takes up
its work, and every client who wants the same documents, would wait for that. So each process tells that it is alive and
which sessions it uses; a process that was only frozen finds its transaction aborted and runs it again.

One document per process in `processes`:
    _id       "<host>:<process id>:<random>"
    until_us  alive until then, by the database's clock
    sessions  ids of the sessions that its transactions use
"""

import asyncio
import os
import socket
from typing import Any
from uuid import uuid4

from chassis.aggregate import Document
from chassis.logs import logger
from chassis.mongo import Database, is_infrastructure

PROCESSES = "processes"
TERM_S = 10.0
_MANY = 1000

_log = logger("presence")


class Presence:
    """One process on one database."""

    def __init__(self, database: Database, *, term_s: float = TERM_S) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._database = database
        self._term_us = int(term_s * 1e6)
        self._pause_s = term_s / 4
        self._noted: set[bytes] = set()

    async def run(self) -> None:
        """Tell for ever that this process is alive, and clear up behind those that are not."""
        while True:
            try:
                await self.tell()
                await self.clear_up()
            except Exception as failure:
                if not is_infrastructure(failure):
                    raise
                _log.warning("cannot tell that this process is alive", error=type(failure).__name__)
            await asyncio.sleep(self._pause_s)

    async def tell(self) -> None:
        """Alive for another term."""
        changes: Document = {"until_us": await self._until_us()}
        if len(self._noted) > _MANY:  # sessions end after half an hour without use; those in use are noted again
            self._noted.clear()
            changes["sessions"] = []
        result = await self._processes.update_one({"_id": self.name}, {"$set": changes}, upsert=True)
        if not result.matched_count:
            self._noted.clear()

    async def note(self, session_id: Any) -> None:
        """A session is about to be used for transactions; written down at its first use only."""
        key = bytes(session_id)
        if key in self._noted:
            return
        update: Document = {"$addToSet": {"sessions": session_id}, "$setOnInsert": {"until_us": await self._until_us()}}
        await self._processes.update_one({"_id": self.name}, update, upsert=True)
        self._noted.add(key)

    async def clear_up(self) -> int:
        """Abort what processes that have not told for a term may have left open; how many processes."""
        gone = await self._processes.find({"until_us": {"$lt": await self._database.now_us()}}).to_list(None)
        for process in gone:
            await self._database.abort_sessions(process.get("sessions", []))
            await self._processes.delete_one({"_id": process["_id"], "until_us": process["until_us"]})
            _log.info("cleared up behind a process", process=process["_id"])
        return len(gone)

    async def leave(self) -> None:
        """This process ends, and has no transaction open."""
        await self._processes.delete_one({"_id": self.name})

    @property
    def _processes(self) -> Any:
        return self._database.collection(PROCESSES)

    async def _until_us(self) -> int:
        return await self._database.now_us() + self._term_us
