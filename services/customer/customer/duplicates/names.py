"""How the name of an institution is read: places before it, what kind of institution it says to be, and what is left.

`福建省泉州市惠安县第二医院（惠安东园医院）` is in the county 惠安, an ordinary hospital, the second one, and has a second name.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from customer.duplicates.places import PREFECTURES, PROVINCES
from customer.duplicates.simplified import simplified
from customer.texts import normalised

_KINDS = (
    ("社区卫生服务中心", "community"),
    ("社区卫生服务站", "station"),
    ("社区卫生院", "community"),
    ("卫生服务中心", "community"),
    ("卫生服务站", "station"),
    ("妇幼保健计划生育服务中心", "maternity"),
    ("妇幼保健和计划生育服务中心", "maternity"),
    ("妇幼计划生育服务中心", "maternity"),
    ("妇幼保健服务中心", "maternity"),
    ("妇幼保健医院", "maternity"),
    ("妇幼保健院", "maternity"),
    ("妇幼保健所", "maternity"),
    ("妇幼保健站", "maternity"),
    ("妇幼医院", "maternity"),
    ("妇幼院", "maternity"),
    ("中西医结合医院", "integrated"),
    ("中心卫生院", "township"),
    ("卫生院", "township"),
    ("卫生所", "station"),
    ("卫生室", "station"),
    ("中医医院", "chinese"),
    ("中医院", "chinese"),
    ("口腔医院", "dental"),
    ("眼科医院", "eye"),
    ("儿童医院", "children"),
    ("肿瘤医院", "cancer"),
    ("精神病医院", "mental"),
    ("精神卫生中心", "mental"),
    ("康复医院", "rehabilitation"),
    ("传染病医院", "infectious"),
    ("职业病医院", "occupational"),
    ("妇产医院", "obstetric"),
    ("妇产科医院", "obstetric"),
    ("骨科医院", "bones"),
    ("胸科医院", "chest"),
    ("人民医院", "peoples"),
    ("中心医院", "central"),
    ("总医院", "general"),
    ("门诊部", "outpatients"),
    ("诊所", "practice"),
    ("疗养院", "sanatorium"),
    ("护理院", "nursing"),
    ("防治院", "prevention"),
    ("防治所", "prevention"),
    ("防治站", "prevention"),
    ("大药房", "pharmacy"),
    ("药房", "pharmacy"),
    ("药店", "pharmacy"),
    ("医院", "hospital"),
)
"""What the name ends with, longest first where one ends another, and the kind it stands for."""

PLAIN_KINDS = frozenset({"hospital", "peoples", "central", "general", ""})
"""Kinds that say little: one hospital is called by several of them."""

_COMPANY = re.compile(r"(股份|有限|责任|公司|连锁|集团)+$")
_BRACKET = re.compile(r"\(([^()]*)\)")
_SPLIT = re.compile(r"[/、,，;；]|又名|别名|暨|原名|曾用名")
_FORMER = re.compile(r"^(原|又名|别名|曾用名|挂牌|简称|亦称)[::]?")
_CAMPUS = re.compile(
    r"(?:[东西南北中新老本总分]|[东南西北]{2}|[\u4e00-\u9fff]{1,6}?)?(?:院区|校区|分院|分部|分店|门诊部|急诊部)$"
    r"|^[东西南北新老中本总]{1,2}[院部区]$"
)
_ORDINAL = re.compile(r"第([一二三四五六七八九十百〇0-9]{1,3})|^([一二三四五六七八九十])(?=(?:人民)?医?院$)")
_DIGITS = {digit: str(value) for value, digit in enumerate("零一二三四五六七八九")} | {"〇": "0"}
_RANK = re.compile(r"(?:省|市|自治区|自治州|州|地区|盟|特别行政区)(?!立)")
_SHORTEST_NAME = 3
_COUNTY = re.compile(
    r"^([\u4e00-\u9fff]{1,5}?)(?:自治县|林区|新区|县级市|(?<![社院校战军小库])区|县|旗|市)(?!立|院|域)(?=.{2})"
)
_TOWN = re.compile(r"^([\u4e00-\u9fff]{1,5}?)(?:街道办事处|街道|苏木|镇|民族乡|乡)(?=.{2})")
_INSTEAD_OF_PLACE = re.compile("大学|医科|医学|中医药|职业|高等|总队|铁路|军区|立医院")
"""Behind these the place is a part of what the institution is called."""
_BARE_RANK = re.compile(r"^(?:省|市|区|县)(?!立)(?=.{2})")


@dataclass(frozen=True)
class ReadName:
    """One name of an institution, read."""

    whole: str
    """The name without brackets, blanks and signs."""
    flat: str
    """Everything but province, prefecture, ranks of places, brackets and company forms; the kind in its usual form."""
    county: str
    town: str
    rest: str
    """`flat` without county and town."""
    stem: str
    """`rest` without what tells the kind."""
    kind: str
    ordinal: str
    """`1` for a first hospital; empty when the name counts none."""
    rank: str
    """`省` … `县` of the lowest place that stands before the name with its rank; empty when none does."""
    nameless: bool
    """True for `县医院`: a place is meant and not told."""


@dataclass(frozen=True)
class ReadNames:
    """All names that one entry gives an institution, the main one first, and the part of it that is meant."""

    names: tuple[ReadName, ...]
    campus: str
    """`东` of an eastern campus; empty for the whole."""


@lru_cache(maxsize=4096)
def read_names(text: str, division_code: str | None) -> ReadNames:
    """The names in an entry's name: brackets and slashes hold further names, or say which campus is meant."""
    plain = simplified(normalised(text))
    campus = ""
    found: list[str] = []
    bracketed = [part.strip() for part in _BRACKET.findall(plain)]
    for part in (_BRACKET.sub("", plain), *bracketed):
        for name in _SPLIT.split(_FORMER.sub("", part)):
            cleaned = "".join(one for one in name if one.isalnum())
            is_campus = _CAMPUS.search(cleaned)
            if is_campus and name is not part and not found:
                is_campus = None
            if is_campus and (found or is_campus.start() >= 4):
                campus = campus or _campus(cleaned[is_campus.start() :])
                cleaned = cleaned[: is_campus.start()]
            if len(cleaned) >= 2 and cleaned not in found:
                found.append(cleaned)
    if not found:
        found = ["".join(one for one in plain if one.isalnum())]
    return ReadNames(tuple(_read(name, division_code or "") for name in found[:4]), campus)


def _campus(text: str) -> str:
    short = re.sub(r"(院区|校区|分院|分部|分店|[院部区])$", "", text)
    return "" if short in ("本", "总", "主") else short or text


def _read(name: str, division_code: str) -> ReadName:
    rest = _COMPANY.sub("", name) or name
    rest, rank = _without(rest, PROVINCES.get(division_code[:2], ""), PROVINCES, "")
    rest, rank = _without(rest, PREFECTURES.get(division_code[:4], ""), PREFECTURES, rank)
    above = len(rest) < len(name)
    county = town = ""
    found = _COUNTY.match(rest)
    if found:
        county, rank, rest = found[1], rest[found.end() - 1], rest[found.end() :]
    found = _TOWN.match(rest)
    if found:
        town, rest = found[1], rest[found.end() :]
    found = _BARE_RANK.match(rest)
    if found and not county and not town:
        rank, rest = found[0], rest[found.end() :]
    suffix, kind = _kind_of(rest)
    stem = rest[: len(rest) - len(suffix)]
    ordinal = _ORDINAL.search(rest)
    usual = stem + _USUAL.get(kind, suffix)
    return ReadName(
        whole=name,
        flat=county + town + usual,
        county=county,
        town=town,
        rest=usual,
        stem=stem,
        kind=kind,
        ordinal=_number(ordinal[1] or ordinal[2]) if ordinal else "",
        rank=rank,
        nameless=found is not None and not county and not town and (not above or rank in "区县"),
    )


_USUAL = {kind: suffix for suffix, kind in reversed(_KINDS)} | {"chinese": "中医院", "maternity": "妇幼保健院"}


def _without(name: str, own: str, known: dict[str, str], rank: str) -> tuple[str, str]:
    """The name without a leading place, and the place's rank; without one only the entry's own place is taken for one."""
    for place in (own, *known.values()):
        if place and name.startswith(place):
            behind = name[len(place) :]
            if _INSTEAD_OF_PLACE.match(behind):
                return name, rank
            ranked = _RANK.match(behind)
            if ranked and len(behind) > ranked.end() + 1:
                return behind[ranked.end() :], ranked[0][-1]
            if place == own and len(behind) > _SHORTEST_NAME:
                return behind, rank
    return name, rank


def _kind_of(rest: str) -> tuple[str, str]:
    for suffix, kind in _KINDS:
        if rest.endswith(suffix):
            return suffix, kind
    return "", ""


def _number(text: str) -> str:
    """`12` for 十二; digits as they are."""
    if text.isascii():
        return text.lstrip("0")
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS.get(tens, "1") if tens else "1") + (_DIGITS.get(ones, "0") if ones else "0")
    return "".join(_DIGITS.get(digit, digit) for digit in text)
