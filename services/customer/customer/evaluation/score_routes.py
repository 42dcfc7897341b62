"""HTTP of scores and overrides."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Query, Read, Router, Run
from contracts.ids import ScoreModelId, ScoreOverrideId, UnitId
from contracts.values import OverrideStatus, ScoreSubject, Tier

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.evaluation.decide_override import ApproveOverride, RejectOverride, approve_override, reject_override
from customer.evaluation.override_queries import list_overrides, one_override
from customer.evaluation.queries import Asked, list_scores, one_score
from customer.evaluation.request_override import RequestOverride, request_override
from customer.evaluation.shapes import OverrideOut, ScoreOut
from customer.redirecting import REDIRECTED, Redirect
from customer.texts import Note
from customer.timetravel import AsOf, KnownAt, Today

router = Router(tags=["evaluation"])

Model = Annotated[ScoreModelId | None, Query(description="A score model; the one in force when it is left out")]
Version = Annotated[
    int | None, Query(ge=1, le=1000, description="A version of the model; the active one when it is left out")
]


class OverrideBody(Body):
    """The tier that is to count, why, and until when (exclusive)."""

    tier: Tier
    reason: Note
    expires_on: date


class ApprovalBody(Body):
    """What the approver has to say."""

    reason: Note | None = None


class RejectionBody(Body):
    """Why it is rejected."""

    reason: Note


@router.get(
    "/accounts/{account_id}/score", permission=Permission.SCORES_READ, response_model=ScoreOut, responses=REDIRECTED
)
async def get_account_score(
    account_id: str,
    read: Read,
    redirect: Redirect,
    today: Today,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    model: Model = None,
    version: Version = None,
) -> Answer:
    """The score of an institution, explained input by input; 404 `not_scored` when there is none for the date."""
    if elsewhere := await redirect(Account, account_id, known_at):
        return elsewhere
    asked = Asked(as_of or today, known_at, model, version)
    return Answer(await one_score(read, ScoreSubject.ACCOUNT, account_id, asked))


@router.get(
    "/contacts/{contact_id}/score", permission=Permission.SCORES_READ, response_model=ScoreOut, responses=REDIRECTED
)
async def get_contact_score(
    contact_id: str,
    read: Read,
    redirect: Redirect,
    today: Today,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    model: Model = None,
    version: Version = None,
) -> Answer:
    """The score of a contact, explained input by input; 404 `not_scored` when there is none for the date."""
    if elsewhere := await redirect(Contact, contact_id, known_at):
        return elsewhere
    asked = Asked(as_of or today, known_at, model, version)
    return Answer(await one_score(read, ScoreSubject.CONTACT, contact_id, asked))


@router.get("/scores", permission=Permission.SCORES_READ, response_model=Page[ScoreOut])
async def get_scores(
    read: Read,
    page: PageArgs,
    today: Today,
    subject: ScoreSubject,
    tier: Annotated[Tier | None, Query(description="The tier that counts, overrides included")] = None,
    unit_id: UnitId | None = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    model: Model = None,
    version: Version = None,
) -> Answer:
    """The scores in the caller's scope, by the ids of their subjects; `unit_id` takes in the units below it."""
    asked = Asked(as_of or today, known_at, model, version)
    return Answer(await list_scores(read, page, subject, asked, tier=tier, unit_id=unit_id))


@router.post(
    "/accounts/{account_id}/score-overrides",
    status_code=201,
    permission=Permission.SCORE_OVERRIDES_REQUEST,
    response_model=OverrideOut,
)
async def post_account_override(account_id: str, body: OverrideBody, run: Run, today: Today) -> Answer:
    """Ask that an institution counts as another tier; somebody else decides."""
    return await _request(ScoreSubject.ACCOUNT, account_id, body, run, today)


@router.post(
    "/contacts/{contact_id}/score-overrides",
    status_code=201,
    permission=Permission.SCORE_OVERRIDES_REQUEST,
    response_model=OverrideOut,
)
async def post_contact_override(contact_id: str, body: OverrideBody, run: Run, today: Today) -> Answer:
    """Ask that a contact counts as another tier; somebody else decides."""
    return await _request(ScoreSubject.CONTACT, contact_id, body, run, today)


@router.get("/score-overrides", permission=Permission.SCORES_READ, response_model=Page[OverrideOut])
async def get_overrides(
    read: Read,
    page: PageArgs,
    today: Today,
    state: OverrideStatus | None = None,
    subject: ScoreSubject | None = None,
    subject_id: Annotated[str | None, Query(max_length=60)] = None,
) -> Answer:
    """The overrides of institutions and contacts in the caller's scope, the oldest first."""
    return Answer(await list_overrides(read, page, today, state=state, subject=subject, subject_id=subject_id))


@router.get("/score-overrides/{override_id}", permission=Permission.SCORES_READ, response_model=OverrideOut)
async def get_override(override_id: ScoreOverrideId, read: Read, today: Today) -> Answer:
    """One override."""
    override = await one_override(read, override_id)
    return Answer(OverrideOut.of(override, today), version=override.version)


@router.post(
    "/score-overrides/{override_id}/approval",
    permission=Permission.SCORE_OVERRIDES_DECIDE,
    response_model=OverrideOut,
)
async def post_approval(override_id: ScoreOverrideId, body: ApprovalBody, run: Run, today: Today) -> Answer:
    """Approve an override that somebody else has asked for; it holds from today."""
    command = ApproveOverride(override_id=override_id, **body.fields())
    override = await run(approve_override, command, subject=override_id, locks=[override_id])
    return Answer(OverrideOut.of(override, today), version=override.version)


@router.post(
    "/score-overrides/{override_id}/rejection",
    permission=Permission.SCORE_OVERRIDES_DECIDE,
    response_model=OverrideOut,
)
async def post_rejection(override_id: ScoreOverrideId, body: RejectionBody, run: Run, today: Today) -> Answer:
    """Reject an override that somebody else has asked for."""
    command = RejectOverride(override_id=override_id, **body.fields())
    override = await run(reject_override, command, subject=override_id, locks=[override_id])
    return Answer(OverrideOut.of(override, today), version=override.version)


async def _request(subject: ScoreSubject, subject_id: str, body: OverrideBody, run: Run, today: date) -> Answer:
    command = RequestOverride(subject=subject, subject_id=subject_id, **body.fields())
    override = await run(request_override, command, locks=[subject_id])
    location = f"/api/v1/score-overrides/{override.id}"
    return Answer(OverrideOut.of(override, today), version=override.version, headers={"location": location})
