"""Percentiles and scores against a reckoning that compares everybody with everybody."""

from fractions import Fraction
from itertools import pairwise

import pytest
from contracts.values import Tier
from customer.evaluation.percentiles import Populations, Thresholds, Traits, score
from hypothesis import given
from hypothesis import strategies as st

CODES = ("beds", "visits", "grade")
WEIGHTS = {"beds": 50.0, "visits": 33.33, "grade": 16.67}
LIMITS = Thresholds(a=80, b=50, c=20)

traits = st.tuples(st.sampled_from(["hospital", "clinic"]), st.sampled_from(["3", "2", None]))
values = st.fixed_dictionaries({code: st.one_of(st.none(), st.integers(0, 4).map(float)) for code in CODES})
everybody = st.lists(st.tuples(traits, values), min_size=1, max_size=30)


def by_comparing(members: list[tuple[Traits, dict[str, float | None]]], who: int, code: str, min_size: int):
    """The percentile of a member's value by its definition, as a fraction, with the population that it stands for."""
    own, value = members[who][0], members[who][1][code]
    if value is None:
        return None
    for shared in range(len(own), -1, -1):
        others = [v[code] for t, v in members if t[:shared] == own[:shared] and v[code] is not None]
        if len(others) >= min_size or shared == 0:
            break
    below = sum(1 for other in others if other < value)
    equal = sum(1 for other in others if other == value)
    return Fraction(100) * (below + Fraction(equal, 2)) / len(others), len(others), shared


@given(everybody, st.integers(1, 6))
def test_scores_are_those_of_the_definition(members: list[tuple[Traits, dict[str, float | None]]], min_size: int):
    populations = Populations.of(members, CODES, min_size=min_size)
    for who, (own, inputs) in enumerate(members):
        result = score(own, inputs, WEIGHTS, LIMITS, populations)
        total = Fraction(0)
        for part in result.parts:
            expected = by_comparing(members, who, part.code, min_size)
            if expected is None:
                assert (part.value, part.standing, part.contribution) == (None, None, None)
                continue
            percentile, size, shared = expected
            assert part.standing is not None
            assert part.standing.percentile == pytest.approx(float(percentile), abs=6e-5)
            assert (part.standing.size, part.standing.shared) == (size, shared)
            total += Fraction(WEIGHTS[part.code]).limit_denominator(100) * percentile / 100
        missing = tuple(code for code in CODES if inputs[code] is None)
        assert result.missing == missing
        if missing:
            assert (result.score, result.tier) == (None, None)
        else:
            assert result.score == pytest.approx(float(total), abs=5e-4)
            assert result.score == round(sum(part.contribution or 0 for part in result.parts), 4)
            assert result.tier is LIMITS.tier(result.score)


@given(st.lists(st.integers(0, 5).map(float), min_size=1, max_size=40))
def test_percentiles_mean_fifty_and_rise_with_the_values(column: list[float]):
    populations = Populations.of([((), {"x": value}) for value in column], ["x"])
    found = {value: populations.standing("x", (), value).percentile for value in column}
    assert sum(found[value] for value in column) / len(column) == pytest.approx(50, abs=1e-4)
    ordered = sorted(set(column))
    assert all(found[lower] < found[higher] for lower, higher in pairwise(ordered))


def test_a_population_of_one_stands_in_the_middle():
    populations = Populations.of([(("clinic",), {"x": 7.0})], ["x"])
    assert score(("clinic",), {"x": 7.0}, {"x": 100.0}, LIMITS, populations).score == 50.0


def test_small_populations_are_widened_trait_by_trait():
    members = [(("hospital", "3"), {"x": float(value)}) for value in range(4)]
    members += [(("hospital", "2"), {"x": 10.0}), (("clinic", "2"), {"x": 20.0})]
    alone = Populations.of(members, ["x"])
    assert alone.standing("x", ("hospital", "2"), 10.0).size == 1
    five = Populations.of(members, ["x"], min_size=5)
    assert (five.standing("x", ("hospital", "2"), 10.0).size, five.standing("x", ("hospital", "2"), 10.0).shared) == (
        5,
        1,
    )
    assert (five.standing("x", ("clinic", "2"), 20.0).size, five.standing("x", ("clinic", "2"), 20.0).shared) == (6, 0)


def test_what_is_missing_is_no_zero_and_does_not_count_in_the_population():
    members = [((), {"x": 1.0, "y": None}), ((), {"x": None, "y": 5.0}), ((), {"x": 3.0, "y": 6.0})]
    populations = Populations.of(members, ["x", "y"])
    first, second, third = (score(own, inputs, {"x": 60.0, "y": 40.0}, LIMITS, populations) for own, inputs in members)
    assert (first.score, first.tier, first.missing) == (None, None, ("y",))
    assert (second.score, second.missing) == (None, ("x",))
    assert [part.standing.percentile for part in third.parts if part.standing] == [75.0, 75.0]
    assert (third.score, third.tier) == (75.0, Tier.B)


@pytest.mark.parametrize(
    ("total", "tier"),
    [
        (80.0, Tier.A),
        (79.9999, Tier.B),
        (50.0, Tier.B),
        (49.9999, Tier.C),
        (20.0, Tier.C),
        (19.9999, Tier.D),
        (0.0, Tier.D),
    ],
)
def test_a_threshold_belongs_to_its_tier(total: float, tier: Tier):
    assert LIMITS.tier(total) is tier


def test_comparing_thirty_thousand_takes_time_in_proportion(monkeypatch: pytest.MonkeyPatch):
    """Counted, not timed: a value is compared with some twenty others, not with all."""
    compared = 0

    class Counted(float):
        def __lt__(self, other: float) -> bool:
            nonlocal compared
            compared += 1
            return float(self) < float(other)

    size = 30_000
    members = [((), {"x": Counted(number * 7919 % size)}) for number in range(size)]
    populations = Populations.of(members, ["x"])
    compared = 0
    for own, inputs in members[::100]:
        score(own, inputs, {"x": 100.0}, LIMITS, populations)
    assert 0 < compared < 300 * 2 * 20
