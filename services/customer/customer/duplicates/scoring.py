"""How likely two entries are one: evidence for and against, each with its weight, and what they add up to.

After Fellegi and Sunter: a weight is the natural logarithm of how much more often the observation is made of two entries
of one institution than of two of different ones; the sum, from a start of few duplicates among those that meet at all, is
the logarithm of the odds. So a score is a probability, and each reason can be read beside it.
"""

import math
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict
from rapidfuzz.distance import OSA

from customer.duplicates.names import PLAIN_KINDS, ReadName
from customer.duplicates.traits import AccountTraits, ContactTraits, Job, reading_of

START = -3.0
"""Logarithm of the odds before anything is compared."""
CANDIDATE = 0.5
"""From this score on a pair is shown as a candidate unless the caller asks for more or less."""
KEPT = 0.2
"""Pairs below are not kept at all."""

_ALL_ELSE = 2.0
"""From this weight on telephone, address and place make a difference of one character in the names a slip."""
_NEAR_M, _CLOSE_M, _FAR_M = 150.0, 800.0, 5_000.0
_EARTH_M = 6_371_000.0


class Reason(BaseModel):
    """One observation: `weight` > 0 speaks for one and the same, < 0 against. Says nothing of the values compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    weight: float


class Judgement(BaseModel):
    """A score from 0 to 1 and the reasons for it, the weightiest first."""

    model_config = ConfigDict(frozen=True)

    score: float
    reasons: tuple[Reason, ...]


def judge_accounts(left: AccountTraits, right: AccountTraits) -> Judgement:
    """How likely two institutions are one."""
    best = max(
        (
            _names(one, other, left, right, main=(at, on) == (0, 0))
            for at, one in enumerate(left.names.names)
            for on, other in enumerate(right.names.names)
        ),
        key=_sum,
    )
    return _judgement(
        [*best, *_campus(left, right), *_kinds(left, right), *_places(left, right), *_contact_points(left, right)]
    )


def judge_contacts(left: ContactTraits, right: ContactTraits) -> Judgement:
    """How likely two contacts are one person."""
    found: list[tuple[str, float]] = []
    if not left.name or not right.name:
        return _judgement([("no_name", -9.0)])
    if left.name == right.name:
        found.append(("same_name", 3.2 if len(left.name) > 2 else 2.4))
    elif left.reading == right.reading:
        found.append(("same_reading", 1.6 if len(left.name) > 2 else 0.9))
    else:
        apart = OSA.distance(left.name, right.name)
        if apart == 1 and min(len(left.name), len(right.name)) > 2:
            found.append(("similar_name", 0.4) if left.name[0] == right.name[0] else ("other_surname", -1.5))
        else:
            found.append(("other_name", -5.0))
    found += _jobs(left.jobs, right.jobs)
    if left.mobile and right.mobile:
        apart = OSA.distance(left.mobile, right.mobile)
        found.append(("similar_mobile", 3.0) if apart == 1 else ("other_mobile", -1.0))
    for fact in ("specialty", "title"):
        one, other = getattr(left, fact), getattr(right, fact)
        if one and other:
            same = one.casefold() == other.casefold()
            found.append((f"same_{fact}", 0.8) if same else (f"other_{fact}", -1.2 if fact == "specialty" else -0.4))
    return _judgement(found)


def _jobs(left: Iterable[Job], right: Iterable[Job]) -> list[tuple[str, float]]:
    """Places in common: together at one time, or one after the other."""
    best: list[tuple[str, float]] = []
    rights = list(right)
    for one in left:
        for other in rights:
            if one.account_id != other.account_id:
                continue
            found = [("same_institution", 2.2)]
            if one.department_id and other.department_id:
                same = one.department_id == other.department_id
                found.append(("same_department", 1.2) if same else ("other_department", -1.6))
            if _sum(found) > _sum(best):
                best = found
    return best or [("other_institution", -1.5)]


def _names(
    one: ReadName, other: ReadName, left: AccountTraits, right: AccountTraits, *, main: bool
) -> list[tuple[str, float]]:
    """What two names say; where all else is the same a single character is just mistyped, whatever it would mean."""
    read = _read_names(one, other, left, right, main=main)
    apart = OSA.distance(one.whole, other.whole)
    if apart == 1 and len(one.whole) >= 5 and _sum(read) < 0 and _sum(_contact_points(left, right)) >= _ALL_ELSE:
        return [("one_character_apart", 0.0)]
    return read


def _read_names(
    one: ReadName, other: ReadName, left: AccountTraits, right: AccountTraits, *, main: bool
) -> list[tuple[str, float]]:
    first, second = _less(one, other), _less(other, one)
    here = _same_district(left, right)
    specific = _says(one, other)
    found: list[tuple[str, float]] = []
    if first == second:
        found.append(
            ("same_name" if main else "second_name", _same(one, other, left, right, here) - (0 if main else 0.4))
        )
    else:
        found.append(_alike(first, second, one, other))
    if one.county and other.county and one.county != other.county:
        found.append(("other_county", -1.5 if here else -6.0))
    elif (one.county and other.nameless) or (other.county and one.nameless):
        found.append(("other_county", -2.0))
    if one.rank and other.rank and one.rank != other.rank and not here:
        found.append(("other_rank", -2.5 if specific else -5.0))
    if one.town and other.town and one.town != other.town:
        found.append(("other_town", -4.0))
    if one.ordinal != other.ordinal and ((one.ordinal and other.ordinal) or first != second):
        found.append(("other_number", -6.0 if one.ordinal and other.ordinal else -3.0))
    if one.kind != other.kind and one.kind and other.kind:
        plain = one.kind in PLAIN_KINDS and other.kind in PLAIN_KINDS
        found.append(("other_type", -1.5 if plain else -3.0))
    return found


def _same(one: ReadName, other: ReadName, left: AccountTraits, right: AccountTraits, here: bool) -> float:
    """What the same name weighs: much when it says something of its own or the place is the same, else little."""
    if _says(one, other):
        return 5.0
    if here or (one.county and one.county == other.county):
        return 4.4
    if one.county != other.county:
        return 0.8
    if one.nameless or other.nameless:
        return 1.5
    return 4.4 if left.prefecture and left.prefecture == right.prefecture else 3.2


def _sum(reasons: Iterable[tuple[str, float]]) -> float:
    return sum(weight for _, weight in reasons)


def _less(name: ReadName, other: ReadName) -> str:
    """What is compared of a name: without a place that only the other one names with its rank."""
    rest = name.rest
    for place in (other.county, other.town):
        if place and place not in (name.county, name.town) and len(place) > 1 and rest.startswith(place):
            shorter = rest.removeprefix(place)
            if len(shorter) >= 2:
                rest = shorter
    return rest


def _says(one: ReadName, other: ReadName) -> bool:
    """True when the names hold a word of their own, not just a kind of institution, a number and a place."""
    stem = min((one.stem, other.stem), key=len)
    return len(stem) >= 2 and not one.ordinal and stem not in _COMMON


_COMMON = frozenset(
    {
        "人民",
        "中心",
        "第一",
        "市立",
        "省立",
        "红十字会",
        "职工",
        "公费",
        "计划生育",
        "急救",
        "附属",
        "平安",
        "康复",
        "老年",
        "协和",
        "博爱",
        "仁爱",
        "华侨",
    }
)


def _alike(first: str, second: str, one: ReadName, other: ReadName) -> tuple[str, float]:
    longer = max(len(first), len(second))
    apart = OSA.distance(first, second)
    likeness = 1 - apart / longer
    stems = min(len(one.stem), len(other.stem))
    if reading_of(first) == reading_of(second):
        return "same_reading", 3.2 if stems >= 2 else 1.5
    if apart == 1 and longer >= 5 and stems >= 3:
        return "similar_name", 1.5
    if apart == 1 and longer >= 4:
        return "similar_name", 0.4
    if apart == 2 and stems >= 5:
        return "similar_name", 1.2
    short, long = sorted((first, second), key=len)
    if len(short) >= 5 and len(long) - len(short) >= 2 and _abbreviates(short, long):
        return "abbreviated_name", 1.0
    return "other_name", -3.0 if likeness >= 0.6 else -6.0


def _abbreviates(short: str, long: str) -> bool:
    """True when the characters of `short` come in `long` in their order, beginning with the first."""
    if short[0] != long[0]:
        return False
    rest = iter(long)
    return all(one in rest for one in short)


def _same_district(left: AccountTraits, right: AccountTraits) -> bool:
    one, other = left.division_code, right.division_code
    return one is not None and one == other and not one.endswith("00")


def _campus(left: AccountTraits, right: AccountTraits) -> list[tuple[str, float]]:
    if left.names.campus == right.names.campus:
        return []
    both = left.names.campus and right.names.campus
    return [("other_campus", -6.0 if both else -4.5)]


def _kinds(left: AccountTraits, right: AccountTraits) -> list[tuple[str, float]]:
    return [] if left.kind == right.kind else [("other_kind", -2.0)]


def _places(left: AccountTraits, right: AccountTraits) -> list[tuple[str, float]]:
    one, other = left.division_code, right.division_code
    if not one or not other:
        return []
    if one[:2] != other[:2]:
        return [("other_province", -6.0)]
    if one[2:4] != other[2:4]:
        return [("other_prefecture", -4.5)]
    if one[4:] == other[4:]:
        return [("same_division", 0.6 if one.endswith("00") else 1.4)]
    return [] if one.endswith("00") or other.endswith("00") else [("other_district", -1.4)]


def _contact_points(left: AccountTraits, right: AccountTraits) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    if left.telephones and right.telephones:
        same = set(left.telephones) & set(right.telephones)
        found.append(("same_telephone", 4.0) if same else ("other_telephone", -0.8))
    if left.street and right.street:
        if left.street == right.street:
            found.append(("same_address", 3.2))
        elif OSA.distance(left.street, right.street) <= 1 and min(len(left.street), len(right.street)) >= 6:
            found.append(("similar_address", 1.5))
        else:
            found.append(("other_address", -0.9))
    if left.point and right.point:
        metres = _metres(left.point, right.point)
        if metres <= _NEAR_M:
            found.append(("near", 2.2))
        elif metres <= _CLOSE_M:
            found.append(("near", 0.8))
        elif metres > _FAR_M:
            found.append(("far", -1.5))
    return found


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat, lon), (lat2, lon2) = ((math.radians(a), math.radians(b)) for a, b in (one, other))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def _judgement(found: Iterable[tuple[str, float]]) -> Judgement:
    reasons = sorted(
        (Reason(code=code, weight=round(weight, 2)) for code, weight in found), key=lambda one: -abs(one.weight)
    )
    total = START + sum(reason.weight for reason in reasons)
    return Judgement(score=round(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))), 4), reasons=tuple(reasons))
