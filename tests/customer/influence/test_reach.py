"""The reach of a group against a count of every path."""

from itertools import pairwise, product

import pytest
from customer.influence.reach import HOPS, arcs_of, influence_of, reached_by
from hypothesis import given, settings
from hypothesis import strategies as st

PEOPLE = ["a", "b", "c", "d", "e"]
networks = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.sampled_from([0.5, 1.0, 2.5, 4.0, 5.0])), max_size=14
).map(lambda found: [(source, target, strength) for source, target, strength in found if source != target])
groups = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4, unique=True)

Network = list[tuple[str, str, float]]


def counted(network: Network, source: str, target: str) -> float:
    """The best chain of at most three influences, by trying all of them."""
    best = 0.0
    for length in range(1, HOPS + 1):
        for chain in product(network, repeat=length):
            fits = chain[0][0] == source and chain[-1][1] == target
            if fits and all(one[1] == other[0] for one, other in pairwise(chain)):
                chance = 1.0
                for _, _, strength in chain:
                    chance *= strength / 10
                best = max(best, chance)
    return best


@settings(max_examples=60, deadline=None)
@given(networks, st.sampled_from(PEOPLE))
def test_the_influence_of_a_person_is_that_of_the_best_chain(network: Network, person: str):
    found = influence_of(person, arcs_of(network))
    for other in PEOPLE:
        if other != person:
            assert found.get(other, 0.0) == pytest.approx(counted(network, person, other))


@settings(max_examples=200, deadline=None)
@given(networks, groups, st.sampled_from(PEOPLE))
def test_adding_somebody_never_takes_reach_away_and_adds_less_to_a_larger_group(
    network: Network, group: list[str], person: str
):
    arcs = arcs_of(network)
    before, after = reached_by(group, arcs), reached_by([*group, person], arcs)
    assert all(0.0 <= chance <= 1.0 for chance in after.values())
    assert all(after[one] >= chance - 1e-12 for one, chance in before.items())
    smaller = group[:1]
    gain = sum(after.values()) - sum(before.values())
    gain_of_smaller = sum(reached_by([*smaller, person], arcs).values()) - sum(reached_by(smaller, arcs).values())
    assert gain <= gain_of_smaller + 1e-9


def test_two_teachers_of_one_pupil_reach_the_pupil_together():
    arcs = arcs_of([("a", "c", 5.0), ("b", "c", 5.0)])
    assert reached_by(["a"], arcs) == {"a": 1.0, "c": 0.5}
    assert reached_by(["a", "b"], arcs) == {"a": 1.0, "b": 1.0, "c": 0.75}


def test_an_opinion_goes_three_influences_far():
    arcs = arcs_of([("a", "b", 5.0), ("b", "c", 5.0), ("c", "d", 5.0), ("d", "e", 5.0)])
    assert influence_of("a", arcs) == {"b": 0.5, "c": 0.25, "d": 0.125}


def test_of_two_influences_between_the_same_two_the_stronger_counts():
    assert influence_of("a", arcs_of([("a", "b", 2.0), ("a", "b", 4.0), ("a", "b", 1.0)])) == {"b": 0.4}
