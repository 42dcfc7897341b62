"""Finding by a part of a name, by pinyin, by initials or by code, and by what only sounds or looks like it.

A document that can be found carries two derived fields, which are never part of the aggregate or its history:
`search`, tokens with one entry each in an index, and `search_text`, everything that can be matched. The tokens are

- pieces of the name of one to three characters, of its pinyin (from the start of a syllable) and initials, and the
  beginnings of its codes: a query looks up its rarest one and compares the text of what that gives;
- runs of three and four syllables as they sound, marked `~`: what is misspelt still has most of them.

What a look-up costs is how many documents have the token, so that which token is asked for decides everything.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from customer.readings import read_institution, read_person
from customer.syllables import cut
from customer.texts import normalised

Document = dict[str, Any]

_LATIN_TOKEN = 3
_IDEOGRAPH_TOKEN = 3
_CODE_TOKENS = (12, 6)
"""Codes begin with what many share: the kind of their owner, the division."""
_RUNS = (3, 4)
LOOKED_UP = 4
"""Tokens of one look-up for what is similar."""
_DIVISIONS = "省市县区州盟旗镇乡"
_INITIAL = re.compile(r"^([zcs])h")
_FINAL = re.compile(r"ng$")
_COMMON = frozenset(
    "省市县区州盟旗镇乡村街道路号社医院中人民卫生服务心所站第一二三四五六七八九十大学附属妇幼保健口腔眼科门诊部药房店堂有限"
    "公司责任连锁分总综合精神专肿瘤儿童骨康复集团疾病预防控制老年护理养际国立公新华平安"
)
"""Characters that tell institutions apart least: where they are, what they are, which of several."""
_REMEMBERED = 2048


def folded(text: str) -> str:
    """The text as it is compared: letters, ideographs and digits only, without case."""
    return "".join(character for character in normalised(text) if character.isalnum())


def institution_fields(name: str, codes: Iterable[str | None]) -> Document:
    """The derived fields of an institution."""
    return _fields(name, read_institution, tuple(folded(code) for code in codes if code))


def person_fields(name: str | None, pinyin: str | None = None) -> Document:
    """The derived fields of a person; empty once the name has been erased."""
    return _fields(name or "", read_person, (folded(pinyin),) if pinyin else ())


def search_filter(query: str) -> Document:
    """The filter of a search; matches nothing when the query holds nothing that can be compared."""
    wanted = folded(query)
    tokens = _exact_tokens(wanted)
    where: Document = {"search": tokens[0] if len(tokens) == 1 else {"$in": tokens}}
    if tokens != [wanted]:
        where["search_text"] = {"$regex": re.escape(wanted)}
    return where


def _exact_tokens(wanted: str) -> list[str]:
    """Tokens of which every document that holds the text has one, as rare as can be told from the text alone."""
    if not wanted.isascii():
        runs = [run for run in _runs_of_ideographs(wanted) if run]
        longest = min(_IDEOGRAPH_TOKEN, max(map(len, runs), default=0))
        pieces = [run[at : at + longest] for run in runs for at in range(len(run) - longest + 1)]
        return [max(pieces, key=_distinction)] if longest else [wanted[:1]]
    if wanted[:1].isdigit():
        return [next((wanted[:size] for size in _CODE_TOKENS if len(wanted) >= size), wanted[:_LATIN_TOKEN])]
    syllables = cut(wanted)[:-1]  # the last one may go on
    if len(syllables) >= _RUNS[0] and len(wanted) >= _LATIN_TOKEN + 1:
        return [*(_run(syllables[:length]) for length in _RUNS), _run(wanted[: _RUNS[-1]])]
    return [wanted[:_LATIN_TOKEN]]


def look_ups(query: str) -> list[list[str]]:
    """Runs of syllables that a document has one of when it sounds like the query, few at a time, the rarest first.

    Runs of nothing but common characters are looked up only when there are no others: too many documents have them.
    """
    wanted = folded(query)
    if wanted.isascii():
        syllables = cut(wanted)
        spelt = _ranked_runs([(syllable, syllable in _common_syllables(), False) for syllable in syllables])
        return [*spelt, *_ranked_runs([(letter, False, False) for letter in wanted])]
    pairs = zip(wanted, _one_by_one(wanted), strict=True)
    return _ranked_runs([(syllable, character in _COMMON, character in _DIVISIONS) for character, syllable in pairs])


@lru_cache(maxsize=256)
def sound_of(query: str) -> str:
    """The query as it is read."""
    return "".join(_one_by_one(folded(query)))


def _one_by_one(text: str) -> list[str]:
    """A syllable for every character; places are read as places."""
    syllables = read_institution(text)
    return syllables if len(syllables) == len(text) else [read_institution(character)[0] for character in text]


def _ranked_runs(marked: list[tuple[str, bool, bool]]) -> list[list[str]]:
    """Look-ups of runs by how much they tell; one mistake breaks all runs around it, so that those of one lie apart.

    A syllable is marked when it is common, and when a division's name ends with it.
    """
    waiting = sorted(
        (
            (sum(not common for _, common, _ in marked[at : at + length]), length, at)
            for length in _RUNS
            for at in range(len(marked) - length + 1)
        ),
        key=lambda run: (-run[0], marked[run[2] + run[1] - 1][2], -run[1], run[2]),
    )
    ranked: list[list[str]] = []
    for tier in ([run for run in waiting if run[0] > 1], [run for run in waiting if run[0] == 1]):
        while tier:
            taken: list[tuple[int, int, int]] = []
            for run in tier:
                if len(taken) < LOOKED_UP and all(abs(run[2] - other[2]) > 1 for other in taken):
                    taken.append(run)
            tier = [run for run in tier if run not in taken]
            ranked.append([_run(syllable for syllable, *_ in marked[at : at + size]) for _, size, at in taken])
    if ranked or not waiting:
        return ranked
    return [[_run(syllable for syllable, *_ in marked[at : at + size]) for _, size, at in waiting[:LOOKED_UP]]]


def _run(syllables: Iterable[str]) -> str:
    """A token of syllables as they sound to those who do not tell z from zh or in from ing."""
    return "~" + "".join(_FINAL.sub("n", _INITIAL.sub(r"\1", syllable)) for syllable in syllables)


@lru_cache(maxsize=1)
def _common_syllables() -> frozenset[str]:
    return frozenset(read_institution(character)[0] for character in _COMMON)


def _runs_of_ideographs(text: str) -> list[str]:
    return re.split(r"[\x00-\x7f]+", text)


def _distinction(piece: str) -> tuple[int, bool]:
    """How much a piece tells; one that ends where a division ends is the division's name, which many share."""
    return sum(character not in _COMMON for character in piece), piece[-1] not in _DIVISIONS


def _fields(name: str, read: Callable[[str], list[str]], codes: tuple[str, ...]) -> Document:
    tokens, text = _derived(name, read, codes)
    return {"search": list(tokens), "search_text": text}


@lru_cache(maxsize=_REMEMBERED)
def _derived(name: str, read: Callable[[str], list[str]], codes: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Tokens and text; a document is written several times within one command."""
    plain = folded(name)
    syllables = read(plain)
    joined, initials = "".join(syllables), "".join(syllable[0] for syllable in syllables)
    tokens = {plain[start : start + length] for start in range(len(plain)) for length in (1, 2, 3)}
    position = 0
    for syllable in syllables:
        tokens |= {joined[position : position + length] for length in (1, 2, 3)}
        position += len(syllable)
    tokens |= {initials[start : start + length] for start in range(len(initials)) for length in (2, 3)}
    tokens |= {code[:length] for code in codes for length in (1, 2, 3, *_CODE_TOKENS)}
    runs = (syllables[at : at + length] for length in _RUNS for at in range(len(syllables) - length + 1))
    tokens |= {_run(run) for run in runs}
    kept = sorted(tokens - {""})
    return tuple(kept), "|".join([plain, *codes, joined, initials])


def matches_text(query: str, document: Document) -> bool:
    """Judge in memory what `search_filter` asks of the store."""
    wanted = folded(query)
    return bool(set(_exact_tokens(wanted)) & set(document["search"])) and wanted in document["search_text"]
