"""HTTP of pairs that may be one."""

from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Query, Read, Router, Run
from pydantic import BaseModel, Field

from customer.duplicates.dismiss_duplicate import DismissDuplicate, dismiss_duplicate
from customer.duplicates.model import KINDS, Kind, Standing
from customer.duplicates.queries import DuplicateOut, RunOut, list_duplicates, one_duplicate, run_out
from customer.duplicates.run_comparison import DuplicateRun, StartRun, start_run
from customer.duplicates.scoring import CANDIDATE
from customer.texts import Note

router = Router(prefix="/duplicates", tags=["duplicates"])


class DismissalBody(Body):
    """Why a pair is not one."""

    reason: Note


class RunBody(Body):
    """What to compare; everything when it is not said."""

    kinds: Annotated[list[Kind], Field(min_length=1, max_length=len(KINDS))] = Field(default_factory=lambda: [*KINDS])


class DismissalOut(BaseModel):
    """A dismissal; it holds until either side changes materially."""

    id: str
    duplicate_id: str
    left_id: str
    right_id: str


@router.get("", permission=Permission.DUPLICATES_READ, response_model=Page[DuplicateOut])
async def get_duplicates(
    read: Read,
    page: PageArgs,
    kind: Kind | None = None,
    min_score: Annotated[float, Query(ge=0, le=1, description="Probability from which pairs are shown")] = CANDIDATE,
    standing: Standing = Standing.OPEN,
) -> Answer:
    """Pairs of entries that may be one, of which the caller sees both sides; the likeliest first."""
    return Answer(await list_duplicates(read, page, kind=kind, min_score=min_score, standing=standing))


@router.post("/runs", status_code=202, permission=Permission.DUPLICATES_JUDGE, response_model=RunOut)
async def post_run(body: RunBody, run: Run, read: Read) -> Answer:
    """Compare everything with everything that it shares a key with; the pairs stand in the list as they are found."""
    job = await run(start_run, StartRun(kinds=list(body.kinds)))
    return Answer(
        await run_out(read, job), version=job.version, headers={"location": f"/api/v1/duplicates/runs/{job.id}"}
    )


@router.get("/runs/{run_id}", permission=Permission.DUPLICATES_READ, response_model=RunOut)
async def get_run(run_id: str, read: Read) -> Answer:
    """How far a run has come."""
    job = await read.get(DuplicateRun, run_id)
    return Answer(await run_out(read, job), version=job.version)


@router.get("/{duplicate_id}", permission=Permission.DUPLICATES_READ, response_model=DuplicateOut)
async def get_duplicate(duplicate_id: str, read: Read) -> Answer:
    """One pair."""
    return Answer(await one_duplicate(read, duplicate_id))


@router.post(
    "/{duplicate_id}/dismissal",
    status_code=201,
    permission=Permission.DUPLICATES_JUDGE,
    response_model=DismissalOut,
)
async def post_dismissal(duplicate_id: str, body: DismissalBody, run: Run) -> Answer:
    """Say that a pair is not one; it stays away until either side changes materially."""
    command = DismissDuplicate(candidate_id=duplicate_id, **body.fields())
    dismissal = await run(dismiss_duplicate, command, locks=[duplicate_id])
    out = DismissalOut(
        id=dismissal.id, duplicate_id=duplicate_id, left_id=dismissal.left_id, right_id=dismissal.right_id
    )
    return Answer(out, version=dismissal.version)
