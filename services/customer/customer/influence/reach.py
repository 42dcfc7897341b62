"""How far the opinion of a group of people goes.

An influence passes an opinion on with the probability p = effective strength ÷ 10 (the strongest, fresh: 0.5). The
influence of s on v is the highest product of p along any path of at most `HOPS` influences from s to v. A group S
reaches v with 1 − Π (1 − influence of s on v) over s in S, a member of S with 1. The reach of S is the sum over all
people: how many of them are expected to hold the group's opinion.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

HOPS = 3
CERTAIN = 10
"""The strength that would pass an opinion on for certain."""

Arcs = Mapping[str, Mapping[str, float]]
"""Person → persons influenced → effective strength."""


def arcs_of(influences: Iterable[tuple[str, str, float]]) -> Arcs:
    """The network of (from, to, effective strength); of several between the same two the strongest counts."""
    arcs: dict[str, dict[str, float]] = defaultdict(dict)
    for source, target, strength in influences:
        arcs[source][target] = max(strength, arcs[source].get(target, 0.0))
    return dict(arcs)


def influence_of(person: str, arcs: Arcs) -> dict[str, float]:
    """The influence of one person on all others that it has any on."""
    best: dict[str, float] = {person: 1.0}
    front = {person: 1.0}
    for _ in range(HOPS):
        reached: dict[str, float] = {}
        for at, probability in front.items():
            for target, strength in arcs.get(at, {}).items():
                passed = probability * strength / CERTAIN
                if passed > max(best.get(target, 0.0), reached.get(target, 0.0)):
                    reached[target] = passed
        best |= reached
        front = reached
    del best[person]
    return best


def reached_by(group: Iterable[str], arcs: Arcs) -> dict[str, float]:
    """With which probability each person holds the group's opinion; members with 1."""
    members = sorted(set(group))
    missed: dict[str, float] = {}
    for member in members:
        for person, influence in influence_of(member, arcs).items():
            missed[person] = missed.get(person, 1.0) * (1.0 - influence)
    return {person: 1.0 - missing for person, missing in missed.items()} | dict.fromkeys(members, 1.0)
