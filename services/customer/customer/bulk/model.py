"""What became of the rows of a request: kept, so that the same request again gets the same answer."""

from typing import Any

from chassis.aggregate import Aggregate, Entity


class Verdict(Entity):
    """What became of one row: `status` as if it had been a request of its own, the problem when it was refused."""

    index: int
    status: int
    id: str | None = None
    version: int | None = None
    problem: dict[str, Any] | None = None

    @property
    def done(self) -> bool:
        """True when the row took effect, or had nothing to change."""
        return self.status < 300


class BulkBatch(Aggregate, kind="bulk-batch", collection="bulk_batches", prefix="blk"):
    """The verdicts of rows that were carried out in one transaction. Nobody lists it; the journal keeps who sent it."""

    verdicts: list[Verdict]
