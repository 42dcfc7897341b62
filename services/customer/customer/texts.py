"""Texts as people type them: which are accepted, and when two names are the same name."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import Field, StringConstraints

_CONTROLS = r"\x00-\x1F\x7F-\x9F"
_ONE_LINE = rf"^[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*$"
_LINES = _ONE_LINE.replace(_CONTROLS, r"\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F")
"""Something must be there besides blanks, and no control characters; in a note, lines may end."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_ONE_LINE)]
"""What something or somebody is called: one line."""
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_ONE_LINE)]
"""A title, a role, a telephone number: one short line."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=_ONE_LINE)]
"""An address: one line."""
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=_LINES)]
"""A reason or a piece of evidence, in the author's words."""
LongNote = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=_LINES)]
"""What somebody has to say at length."""

_BRACKETS = str.maketrans(
    {opening: "(" for opening in "[{〔〖【《〈「『"} | {closing: ")" for closing in "]}〕〗】》〉」』"}
)
_BLANKS = re.compile(r"\s+")
_BLANK_BESIDE_IDEOGRAPH = re.compile(r"(?<=[^\x00-\u024f]) | (?=[^\x00-\u024f])| ?([()]) ?")


def absent() -> Any:
    """The default of a field that may be left out of a change but not be null; it is never read."""
    return Field(default_factory=lambda: None)


def normalised(name: str) -> str:
    """The form in which two spellings of one name are equal.

    Compatibility forms (full width), case, kinds of brackets, invisible characters and blanks do not tell names apart;
    a blank between two Latin words does.
    """
    text = unicodedata.normalize("NFKC", name).casefold().translate(_BRACKETS)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    text = _BLANKS.sub(" ", text).strip()
    return _BLANK_BESIDE_IDEOGRAPH.sub(lambda found: found[1] or "", text)


def has_letters(name: str) -> bool:
    """True when something in the text can be read aloud: a letter, an ideograph or a digit."""
    return any(character.isalnum() for character in name)
