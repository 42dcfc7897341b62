"""That a person was erased, and the proof of it."""

import hashlib
from datetime import datetime
from enum import StrEnum

import orjson
from chassis.aggregate import Aggregate, Entity
from chassis.refusals import Conflict
from pydantic import Field

from customer.texts import Note

_UNSTEADY = {"version", "sequence", "visible", "restamp_on", "erasure"}
"""What changes of an aggregate although its facts do not."""


class Erased(Conflict):
    """The person's data were erased; what is left are facts about nobody."""

    code = "erased"
    title = "The contact was erased"


class ErasureState(StrEnum):
    """`running`: the person's data are gone, words in the audit trail are still to go. `done`: all is gone."""

    RUNNING = "running"
    DONE = "done"


class ErasedPart(Entity):
    """What was erased in one place: of an aggregate, or of rows that are none.

    `digest` is the SHA-256 of the facts that were left, so that it can be shown that nothing else was touched; there is
    none of what was erased, because a digest of a name tells whoever can guess the name.
    """

    noun: str
    aggregate_id: str | None = None
    fields: list[str]
    versions: int
    """Stored versions, or rows, of which something was erased."""
    digest: str | None = None


class Erasure(Entity):
    """Who erased the person, when, why and what; `completed_at` is when the last trace was gone."""

    state: ErasureState = ErasureState.RUNNING
    at: datetime
    by: str
    reason: Note
    parts: list[ErasedPart] = Field(default_factory=list[ErasedPart])
    completed_at: datetime | None = None


def digest_of(aggregate: Aggregate) -> str:
    """The SHA-256 of the facts of an aggregate, without anything personal."""
    facts = {name: value for name, value in aggregate.public_state().items() if name not in _UNSTEADY}
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)).hexdigest()
