"""Events of definitions: what a company wants to know beside the fields that everybody has."""

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import AttributeId


class AttributeChoiceState(State):
    """One of the values of a choice."""

    code: str
    label: str
    retired: bool = False


class AttributeState(State):
    """The definition of an attribute of institutions or contacts (`noun`).

    `type` is one of text, integer, decimal, boolean, date, choice. `minimum` and `maximum` bound numbers and the length of
    texts.
    """

    attribute_id: AttributeId
    noun: str
    code: str
    label: str
    type: str
    choices: list[AttributeChoiceState] = Field(default_factory=list[AttributeChoiceState])
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    retired: bool = False


class AttributeDefined(Event, type="customer.attribute-defined.v1", topic="customer.attribute"):
    """An attribute was defined."""

    attribute: AttributeState


class AttributeChanged(Event, type="customer.attribute-changed.v1", topic="customer.attribute"):
    """The definition of an attribute was changed; `changed` names the fields."""

    attribute: AttributeState
    changed: list[str]
