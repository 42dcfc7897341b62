"""What a field of a subject is now, as JSON: what a proposal was based on, and whether that has moved."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic_core import to_jsonable_python

from customer.accounts.model import Account
from customer.contacts.model import Contact

_TIMELINES = {
    "stage": "stages",
    "regrade": "grades",
    "parent": "parents",
    "status": "statuses",
    "affiliation": "affiliations",
    "move": "affiliations",
    "role": "affiliations",
    "end": "affiliations",
}
"""What changes that have a date are based on."""


def value_of(subject: Account | Contact, field: str, today: date, proposed: Any = None) -> Any:
    """The value that a proposal for the field would replace; of attributes, those that it names."""
    if field == "grade" and isinstance(subject, Account):
        return subject.present_grade(today).value
    value = getattr(subject, _TIMELINES.get(field, field))
    if field == "attributes" and isinstance(proposed, Mapping):
        value = {code: value.get(code) for code in proposed}
    return to_jsonable_python(value)
