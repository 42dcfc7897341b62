"""Ranks of what is written in words: academic and clinical titles, roles in an institution, grades.

A text has the rank of the longest of the listed words that is in it, so that an associate is not taken for a full one. What is
not listed has no rank: it is missing, not last.
"""

import re
import unicodedata
from collections.abc import Mapping

from contracts.values import Grade

_TITLES: Mapping[str, int] = {
    "院士": 6,
    "academician": 6,
    "教授": 5,
    "professor": 5,
    "主任医师": 5,
    "主任药师": 5,
    "chief physician": 5,
    "chief pharmacist": 5,
    "副教授": 4,
    "associate professor": 4,
    "副主任医师": 4,
    "副主任药师": 4,
    "associate chief physician": 4,
    "deputy chief physician": 4,
    "讲师": 3,
    "lecturer": 3,
    "assistant professor": 3,
    "主治医师": 3,
    "主管药师": 3,
    "attending physician": 3,
    "attending": 3,
    "助教": 2,
    "teaching assistant": 2,
    "住院医师": 2,
    "药师": 2,
    "resident physician": 2,
    "resident": 2,
    "医士": 1,
    "intern": 1,
}
_ROLES: Mapping[str, int] = {
    "院长": 7,
    "hospital president": 7,
    "president": 7,
    "副院长": 6,
    "vice president": 6,
    "主任": 5,
    "director": 5,
    "head of department": 5,
    "department head": 5,
    "head": 5,
    "chief": 5,
    "副主任": 4,
    "deputy director": 4,
    "deputy head": 4,
    "associate director": 4,
    "组长": 3,
    "带头人": 4,
    "group leader": 3,
    "head nurse": 3,
    "护士长": 3,
    "主任医师": 3,
    "chief physician": 3,
    "副主任医师": 2,
    "associate chief physician": 2,
    "deputy chief physician": 2,
    "主治医师": 2,
    "attending physician": 2,
    "attending": 2,
    "医师": 1,
    "医生": 1,
    "药师": 1,
    "physician": 1,
    "doctor": 1,
    "pharmacist": 1,
    "resident": 1,
    "护士": 1,
    "nurse": 1,
}
_GRADES = [grade for grade in Grade if grade is not Grade.UNGRADED]


def title_rank(title: str | None) -> int | None:
    """From 1 (intern) to 6 (academician); of several titles in one text the longest word counts, then the higher."""
    return _rank(title, _TITLES)


def role_rank(role: str | None) -> int | None:
    """From 1 (physician) to 7 (president of the institution)."""
    return _rank(role, _ROLES)


def grade_rank(grade: Grade | None) -> int | None:
    """From 1 (1C) to 9 (3A); ungraded has none."""
    return None if grade is None or grade is Grade.UNGRADED else len(_GRADES) - _GRADES.index(grade)


def grade_band(grade: Grade | None) -> str | None:
    """The level of a grade: `3`, `2`, `1`, or `ungraded`."""
    if grade is None or grade is Grade.UNGRADED:
        return None if grade is None else "ungraded"
    return grade.value[0]


def _rank(text: str | None, ranks: Mapping[str, int]) -> int | None:
    if not text:
        return None
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    found = [(len(word), rank) for word, rank in ranks.items() if _says(plain, word)]
    return max(found)[1] if found else None


def _says(text: str, word: str) -> bool:
    """Latin words are found as words, not within others."""
    return re.search(rf"\b{word}\b", text) is not None if word.isascii() else word in text
