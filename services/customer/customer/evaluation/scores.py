"""Scores: what an institution or a contact came to for a date by one version of a model."""

import hashlib
from datetime import date
from typing import ClassVar

from chassis.aggregate import Aggregate, Document, Entity, Index
from contracts.events.customer import ScoreChanged, ScoredInputState, ScoreState
from contracts.ids import ScoreModelId
from contracts.values import ScoreSubject, Tier

from customer.evaluation.members import Member
from customer.evaluation.model import ModelVersion
from customer.evaluation.percentiles import Populations, Result, score


class ScoredInput(Entity):
    """What one input came to; `population` values were compared, of subjects that share the first `shared` traits."""

    code: str
    source: str
    weight: float
    value: float | None = None
    percentile: float | None = None
    contribution: float | None = None
    population: int | None = None
    shared: int | None = None


class Score(Aggregate, kind="score", collection="scores", prefix="sco"):
    """The score of a subject for a date. It holds from `on` until the `on` of the next run of the same version.

    It carries no stamps: whoever sees the subject sees it, and that changes with the alignments.
    """

    INDEXES: ClassVar[list[Index]] = [Index([("basis", 1)]), Index([("subject_id", 1)])]

    subject: ScoreSubject
    subject_id: str
    model_id: ScoreModelId
    model_version: int
    on: date
    score: float | None = None
    tier: Tier | None = None
    inputs: list[ScoredInput]
    traits: dict[str, str | None]
    missing: list[str]
    in_population: bool = True

    def dump(self) -> Document:
        """The stored document, with the key that all scores of a run share."""
        return {**super().dump(), "basis": basis_of(self.model_id, self.model_version, self.on)}

    def changed(self) -> ScoreChanged:
        """The event of its having been made, or having become another."""
        shown = ("code", "source", "weight", "value", "percentile", "contribution")
        return ScoreChanged(
            score=ScoreState(
                score_id=self.id,
                subject=self.subject,
                subject_id=self.subject_id,
                model_id=self.model_id,
                model_version=self.model_version,
                on=self.on,
                score=self.score,
                tier=self.tier,
                inputs=[ScoredInputState(**{name: getattr(one, name) for name in shown}) for one in self.inputs],
                missing=self.missing,
                in_population=self.in_population,
            )
        )

    def become(self, other: "Score") -> ScoreChanged | None:
        """Come to what another reckoning came to; None when it is the same."""
        facts = ("score", "tier", "inputs", "traits", "missing", "in_population")
        if all(getattr(self, name) == getattr(other, name) for name in facts):
            return None
        for name in facts:
            setattr(self, name, getattr(other, name))
        return self.changed()

    def leave(self) -> ScoreChanged | None:
        """Not be in the population after all; None when that is known."""
        if not self.in_population:
            return None
        self.in_population, self.score, self.tier = False, None, None
        self.inputs, self.missing = [], []
        return self.changed()


def basis_of(model_id: str, version: int, on: date) -> str:
    """The key that all scores of a version of a model for a date share."""
    return f"{model_id}|{version}|{on.isoformat()}"


def score_id(subject_id: str, model_id: str, version: int, on: date) -> str:
    """The id of a score: always the same for a subject, version and date."""
    key = f"{subject_id}|{basis_of(model_id, version, on)}"
    return f"{Score.PREFIX}_{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"


def result_of(version: ModelVersion, member: Member, populations: Populations) -> Result:
    """What a member of the populations comes to by a version."""
    return score(member.traits, member.values, version.terms.weights, version.terms.limits, populations)


def score_of(
    subject: ScoreSubject, model_id: str, version: ModelVersion, on: date, member: Member, populations: Populations
) -> Score:
    """The score of a member of the populations."""
    result = result_of(version, member, populations)
    sources = {one.code: one.source or "" for one in version.terms.inputs}
    return Score(
        id=score_id(member.id, model_id, version.number, on),
        subject=subject,
        subject_id=member.id,
        model_id=model_id,
        model_version=version.number,
        on=on,
        score=result.score,
        tier=result.tier,
        inputs=[
            ScoredInput(
                code=part.code,
                source=sources[part.code],
                weight=part.weight,
                value=part.value,
                percentile=part.standing.percentile if part.standing else None,
                contribution=part.contribution,
                population=part.standing.size if part.standing else None,
                shared=part.standing.shared if part.standing else None,
            )
            for part in result.parts
        ],
        traits=dict(member.named),
        missing=list(result.missing),
    )
