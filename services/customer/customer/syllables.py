"""Pinyin as people type it, without spaces or tones, cut into syllables."""

from functools import lru_cache

_INITIALS = ["b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "zh", "ch", "sh", "r", "z", "c", "s"]
_FINALS = [
    "a",
    "o",
    "e",
    "ai",
    "ei",
    "ao",
    "ou",
    "an",
    "en",
    "ang",
    "eng",
    "ong",
    "i",
    "ia",
    "ie",
    "iao",
    "iu",
    "ian",
    "in",
    "iang",
    "ing",
    "iong",
    "u",
    "ua",
    "uo",
    "uai",
    "ui",
    "uan",
    "un",
    "uang",
    "ueng",
    "v",
    "ve",
    "ue",
]
_ALONE = [
    "a",
    "o",
    "e",
    "ai",
    "ei",
    "ao",
    "ou",
    "an",
    "en",
    "ang",
    "er",
    "yi",
    "ya",
    "yo",
    "ye",
    "yao",
    "you",
    "yan",
    "yin",
    "yang",
    "ying",
    "yong",
    "wu",
    "wa",
    "wo",
    "wai",
    "wei",
    "wan",
    "wen",
    "wang",
    "weng",
    "yu",
    "yue",
    "yuan",
    "yun",
]
_SYLLABLES = frozenset([*_ALONE, *(initial + final for initial in _INITIALS for final in _FINALS)])
"""Every initial with every final: more than there are, which does not matter for cutting."""
_LONGEST = max(map(len, _SYLLABLES))


@lru_cache(maxsize=1024)
def cut(letters: str) -> list[str]:
    """The syllables, as few as can be; empty when the letters cannot be cut.

    The last one may be unfinished: `beijingxieh` is `bei`, `jing`, `xie` and the rest `h`.
    """
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST), end):
            before = best[start]
            if before is None or not (letters[start:end] in _SYLLABLES or _unfinished(letters, start, end)):
                continue
            present = best[end]
            if present is None or len(before) + 1 < len(present):
                best[end] = [*before, letters[start:end]]
    return best[-1] or []


def _unfinished(letters: str, start: int, end: int) -> bool:
    return end == len(letters) and letters[start:end] in _INITIALS
