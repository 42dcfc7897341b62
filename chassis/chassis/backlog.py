"""Reading the journal's unfinished rows, oldest first, at a cost that does not grow with how many there are.

An index on (flag, recorded_at) serves `flag = true` in order, but a server may fetch all matches before it sorts and
cuts. So while there is a backlog each pass asks only for rows recorded before an upper edge that moves on.
"""

from typing import Any

from chassis.aggregate import Document
from chassis.journal import JOURNAL
from chassis.mongo import Database


class Backlog:
    """The rows of the journal that still carry `flag`."""

    def __init__(self, database: Database, flag: str, *, limit: int, projection: Document | None = None) -> None:
        self.limit = limit
        self._journal = database.collection(JOURNAL)
        self._flag = flag
        self._projection = projection
        self._edge_us: int | None = None
        self._span_us = _NARROWEST_US

    def restart(self) -> None:
        """Forget where the last pass was: the next one looks at everything."""
        self._edge_us = None

    async def read(self, *, without: list[str] | None = None) -> list[Document]:
        """Up to `limit` rows, oldest first, leaving out the aggregates `without`; empty only when there are none.

        Rows that stay flagged are read again by the next call; rows that are committed late but recorded early too.
        """
        while True:
            rows = await self._read(without or [])
            if len(rows) == self.limit:
                self._span_us = max(_NARROWEST_US, rows[-1]["recorded_at"] - rows[0]["recorded_at"])
                self._edge_us = rows[-1]["recorded_at"] + self._span_us
            elif self._edge_us is not None:
                if 4 * len(rows) < self.limit:
                    self._span_us *= 2 if rows else 8
                self._edge_us = self._edge_us + self._span_us if self._span_us < _WIDEST_US else None
                if not rows:
                    continue
            return rows

    async def count(self) -> int:
        """How many rows carry the flag."""
        return await self._journal.count_documents({self._flag: True})

    async def _read(self, without: list[str]) -> list[Document]:
        where: dict[str, Any] = {self._flag: True}
        if self._edge_us is not None:
            where["recorded_at"] = {"$lt": self._edge_us}
        if without:
            where["aggregate_id"] = {"$nin": without}
        cursor = self._journal.find(where, self._projection).sort([("recorded_at", 1), ("_id", 1)])
        return await cursor.limit(self.limit).to_list(None)


_NARROWEST_US = 50_000
_WIDEST_US = 60 * 1_000_000
