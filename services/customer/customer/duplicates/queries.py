"""Reads of pairs: a caller sees one who sees both of its sides."""

from datetime import datetime
from typing import Any

from chassis.aggregate import Document
from chassis.jobs import JobState, progress_of
from chassis.principal import Principal
from chassis.reads import Paging, Reads
from chassis.refusals import NotFound
from pydantic import BaseModel

from customer.duplicates.model import Candidate, Kind, Standing
from customer.duplicates.run_comparison import DuplicateRun
from customer.duplicates.scoring import Reason
from customer.duplicates.subjects import SUBJECTS


class DuplicateOut(BaseModel):
    """Two entries that may be one; `score` from 0 to 1, `reasons` the weightiest first (> 0 speaks for it)."""

    id: str
    kind: Kind
    left_id: str
    right_id: str
    score: float
    reasons: list[Reason]
    standing: Standing

    @classmethod
    def of(cls, pair: Candidate) -> "DuplicateOut":
        """The answer for a pair."""
        return cls(**{name: getattr(pair, name) for name in cls.model_fields})


class RunOut(BaseModel):
    """A comparison of everything: `progress` from 0 to 1, `compared` and `kept` pairs so far."""

    id: str
    kinds: list[Kind]
    state: JobState
    progress: float
    compared: int
    kept: int
    created_at: datetime
    ended_at: datetime | None


async def run_out(read: Reads, job: DuplicateRun) -> RunOut:
    """The answer for a run."""
    progress = await progress_of(read.store, job.id)
    return RunOut(
        id=job.id,
        kinds=job.of,
        state=job.state,
        progress=1.0 if job.state is JobState.DONE else progress.share,
        compared=progress.counts.get("compared", 0),
        kept=progress.counts.get("kept", 0),
        created_at=job.created_at,
        ended_at=job.ended_at,
    )


def seen_by(principal: Principal) -> Document:
    """The filter of pairs of which the principal sees both sides."""
    tokens = principal.scope_filter().get("audience")
    if tokens is None:
        return principal.scope_filter()
    return {"left_audience": tokens, "right_audience": tokens}


async def list_duplicates(
    read: Reads, page: Paging, *, kind: Kind | None, min_score: float, standing: Standing
) -> dict[str, Any]:
    """The pairs in scope, the likeliest first.

    Stamps on a pair may lag behind those of its sides, so what is shown is checked against the sides themselves.
    """
    where: Document = {"standing": standing.value, "score": {"$gte": min_score}, **seen_by(read.principal)}
    if kind is not None:
        where["kind"] = kind
    found = await read.page(Candidate, where, page, out=DuplicateOut.of, sortable={"score"}, default_sort="-score")
    items: list[DuplicateOut] = found["items"]
    seen: set[str] = set()
    for each, subject in SUBJECTS.items():
        ids = sorted({side for pair in items if pair.kind == each for side in (pair.left_id, pair.right_id)})
        if ids and not read.principal.sees_everything:
            seen |= {one.id for one in await read.find(subject.model, {"_id": {"$in": ids}}, limit=len(ids))}
        else:
            seen |= set(ids)
    found["items"] = [pair for pair in items if pair.left_id in seen and pair.right_id in seen]
    return found


async def one_duplicate(read: Reads, candidate_id: str) -> DuplicateOut:
    """One pair. Raises: NotFound when it is none (any more) or the caller does not see both sides."""
    pair = await read.find_one(Candidate, {"_id": candidate_id, **seen_by(read.principal)})
    if pair is None:
        raise NotFound(f"{candidate_id} does not exist")
    return DuplicateOut.of(pair)
