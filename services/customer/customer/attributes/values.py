"""Values of defined attributes, and the keys under which they are found."""

import re
from collections.abc import Mapping

_NUMBER = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,6})?")

AttributeValue = bool | int | float | str
"""A text, a choice's code, a date (ISO 8601), a number or a yes or no."""


def attribute_key(code: str, value: AttributeValue) -> str:
    """What a value is found by: equal for equal values of one attribute."""
    if isinstance(value, bool):
        return f"{code}={'true' if value else 'false'}"
    if isinstance(value, float):
        return f"{code}={value:.6f}".rstrip("0").rstrip(".")
    return f"{code}={str(value).casefold()}"


def attribute_keys(values: Mapping[str, AttributeValue]) -> list[str]:
    """The keys of all values."""
    return sorted(attribute_key(code, value) for code, value in values.items())


def asked_keys(code: str, value: str) -> list[str]:
    """The keys that a value typed into a query may mean: the text, or the number however it is written."""
    keys = [attribute_key(code, value)]
    if _NUMBER.fullmatch(value):
        keys.append(attribute_key(code, float(value)))
    return keys
