"""Marking of personal data.

A field annotated with `Personal` identifies a person or may describe one in free words. It lives only in the store of
the service that owns it: never on a topic, in the journal, in a log or in a metric. A test walks every event of the
registry and refuses the mark.
"""

from typing import Annotated, Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo


class PersonalMark:
    """The marker object carried in a field's metadata."""

    def __repr__(self) -> str:
        return "Personal"


Personal = PersonalMark()

PersonalText = Annotated[str | None, Personal]


def is_personal(field: FieldInfo) -> bool:
    """True when the field carries the mark."""
    return any(isinstance(item, PersonalMark) for item in field.metadata)


def personal_fields(model: type[BaseModel]) -> frozenset[str]:
    """Names of the model's own fields that carry the mark (nested models are not searched)."""
    return frozenset(name for name, field in model.model_fields.items() if is_personal(field))


def find_personal(model: type[BaseModel], path: str = "") -> list[str]:
    """Dotted paths of every marked field of the model and of all models it refers to."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        here = f"{path}{name}"
        if is_personal(field):
            found.append(here)
        for nested in _models_in(field.annotation):
            found.extend(find_personal(nested, here + "."))
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found: list[type[BaseModel]] = []
    for argument in getattr(annotation, "__args__", ()):
        if isinstance(argument, PersonalMark):
            continue
        found.extend(_models_in(argument))
    return found
