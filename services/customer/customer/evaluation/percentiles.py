"""Percentiles in a comparable population, and the score that they add up to. Pure.

The percentile of a value x among the N values of its population is the mid-rank

    percentile = 100 × (number of values below x + ½ × number of values equal to x, its own among them) ÷ N

so equal values have equal percentiles, the mean of all percentiles is 50, a population of one has 50, the least of N
different values has 50 ÷ N and the greatest 100 − 50 ÷ N. Who has no value for an input is not in that input's
population. Where a population has fewer than `min_size` values, the last of the traits that its members share is
dropped, then the one before, until it has as many or everybody is in it.

Of an input with weight w (per cent) the contribution is w × percentile ÷ 100; the score is the sum of the
contributions, 0 … 100. Percentiles and contributions are rounded to four decimals, half to even, before they are added, so
that what is shown adds up to the score that is shown. With an input missing there is no score, and no tier.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.values import Tier

DECIMALS = 4

Traits = tuple[str | None, ...]
"""What a subject shares with those it is compared with, in the order of the model's population; unknown is a trait too."""
Values = Mapping[str, float | None]
"""The inputs of a subject by code; None, or absent, is missing."""


@dataclass(frozen=True)
class Standing:
    """Where a value stands: its percentile among `size` values that share the first `shared` traits."""

    percentile: float
    size: int
    shared: int


@dataclass
class Populations:
    """The values of every input in every population, in order: each is looked up in logarithmic time."""

    codes: Sequence[str]
    min_size: int = 1
    _values: dict[tuple[str, Traits], list[float]] = field(default_factory=dict[tuple[str, Traits], list[float]])

    @classmethod
    def of(cls, members: Iterable[tuple[Traits, Values]], codes: Sequence[str], *, min_size: int = 1) -> "Populations":
        """The populations that the members make."""
        values: dict[tuple[str, Traits], list[float]] = defaultdict(list)
        for traits, inputs in members:
            for code in codes:
                value = inputs.get(code)
                if value is not None:
                    for shared in range(len(traits) + 1):
                        values[code, traits[:shared]].append(value)
        for column in values.values():
            column.sort()
        return cls(codes, min_size, dict(values))

    def standing(self, code: str, traits: Traits, value: float) -> Standing:
        """Where a value of one of the members stands."""
        shared = len(traits)
        while shared and len(self._values[code, traits[:shared]]) < self.min_size:
            shared -= 1
        column = self._values[code, traits[:shared]]
        below = bisect_left(column, value)
        equal = bisect_right(column, value) - below
        return Standing(round(100 * (below + equal / 2) / len(column), DECIMALS), len(column), shared)


@dataclass(frozen=True)
class Thresholds:
    """The least scores of the tiers; what is below the last is D."""

    a: float
    b: float
    c: float

    def tier(self, score: float) -> Tier:
        """The tier of a score."""
        if score >= self.a:
            return Tier.A
        if score >= self.b:
            return Tier.B
        return Tier.C if score >= self.c else Tier.D


@dataclass(frozen=True)
class Part:
    """What one input does to a score; all but the weight None where the input is missing."""

    code: str
    weight: float
    value: float | None = None
    standing: Standing | None = None
    contribution: float | None = None


@dataclass(frozen=True)
class Result:
    """A score with its explanation; `missing` in the order of the inputs."""

    score: float | None
    tier: Tier | None
    parts: tuple[Part, ...]
    missing: tuple[str, ...]


def score(
    traits: Traits, values: Values, weights: Mapping[str, float], thresholds: Thresholds, populations: Populations
) -> Result:
    """The score of one of the members of the populations; see the module for the formula."""
    parts = tuple(_part(code, weight, traits, values.get(code), populations) for code, weight in weights.items())
    missing = tuple(part.code for part in parts if part.contribution is None)
    if missing:
        return Result(None, None, parts, missing)
    total = round(sum(part.contribution or 0.0 for part in parts), DECIMALS)
    return Result(total, thresholds.tier(total), parts, ())


def _part(code: str, weight: float, traits: Traits, value: float | None, populations: Populations) -> Part:
    if value is None:
        return Part(code, weight)
    standing = populations.standing(code, traits, value)
    return Part(code, weight, value, standing, round(weight * standing.percentile / 100, DECIMALS))
