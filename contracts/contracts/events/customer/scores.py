"""Events of evaluation: score models, scores and tiers, overrides. Scores rest on public professional facts only."""

from datetime import date

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import EmployeeId, ScoreId, ScoreModelId, ScoreOverrideId
from contracts.values import OverrideStatus, ScoreModelStatus, ScoreSubject, Tier


class ScoreInputState(State):
    """What a score rests on, and how much of 100 per cent; weights have at most two decimals."""

    code: str
    source: str
    weight: float


class ScoreThresholdsState(State):
    """The least score of the tiers A, B and C; what is below is D."""

    A: float
    B: float
    C: float


class ScoreModelVersionState(State):
    """A version of a model; what it says never changes. `population` names what compared subjects share."""

    version: int
    state: ScoreModelStatus
    inputs: list[ScoreInputState]
    population: list[str]
    min_population: int
    thresholds: ScoreThresholdsState


class ScoreModelState(State):
    """A score model with all its versions, the oldest first; at most one of all versions of a subject is active."""

    model_id: ScoreModelId
    name: str
    subject: ScoreSubject
    versions: list[ScoreModelVersionState]


class ScoreModelDrafted(Event, type="customer.score-model-drafted.v1", topic="customer.score-model"):
    """A model was made, or a further version of it: version `version`, a draft."""

    model: ScoreModelState
    version: int


class ScoreModelActivated(Event, type="customer.score-model-activated.v1", topic="customer.score-model"):
    """From now on version `version` decides the tiers of its subject."""

    model: ScoreModelState
    version: int


class ScoreModelRetired(Event, type="customer.score-model-retired.v1", topic="customer.score-model"):
    """Version `version` decides no longer; its scores stay, and past dates can still be scored with it."""

    model: ScoreModelState
    version: int


class ScoredInputState(State):
    """One input of a score: value, percentile in the population (null when the value is missing), and its part."""

    code: str
    source: str
    weight: float
    value: float | None = None
    percentile: float | None = None
    contribution: float | None = None


class ScoreState(State):
    """The score of an institution or a contact by one version of a model, which holds from `on` until the `on` of the
    next run of that version. `score` is null when inputs are `missing`; `in_population` is false for a subject that a
    repeated run did not find any more.
    """

    score_id: ScoreId
    subject: ScoreSubject
    subject_id: str
    model_id: ScoreModelId
    model_version: int
    on: date
    score: float | None = None
    tier: Tier | None = None
    inputs: list[ScoredInputState] = Field(default_factory=list[ScoredInputState])
    missing: list[str] = Field(default_factory=list[str])
    in_population: bool = True


class ScoreChanged(Event, type="customer.score-changed.v1", topic="customer.score"):
    """A subject was scored for a date, or a repeated run for the same date came to something else."""

    score: ScoreState


class ScoreOverrideState(State):
    """Somebody's wish that a subject counts as `tier` from the day of the approval until `expires_on` (exclusive).

    It ends by itself: no event tells of that day.
    """

    override_id: ScoreOverrideId
    subject: ScoreSubject
    subject_id: str
    tier: Tier
    state: OverrideStatus
    requested_by: EmployeeId | None = None
    decided_by: EmployeeId | None = None
    effective_on: date | None = None
    expires_on: date


class ScoreOverrideRequested(Event, type="customer.score-override-requested.v1", topic="customer.score-override"):
    """An override was asked for."""

    override: ScoreOverrideState


class ScoreOverrideApproved(Event, type="customer.score-override-approved.v1", topic="customer.score-override"):
    """Somebody else approved it; it holds from today."""

    override: ScoreOverrideState


class ScoreOverrideRejected(Event, type="customer.score-override-rejected.v1", topic="customer.score-override"):
    """Somebody else rejected it."""

    override: ScoreOverrideState


class ScoreOverrideErased(Event, type="customer.score-override-erased.v1", topic="customer.score-override"):
    """The person was erased, and with that the words of the request and of the decision."""

    override: ScoreOverrideState
