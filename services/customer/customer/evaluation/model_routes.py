"""HTTP of score models, their runs and what-if."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Caller, Page, PageArgs, Permission, Read, Router, Run
from chassis.jobs import progress_of
from chassis.reads import Change
from chassis.refusals import NotFound
from contracts.ids import ScoreModelId, ScoreRunId
from contracts.values import ScoreSubject
from pydantic import Field

from customer.evaluation.activate_model import ActivateModel, RetireModel, activate_model, retire_model
from customer.evaluation.catalogue import CATALOGUE, TRAITS
from customer.evaluation.manage_models import AddVersion, DraftModel, add_version, draft_model
from customer.evaluation.model import ScoreModel
from customer.evaluation.queries import model_in_force
from customer.evaluation.runs import RequestRun, ScoreRun, request_run
from customer.evaluation.shapes import CatalogueOut, InputKindOut, ScoreModelOut, ScoreRunOut
from customer.evaluation.terms import InputTerm, Terms, ThresholdTerms
from customer.evaluation.what_if import WhatIfOut, what_if
from customer.texts import Name, Note
from customer.timetravel import Today

router = Router(prefix="/score-models", tags=["evaluation"])

DECIDING = "the score model in force"
"""Activations queue: each retires what the one before has activated."""

VersionNumber = Annotated[int, Field(ge=1, le=1000)]


class InputBody(InputTerm, Body):
    """An input and its weight, per cent."""


class ThresholdBody(ThresholdTerms, Body):
    """The least scores of the tiers A, B and C."""


class VersionBody(Terms, Body):
    """Inputs with weights that total 100, the traits that compared subjects share, and thresholds."""

    inputs: Annotated[list[InputBody], Field(max_length=30)]  # pyright: ignore[reportIncompatibleVariableOverride]
    thresholds: ThresholdBody  # pyright: ignore[reportIncompatibleVariableOverride]


class ScoreModelBody(VersionBody):
    """A score model; its first version is a draft."""

    name: Name
    subject: ScoreSubject


class ActivationBody(Body):
    """The version to activate: the newest unless it says otherwise."""

    version: VersionNumber | None = None
    reason: Note | None = None


class RetirementBody(Body):
    """Why nothing is to be scored by it any more."""

    reason: Note | None = None


class RunBody(Body):
    """The date to score, and a version that is or was in force: the active one unless it says otherwise."""

    as_of: date
    version: VersionNumber | None = None


class WhatIfBody(Body):
    """The date to look at, and any version: the newest unless it says otherwise."""

    as_of: date | None = None
    version: VersionNumber | None = None


@router.post("", status_code=201, permission=Permission.SCORE_MODELS_WRITE, response_model=ScoreModelOut)
async def post_model(body: ScoreModelBody, run: Run) -> Answer:
    """Make a score model."""
    model = await run(draft_model, DraftModel(**body.fields()))
    return Answer(ScoreModelOut.of(model), version=model.version)


@router.get("", permission=Permission.SCORES_READ, response_model=Page[ScoreModelOut])
async def get_models(read: Read, page: PageArgs, subject: ScoreSubject | None = None) -> Answer:
    """The score models; sort by `created_at`."""
    where = {} if subject is None else {"subject": subject.value}
    found = await read.page(ScoreModel, where, page, out=ScoreModelOut.of, sortable={"created_at"}, directory=True)
    return Answer(found)


@router.get("/inputs", permission=Permission.SCORES_READ, response_model=CatalogueOut)
async def get_inputs() -> Answer:
    """What can be scored by, and compared by."""
    inputs = [
        InputKindOut(subject=subject, code=kind.code, source=kind.source.value, meaning=kind.meaning)
        for subject, kinds in CATALOGUE.items()
        for kind in kinds.values()
    ]
    return Answer(CatalogueOut(inputs=inputs, traits={subject: list(names) for subject, names in TRAITS.items()}))


@router.get("/{model_id}", permission=Permission.SCORES_READ, response_model=ScoreModelOut)
async def get_model(model_id: ScoreModelId, read: Read) -> Answer:
    """One score model with its versions."""
    model = await _model(read, model_id)
    return Answer(ScoreModelOut.of(model), version=model.version)


@router.get("/{model_id}/history", permission=Permission.SCORE_MODELS_WRITE, response_model=Page[Change])
async def get_model_history(model_id: ScoreModelId, read: Read, page: PageArgs) -> Answer:
    """What was changed, when, by whom and why, oldest first."""
    return Answer(await read.history(ScoreModel, model_id, page))


@router.post(
    "/{model_id}/versions", status_code=201, permission=Permission.SCORE_MODELS_WRITE, response_model=ScoreModelOut
)
async def post_version(model_id: ScoreModelId, body: VersionBody, run: Run) -> Answer:
    """Make a further version, a draft; what there is never changes."""
    model = await run(add_version, AddVersion(model_id=model_id, **body.fields()), subject=model_id, locks=[model_id])
    location = f"/api/v1/score-models/{model_id}"
    return Answer(ScoreModelOut.of(model), version=model.version, headers={"location": location})


@router.post("/{model_id}/activation", permission=Permission.SCORE_MODELS_WRITE, response_model=ScoreModelOut)
async def post_activation(model_id: ScoreModelId, body: ActivationBody, run: Run) -> Answer:
    """Let a version decide from now on; whichever decided before is retired."""
    command = ActivateModel(model_id=model_id, **body.fields())
    model = await run(activate_model, command, subject=model_id, locks=[model_id, DECIDING])
    return Answer(ScoreModelOut.of(model), version=model.version)


@router.post("/{model_id}/retirement", permission=Permission.SCORE_MODELS_WRITE, response_model=ScoreModelOut)
async def post_retirement(model_id: ScoreModelId, body: RetirementBody, run: Run) -> Answer:
    """Let the model decide no longer."""
    command = RetireModel(model_id=model_id, **body.fields())
    model = await run(retire_model, command, subject=model_id, locks=[model_id, DECIDING])
    return Answer(ScoreModelOut.of(model), version=model.version)


@router.post("/{model_id}/runs", status_code=202, permission=Permission.SCORE_MODELS_WRITE, response_model=ScoreRunOut)
async def post_run(model_id: ScoreModelId, body: RunBody, run: Run, read: Read) -> Answer:
    """Score everybody for a date, past dates too; a job does it, and the answer gives its address."""
    job = await run(request_run, RequestRun(model_id=model_id, **body.fields()), locks=[model_id])
    out = ScoreRunOut.of(job, await progress_of(read.store, job.id))
    location = f"/api/v1/score-models/{model_id}/runs/{job.id}"
    return Answer(out, version=job.version, headers={"location": location})


@router.get("/{model_id}/runs", permission=Permission.SCORES_READ, response_model=Page[ScoreRunOut])
async def get_runs(model_id: ScoreModelId, read: Read, page: PageArgs) -> Answer:
    """The runs of a model, the latest first."""
    await _model(read, model_id)
    found = await read.page(
        ScoreRun,
        {"model_id": model_id},
        page,
        out=lambda job: job,
        sortable={"created_at"},
        default_sort="-created_at",
        directory=True,
    )
    items = [ScoreRunOut.of(job, await progress_of(read.store, job.id)) for job in found["items"]]
    return Answer({"items": items, "next": found["next"]})


@router.get("/{model_id}/runs/{run_id}", permission=Permission.SCORES_READ, response_model=ScoreRunOut)
async def get_run(model_id: ScoreModelId, run_id: ScoreRunId, read: Read) -> Answer:
    """How far a run has come."""
    job = await read.directory(ScoreRun, {"_id": run_id})
    if job is None or job.model_id != model_id:
        raise NotFound(f"{run_id} does not exist")
    return Answer(ScoreRunOut.of(job, await progress_of(read.store, job.id)), version=job.version)


@router.post("/{model_id}/what-if", permission=Permission.SCORE_MODELS_WRITE, response_model=WhatIfOut, streaming=True)
async def post_what_if(model_id: ScoreModelId, body: WhatIfBody, read: Read, caller: Caller, today: Today) -> Answer:
    """Who would change tier if a version decided; nothing is stored."""
    model = await _model(read, model_id)
    version = model.newest if body.version is None else model.version_of(body.version)
    rival = await model_in_force(read.store, model.subject)
    return Answer(await what_if(read.store, caller, model, version, rival, body.as_of or today))


async def _model(read: Read, model_id: str) -> ScoreModel:
    model = await read.directory(ScoreModel, {"_id": model_id})
    if model is None:
        raise NotFound(f"{model_id} does not exist")
    return model
