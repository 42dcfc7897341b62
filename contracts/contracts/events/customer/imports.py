"""Events of imports: that a table was handed in, and what became of it. The rows speak by the events of what they changed."""

from contracts.events.base import Event, State
from contracts.ids import ImportId
from contracts.values import ImportKind, ImportMode, JobState


class ImportState(State):
    """An import. Counts are of rows; after `dry_run` they say what would be."""

    import_id: ImportId
    kind: ImportKind
    mode: ImportMode
    dry_run: bool
    atomic: bool
    state: JobState
    total: int | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0


class ImportRequested(Event, type="customer.import-requested.v1", topic="customer.import"):
    """A table was handed in and waits for its turn."""

    job: ImportState


class ImportEnded(Event, type="customer.import-ended.v1", topic="customer.import"):
    """The import has ended: `done`, `validated` (a dry run), `failed` as a whole, or `aborted`."""

    job: ImportState
