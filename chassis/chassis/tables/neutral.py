"""Cells that a spreadsheet would run: they are shown with an apostrophe in front, which is taken off again when read.

What begins with one of these characters may be a formula (OWASP, CSV injection). What already begins with apostrophes
before such a character gets one more, so that every text survives the way out and back.
"""

import re

_WOULD_RUN = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NEUTRAL = re.compile(r"'+[=+\-@\t\r]")


def neutral(text: str) -> str:
    """The text as a cell that is only shown; a plain negative number stays as it is."""
    return f"'{text}" if _WOULD_RUN.match(text) and not _NUMBER.fullmatch(text) else text


def original(text: str) -> str:
    """What a neutral cell was."""
    return text[1:] if _NEUTRAL.match(text) else text
