"""What becomes of an entry that was merged into another: it stays as a sign that points to its survivor."""

from chassis.aggregate import Aggregate
from chassis.refusals import Conflict
from pydantic import Field


class Merged(Conflict):
    """The entry was merged into another, which is to be written to instead."""

    code = "merged"
    title = "It was merged into another"


class Mergeable(Aggregate):
    """An institution or a contact, which may turn out to be another one.

    While it is merged it takes no commands, meets nobody as a duplicate and holds none of its exact keys.
    """

    survivor_id: str | None = None
    """Into which it was merged; None when it stands for itself."""
    absorbed: list[str] = Field(default_factory=list[str])
    """Merges that it has survived and that have not been undone, the last one last."""

    @property
    def is_merged(self) -> bool:
        """True while it only points to its survivor."""
        return self.survivor_id is not None

    def gone(self) -> Merged | None:
        """The refusal of commands that name it, while it is merged."""
        return Merged(survivor_id=self.survivor_id) if self.is_merged else None
