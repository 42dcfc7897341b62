"""The journal: one document per changed aggregate and command. It is history, outbox, audit source and idempotency
record; those are readers of it, not further writes.

A journal document:
    _id            "<aggregate id>:<version, 10 digits>"
    kind, aggregate_id, version
    valid_from     ISO date from which the change holds in the business, or None
    recorded_at    database clock, microseconds since 1970, rising per aggregate
    state          the aggregate after the change, without personal fields
    changed        names of the changed fields (personal ones too)
    personal       True when `identities` holds the personal fields of this version
    events         [{id, type, topic, sequence, time, data, unit_paths, lines}]
    actor          {subject, roles}
    cause          {run_id, command, request_id, traceparent, event_id}
    reason         the actor's words for a change of state, or None
    idempotency    {key, body} on the document whose aggregate the answer shows
    unpublished    True until the relay has sent the events; then absent
    unsealed       True until the audit trail holds the entry; then absent
"""

from dataclasses import dataclass, field
from typing import TypeVar
from uuid import uuid4

from chassis.aggregate import KINDS, Aggregate, Document, Index
from chassis.mongo import Database
from chassis.store import Store

A = TypeVar("A", bound=Aggregate)

JOURNAL = "journal"
IDENTITIES = "identities"

__all__ = [
    "IDENTITIES",
    "INDEXES",
    "JOURNAL",
    "KINDS",
    "Cause",
    "ensure_journal",
    "journal_id",
    "restore",
    "version_at",
]

INDEXES = [
    Index([("unpublished", 1), ("recorded_at", 1)], where={"unpublished": True}),
    Index([("unsealed", 1), ("recorded_at", 1)], where={"unsealed": True}),
    Index([("aggregate_id", 1), ("recorded_at", 1)]),
    Index([("idempotency.key", 1)], unique=True, sparse=True),
]


@dataclass(frozen=True)
class Cause:
    """Why a unit of work runs. `run_id` is the unit's own mark: it tells after an ambiguous commit whether it was ours."""

    command: str = ""
    request_id: str | None = None
    traceparent: str | None = None
    event_id: str | None = None
    subject: str | None = None
    sequence: int | None = None
    run_id: str = field(default_factory=lambda: uuid4().hex)

    def document(self) -> Document:
        """What the journal keeps of it."""
        return {
            "run_id": self.run_id,
            "command": self.command,
            "request_id": self.request_id,
            "traceparent": self.traceparent,
            "event_id": self.event_id,
        }


def journal_id(aggregate_id: str, version: int) -> str:
    """The id of the journal document of one version."""
    return f"{aggregate_id}:{version:010d}"


async def ensure_journal(database: Database) -> None:
    """Create the journal, the identities and their indexes."""
    for name in (JOURNAL, IDENTITIES):
        await database.ensure_collection(name)
    for index in INDEXES:
        await database.ensure_index(JOURNAL, index)
    await database.ensure_index(IDENTITIES, Index([("aggregate_id", 1), ("version", 1)]))


async def restore(store: Store, model: type[A], document: Document) -> A:
    """The aggregate as the journal document left it, with its personal fields unless they were erased."""
    state = dict(document["state"])
    if model.PERSONAL:
        state |= {name: None for name in model.PERSONAL - state.keys()}
        row = await store.find_one(
            IDENTITIES,
            {"aggregate_id": document["aggregate_id"], "version": {"$lte": document["version"]}},
            sort=[("version", -1)],
        )
        if row:
            state.update(row["fields"])
    state["_id"] = document["aggregate_id"]
    state["recorded_us"] = document["recorded_at"]
    return model.load(state)


async def version_at(store: Store, model: type[A], aggregate_id: str, known_at_us: int) -> A | None:
    """The aggregate as it was believed at an instant; None when nothing was recorded of it then."""
    document = await store.find_one(
        JOURNAL, {"aggregate_id": aggregate_id, "recorded_at": {"$lte": known_at_us}}, sort=[("recorded_at", -1)]
    )
    return None if document is None else await restore(store, model, document)
