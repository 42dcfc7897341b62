"""Finding by a part of a name, by pinyin, by initials or by code.

A document that can be found carries two derived fields, which are never part of the aggregate or its history:
`search`, tokens of at most three characters with one entry each in an index, and `search_text`, everything that can be
matched. A query looks up its first token in the index and compares the text of what that gives.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from customer.readings import read_institution, read_person
from customer.texts import normalised

Document = dict[str, Any]

_LATIN_TOKEN = 3
_IDEOGRAPH_TOKEN = 2
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
    length = _LATIN_TOKEN if wanted[:_LATIN_TOKEN].isascii() else _IDEOGRAPH_TOKEN
    token = wanted[:length]
    where: Document = {"search": token}
    if wanted != token:
        where["search_text"] = {"$regex": re.escape(wanted)}
    return where


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
    tokens |= {code[:length] for code in codes for length in (1, 2, 3)}
    kept = sorted(token for token in tokens if len(token) <= _IDEOGRAPH_TOKEN or token.isascii())
    return tuple(kept), "|".join([plain, *codes, joined, initials])


def matches_text(query: str, document: Document) -> bool:
    """Judge in memory what `search_filter` asks of the store."""
    where = search_filter(query)
    wanted = folded(query)
    return where["search"] in document["search"] and wanted in document["search_text"]
