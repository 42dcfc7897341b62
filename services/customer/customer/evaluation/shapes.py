"""How the API shows score models, runs, scores and overrides."""

from datetime import date, datetime

from chassis.jobs import JobState, Progress
from contracts.values import OverrideStatus, ScoreModelStatus, ScoreSubject, Tier
from pydantic import BaseModel

from customer.evaluation.model import ModelVersion, ScoreModel
from customer.evaluation.overrides import ScoreOverride
from customer.evaluation.runs import COUNTS, ScoreRun
from customer.evaluation.scores import Score
from customer.evaluation.terms import InputTerm, ThresholdTerms

FORMULA = (
    "percentile = 100 x (values below + half of the equal values, its own among them) / values of the population; "
    "contribution = weight x percentile / 100; score = sum of the contributions; null while an input is missing"
)


class VersionOut(BaseModel):
    """A version of a score model."""

    version: int
    state: ScoreModelStatus
    inputs: list[InputTerm]
    population: list[str]
    min_population: int
    thresholds: ThresholdTerms
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None

    @classmethod
    def of(cls, version: ModelVersion) -> "VersionOut":
        """The answer for a version."""
        own = ("state", "created_at", "activated_at", "retired_at")
        terms = {name: getattr(version.terms, name) for name in type(version.terms).model_fields}
        return cls(version=version.number, **{name: getattr(version, name) for name in own}, **terms)


class ScoreModelOut(BaseModel):
    """A score model with all its versions; `state` is `active` while one of them is, else that of the newest."""

    id: str
    name: str
    subject: ScoreSubject
    state: ScoreModelStatus
    active_version: int | None
    versions: list[VersionOut]
    created_at: datetime
    version: int

    @classmethod
    def of(cls, model: ScoreModel) -> "ScoreModelOut":
        """The answer for a model."""
        return cls(
            id=model.id,
            name=model.name,
            subject=model.subject,
            state=(model.active or model.newest).state,
            active_version=model.active.number if model.active else None,
            versions=[VersionOut.of(one) for one in model.versions],
            created_at=model.created_at,
            version=model.version,
        )


class InputKindOut(BaseModel):
    """An input that models may weigh."""

    subject: ScoreSubject
    code: str
    source: str
    meaning: str


class CatalogueOut(BaseModel):
    """The inputs that there are, and the traits that populations may share, by subject."""

    inputs: list[InputKindOut]
    traits: dict[ScoreSubject, list[str]]
    formula: str = FORMULA


class RunFault(BaseModel):
    """Why a run could not be done."""

    code: str
    detail: str


class ScoreRunOut(BaseModel):
    """A run: `progress` from 0 to 1. Of the subjects `scored` have a score, of `unscored` an input is missing, `left` were in
    the population of an earlier run of the same date; `changed` were written.
    """

    id: str
    model_id: str
    model_version: int
    subject: ScoreSubject
    as_of: date
    state: JobState
    total: int | None
    scored: int
    unscored: int
    left: int
    changed: int
    unchanged: int
    progress: float
    errors: list[RunFault]
    created_at: datetime
    ended_at: datetime | None
    version: int

    @classmethod
    def of(cls, job: ScoreRun, progress: Progress) -> "ScoreRunOut":
        """The answer for a run."""
        own = ("id", "model_id", "model_version", "subject", "state", "created_at", "ended_at", "version")
        return cls(
            **{name: getattr(job, name) for name in own},
            **{name: progress.counts.get(name, 0) for name in COUNTS},
            as_of=job.on,
            total=progress.total,
            progress=1.0 if job.state is JobState.DONE else round(progress.share, 4),
            errors=[RunFault(code=one.code, detail=one.detail) for one in job.faults],
        )


class ScoredInputOut(BaseModel):
    """What one input came to: `contribution` = weight × percentile ÷ 100, of a population of so many values that share
    `compared_by`. All of it is null where the input is missing.
    """

    code: str
    source: str
    weight: float
    value: float | None
    percentile: float | None
    contribution: float | None
    population: int | None
    compared_by: dict[str, str | None] | None
    missing: bool


class OverrideInForce(BaseModel):
    """The override that decides the tier on the date asked about."""

    id: str
    tier: Tier
    effective_on: date
    expires_on: date


class ScoreOut(BaseModel):
    """A score as of a date. `tier` is the one that counts: that of an override in force, else `scored_tier`; both are null
    while inputs are `missing`. `scored_on` is the date of the run that it stems from.
    """

    id: str
    subject: ScoreSubject
    subject_id: str
    model_id: str
    model_version: int
    as_of: date
    scored_on: date
    score: float | None
    tier: Tier | None
    scored_tier: Tier | None
    override: OverrideInForce | None
    population: dict[str, str | None]
    inputs: list[ScoredInputOut]
    missing: list[str]
    recorded_at: datetime
    formula: str = FORMULA

    @classmethod
    def of(cls, score: Score, override: ScoreOverride | None, on: date) -> "ScoreOut":
        """The answer for a score and the override in force."""
        own = ("id", "subject", "subject_id", "model_id", "model_version", "score", "missing", "recorded_at")
        traits = list(score.traits.items())
        return cls(
            **{name: getattr(score, name) for name in own},
            as_of=on,
            scored_on=score.on,
            tier=override.tier if override else score.tier,
            scored_tier=score.tier,
            override=_in_force(override),
            population=score.traits,
            inputs=[
                ScoredInputOut(
                    **one.model_dump(exclude={"shared"}),
                    compared_by=None if one.shared is None else dict(traits[: one.shared]),
                    missing=one.value is None,
                )
                for one in score.inputs
            ],
        )


class OverrideOut(BaseModel):
    """An override; `expired` once `expires_on` has come, whatever became of it."""

    id: str
    subject: ScoreSubject
    subject_id: str
    tier: Tier
    reason: str | None
    state: OverrideStatus
    expired: bool
    expires_on: date
    effective_on: date | None
    requested_by: str | None
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    version: int

    @classmethod
    def of(cls, override: ScoreOverride, today: date) -> "OverrideOut":
        """The answer for an override."""
        own = cls.model_fields.keys() - {"expired"}
        return cls(**{name: getattr(override, name) for name in own}, expired=override.expires_on <= today)


def _in_force(override: ScoreOverride | None) -> OverrideInForce | None:
    if override is None or override.effective_on is None:
        return None
    return OverrideInForce(
        id=override.id, tier=override.tier, effective_on=override.effective_on, expires_on=override.expires_on
    )
