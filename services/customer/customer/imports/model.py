"""An import: a table that somebody handed in, and how far it has come."""

from typing import Any, ClassVar

from chassis.aggregate import Index
from chassis.jobs import Job, Progress
from contracts.events.customer import ImportEnded, ImportRequested, ImportState
from contracts.values import ImportKind, ImportMode, JobState

CREATED, UPDATED, UNCHANGED, FAILED = "created", "updated", "unchanged", "failed"
COUNTS = (CREATED, UPDATED, UNCHANGED, FAILED)

MAX_ROWS = 100_000
"""Of one table."""
MAX_ATOMIC_ROWS = 1_000
"""That one transaction takes."""


class Import(Job, kind="import", collection="imports", prefix="imp"):
    """A table and what is to be done with its rows. Names of columns, defaults and of the file stand in its progress."""

    INDEXES: ClassVar[list[Index]] = [*Job.INDEXES, Index([("kind", 1)])]

    kind: ImportKind
    mode: ImportMode
    dry_run: bool
    atomic: bool
    file_id: str

    def requested(self) -> ImportRequested:
        """The event of having been handed in."""
        return ImportRequested(job=self.told(Progress()))

    def changed_state(self, progress: Progress) -> ImportEnded | None:
        """The event of the end; what comes before is told to whoever asks."""
        return ImportEnded(job=self.told(progress)) if self.ended_at is not None else None

    def told(self, progress: Progress) -> ImportState:
        """What events tell of it."""
        counts: dict[str, Any] = {name: progress.counts.get(name, 0) for name in COUNTS}
        return ImportState(
            import_id=self.id,
            kind=self.kind,
            mode=self.mode,
            dry_run=self.dry_run,
            atomic=self.atomic,
            state=self.state,
            total=progress.total,
            **counts,
        )


ENDED = (JobState.DONE, JobState.VALIDATED, JobState.FAILED, JobState.ABORTED)
