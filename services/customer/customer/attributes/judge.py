"""Judge values against their definitions: for institutions, and for whatever else has attributes."""

from collections.abc import Mapping
from typing import Annotated

from chassis.work import UnitOfWork
from pydantic import Field

from customer.attributes.definitions import definitions_of
from customer.attributes.model import Code
from customer.attributes.values import AttributeValue

MAX_VALUES = 100

GivenAttributes = Annotated[dict[Code, AttributeValue | None], Field(max_length=MAX_VALUES)]
"""Values by code as a request gives them; null takes a value away."""


async def judged_attributes(
    noun: str,
    given: Mapping[str, AttributeValue | None],
    work: UnitOfWork,
    *,
    present: Mapping[str, AttributeValue] | None = None,
) -> dict[str, AttributeValue]:
    """The values afterwards: those that were there (none for something new), with those given in place of theirs.

    Every attribute that is wrong is collected as a violation of `attributes.<code>`; whatever is required must be there.
    Definitions that new values were judged by are held as they were read.
    """
    definitions = await definitions_of(noun, work)
    kept = dict(present or {})
    for code, value in given.items():
        definition = definitions.get(code)
        field = f"attributes.{code}"
        if definition is None:
            work.violate(field, "unknown_attribute", f"no attribute {code} is defined")
        elif value is None:
            kept.pop(code, None)
        else:
            judged, wrong = definition.judge(value, kept.get(code))
            if judged is None:
                work.violate(field, "invalid_attribute", wrong or "the value does not fit")
            else:
                if code not in kept or judged != kept[code]:
                    await work.require(definition)
                kept[code] = judged
    for code, definition in definitions.items():
        if definition.required and not definition.retired and code not in kept and given.get(code) is None:
            work.violate(f"attributes.{code}", "attribute_required", f"{definition.label} is required")
    return kept
