"""What the evaluation of institutions and doctors may never rest on: figures of what one doctor prescribes or sells."""

import re
import unicodedata

PRESCRIBER_LEVEL_DATA_FORBIDDEN = "prescriber_level_data_forbidden"
"""The code of the refusal, wherever such a figure is sent to."""

_WORDS = frozenset(
    {"rx", "nrx", "trx", "nbrx", "script", "scripts", "sale", "sales", "sold", "selling", "sell", "revenue", "turnover"}
    | {"volume", "volumes", "units", "packs", "boxes", "purchase", "purchases", "dispensed", "dispensing", "orders"}
)
_STEMS = ("prescri",)
_IDEOGRAPHS = ("处方", "處方", "销售", "銷售", "销量", "銷量", "开药", "用药量", "统方")
_BETWEEN = re.compile(r"[\W_]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def speaks_of_prescriptions(code: str) -> bool:
    """True when a code is that of prescription or sales counts, however it is spelt: no contact may have such a value.

    Judged by its words (between blanks, dashes, underscores, dots and humps) and, in Chinese, by its ideographs.
    """
    text = _HUMPS.sub("_", unicodedata.normalize("NFKC", code)).casefold()
    words = _BETWEEN.split(text)
    return (
        any(word in _WORDS or word.rstrip("0123456789") in _WORDS for word in words)
        or any(ideographs in text for ideographs in _IDEOGRAPHS)
        or any(stem in text for stem in _STEMS)
    )
