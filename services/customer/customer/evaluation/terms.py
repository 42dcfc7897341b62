"""What a version of a score model says, and the rules on it. Pure."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from chassis.refusals import Violation
from contracts.evaluation import PRESCRIBER_LEVEL_DATA_FORBIDDEN, speaks_of_prescriptions
from contracts.values import ScoreSubject
from pydantic import BaseModel, ConfigDict, Field

from customer.evaluation import percentiles
from customer.evaluation.catalogue import CATALOGUE, TRAITS
from customer.texts import ShortText

MAX_INPUTS = 30
MAX_POPULATION = 100_000

Weight = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
"""Per cent, with at most two decimals."""
Threshold = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class InputTerm(BaseModel):
    """An input and its weight; `source` may be left out, the code tells it."""

    model_config = ConfigDict(extra="forbid")

    code: ShortText
    source: ShortText | None = None
    weight: Weight


class ThresholdTerms(BaseModel):
    """The least scores of the tiers A, B and C."""

    model_config = ConfigDict(extra="forbid")

    A: Threshold
    B: Threshold
    C: Threshold


class Terms(BaseModel):
    """Inputs with weights that total 100, what compared subjects share, and thresholds.

    `population` names traits, the most important first; `min_population` is how many a population needs not to be widened.
    """

    model_config = ConfigDict(extra="forbid")

    inputs: Annotated[list[InputTerm], Field(max_length=MAX_INPUTS)]
    population: Annotated[list[ShortText], Field(max_length=10)]
    min_population: Annotated[int, Field(ge=1, le=MAX_POPULATION)] = 1
    thresholds: ThresholdTerms

    @property
    def codes(self) -> list[str]:
        """The inputs, in order."""
        return [one.code for one in self.inputs]

    @property
    def weights(self) -> dict[str, float]:
        """The weights by code."""
        return {one.code: one.weight for one in self.inputs}

    @property
    def limits(self) -> percentiles.Thresholds:
        """The thresholds, to be reckoned with."""
        return percentiles.Thresholds(self.thresholds.A, self.thresholds.B, self.thresholds.C)


def violations_of(subject: ScoreSubject, terms: Terms) -> Iterator[Violation]:
    """Everything that is wrong with the terms of a model for such subjects."""
    known = CATALOGUE[subject]
    if not terms.inputs:
        yield Violation("no_inputs", "A score rests on one input at least", "inputs")
    for position, one in enumerate(terms.inputs):
        place = f"inputs[{position}]"
        if subject is ScoreSubject.CONTACT and speaks_of_prescriptions(one.code):
            detail = "No doctor is scored by what the doctor prescribes or sells"
            yield Violation(PRESCRIBER_LEVEL_DATA_FORBIDDEN, detail, f"{place}.code")
        elif one.code not in known:
            detail = f"{one.code} is none of {', '.join(sorted(known))}"
            yield Violation("unknown_input", detail, f"{place}.code")
        elif one.source is not None and one.source != known[one.code].source:
            detail = f"{one.code} comes from {known[one.code].source.value}"
            yield Violation("wrong_source", detail, f"{place}.source")
        if one.code in terms.codes[:position]:
            yield Violation("duplicate_input", f"{one.code} is weighed already", f"{place}.code")
        if _hundredths(one.weight) is None:
            yield Violation("weight_too_fine", "A weight has two decimals at most", f"{place}.weight")
    if terms.inputs:
        total = sum(round(one.weight * 100) for one in terms.inputs)
        if total != 10_000:
            yield Violation("weights_not_100", f"The weights total {total / 100:g}, not 100", "inputs")
    yield from _population(TRAITS[subject], terms.population)
    limits = terms.thresholds
    if not limits.A > limits.B > limits.C:
        yield Violation("thresholds_not_ordered", "A tier begins above the next: A > B > C", "thresholds")


def _population(known: Sequence[str], traits: Sequence[str]) -> Iterator[Violation]:
    for position, trait in enumerate(traits):
        place = f"population[{position}]"
        if trait not in known:
            yield Violation("unknown_trait", f"{trait} is none of {', '.join(known)}", place)
        elif trait in traits[:position]:
            yield Violation("duplicate_trait", f"{trait} is named already", place)


def _hundredths(weight: float) -> int | None:
    whole = round(weight * 100)
    return whole if abs(weight * 100 - whole) < 1e-6 else None
