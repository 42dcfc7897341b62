"""Score models: what institutions or contacts are scored by. A version never changes once it is made."""

from datetime import datetime
from typing import Any, ClassVar

from chassis.aggregate import Aggregate, Document, Entity, Index
from chassis.refusals import Conflict, RuleBroken
from contracts.events.customer import (
    ScoreInputState,
    ScoreModelActivated,
    ScoreModelDrafted,
    ScoreModelRetired,
    ScoreModelState,
    ScoreModelVersionState,
    ScoreThresholdsState,
)
from contracts.values import ScoreModelStatus, ScoreSubject, Stamp

from customer.evaluation.catalogue import CATALOGUE, TRAITS
from customer.evaluation.terms import InputTerm, Terms
from customer.texts import Name

MAX_VERSIONS = 100
WHOLE_COMPANY = [Stamp(path="/")]


class AnotherModelActive(Conflict):
    """One version of one model decides the tiers of a subject; somebody has just activated another."""

    code = "another_model_active"
    title = "Another model has become active for the same subject"


class VersionRetired(Conflict):
    """A yardstick that was laid aside is taken up again as a new version."""

    code = "version_retired"
    title = "The version was retired"


class VersionIsDraft(Conflict):
    """Scores are kept of versions that are or were in force; what a draft would change is asked by what-if."""

    code = "version_is_draft"
    title = "The version has not been activated"


class NothingActive(Conflict):
    """There is nothing to retire, or to score with."""

    code = "no_active_version"
    title = "The model has no active version"


class TooManyVersions(Conflict):
    """Versions live inside their model and are bounded."""

    code = "too_many_versions"
    title = f"A model has at most {MAX_VERSIONS} versions"


class UnknownVersion(RuleBroken):
    """The model has no such version."""

    code = "unknown_version"
    title = "The model has no such version"


class ModelVersion(Entity):
    """One version: its terms, and when it was made, activated and retired."""

    number: int
    terms: Terms
    state: ScoreModelStatus = ScoreModelStatus.DRAFT
    created_at: datetime
    activated_at: datetime | None = None
    retired_at: datetime | None = None


class ScoreModel(Aggregate, kind="score-model", collection="score_models", prefix="scm"):
    """A score model with its versions, the oldest first. Everybody may know what is scored by."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("active_for", 1)], unique=True, where={"active_for": {"$type": "string"}}, refusal=AnotherModelActive),
        Index([("subject", 1)]),
        Index([("created_at", 1)]),
    ]

    name: Name
    subject: ScoreSubject
    versions: list[ModelVersion]
    created_at: datetime

    @classmethod
    def draft(cls, *, name: str, subject: ScoreSubject, terms: Terms, at: datetime) -> "ScoreModel":
        """A new model, its first version a draft."""
        first = ModelVersion(number=1, terms=_with_sources(subject, terms), created_at=at)
        return cls(id=cls.new_id(), name=name, subject=subject, versions=[first], created_at=at, visible=WHOLE_COMPANY)

    def dump(self) -> Document:
        """The stored document, with the key that only a model in force has."""
        return {**super().dump(), "active_for": self.subject.value if self.active else None}

    @property
    def active(self) -> ModelVersion | None:
        """The version in force."""
        return next((one for one in self.versions if one.state is ScoreModelStatus.ACTIVE), None)

    @property
    def newest(self) -> ModelVersion:
        """The version made last."""
        return self.versions[-1]

    def version_of(self, number: int) -> ModelVersion:
        """The version of that number. Raises: UnknownVersion."""
        if not 1 <= number <= len(self.versions):
            raise UnknownVersion(f"its versions are 1 to {len(self.versions)}", field="version")
        return self.versions[number - 1]

    def usual(self) -> ModelVersion:
        """The version that scores when none is named: the active one, else the one that was active last.

        Raises: NothingActive.
        """
        used = [one for one in self.versions if one.activated_at is not None]
        if self.active is None and not used:
            raise NothingActive
        return self.active or max(used, key=lambda one: (one.activated_at, one.number))

    def scorable(self, number: int | None) -> ModelVersion:
        """A version that is or was in force; the usual one when none is named.

        Raises: UnknownVersion, VersionIsDraft, NothingActive.
        """
        version = self.usual() if number is None else self.version_of(number)
        if version.state is ScoreModelStatus.DRAFT:
            raise VersionIsDraft(version=version.number)
        return version

    def add_version(self, terms: Terms, at: datetime) -> ScoreModelDrafted:
        """Have a further version, a draft. Raises: TooManyVersions."""
        if len(self.versions) >= MAX_VERSIONS:
            raise TooManyVersions
        number = len(self.versions) + 1
        fresh = ModelVersion(number=number, terms=_with_sources(self.subject, terms), created_at=at)
        self.versions = [*self.versions, fresh]
        return self.drafted()

    def drafted(self) -> ScoreModelDrafted:
        """The event of the newest version having been made."""
        return ScoreModelDrafted(model=self.state(), version=self.newest.number)

    def activate(self, number: int, at: datetime) -> list[ScoreModelRetired | ScoreModelActivated]:
        """Let a version decide from now on; the events, none when it does. Raises: UnknownVersion, VersionRetired."""
        version = self.version_of(number)
        if version.state is ScoreModelStatus.ACTIVE:
            return []
        if version.state is ScoreModelStatus.RETIRED:
            raise VersionRetired(version=number)
        before = self.retire(at) if self.active else None
        self._change(number, state=ScoreModelStatus.ACTIVE, activated_at=at)
        activated = ScoreModelActivated(model=self.state(), version=number)
        return [before, activated] if before else [activated]

    def retire(self, at: datetime) -> ScoreModelRetired:
        """Decide no longer. Raises: NothingActive."""
        active = self.active
        if active is None:
            raise NothingActive
        self._change(active.number, state=ScoreModelStatus.RETIRED, retired_at=at)
        return ScoreModelRetired(model=self.state(), version=active.number)

    def state(self) -> ScoreModelState:
        """What events tell of it."""
        return ScoreModelState(
            model_id=self.id, name=self.name, subject=self.subject, versions=[_told(one) for one in self.versions]
        )

    def _change(self, number: int, **facts: Any) -> None:
        self.versions = [one.model_copy(update=facts) if one.number == number else one for one in self.versions]


def traits_of(subject: ScoreSubject, terms: Terms) -> tuple[str, ...]:
    """The traits that the compared share, in the order of the model."""
    return tuple(one for one in terms.population if one in TRAITS[subject])


def _with_sources(subject: ScoreSubject, terms: Terms) -> Terms:
    inputs = [
        InputTerm(code=one.code, source=CATALOGUE[subject][one.code].source.value, weight=one.weight)
        for one in terms.inputs
    ]
    return terms.model_copy(update={"inputs": inputs})


def _told(version: ModelVersion) -> ScoreModelVersionState:
    terms = version.terms
    return ScoreModelVersionState(
        version=version.number,
        state=version.state,
        inputs=[ScoreInputState(code=one.code, source=one.source or "", weight=one.weight) for one in terms.inputs],
        population=terms.population,
        min_population=terms.min_population,
        thresholds=ScoreThresholdsState(A=terms.thresholds.A, B=terms.thresholds.B, C=terms.thresholds.C),
    )
