"""Tags: free words that people sort institutions by. They are labels, so they are public; nothing about a person belongs there."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from customer.texts import normalised

MAX_TAGS = 30
_ONE_WORD = r"^[^\x00-\x1F\x7F-\x9F,]*[^\s\x00-\x1F\x7F-\x9F,][^\x00-\x1F\x7F-\x9F,]*$"

Tag = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=_ONE_WORD),
    AfterValidator(normalised),
]
"""One tag; spellings that differ in case, width or blanks are one tag."""


def _each_once(tags: list[str]) -> list[str]:
    return sorted(set(tags))


Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(_each_once)]
"""All tags of something, each once, in order."""
