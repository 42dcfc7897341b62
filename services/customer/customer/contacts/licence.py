"""Licence numbers: an exact key of a contact, as the mobile number is."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s\-‐-―/.·]+")
_LICENCE = re.compile(r"[\w()]{4,40}")


def plain_licence(number: str) -> str | None:
    """The number without blanks and dashes, in capitals and half width; None when no licence has such a number."""
    text = _SEPARATORS.sub("", unicodedata.normalize("NFKC", number)).upper()
    return text if _LICENCE.fullmatch(text) and any(character.isdigit() for character in text) else None
