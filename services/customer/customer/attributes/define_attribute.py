"""Define an attribute."""

from typing import Annotated

from chassis.command import Command
from chassis.work import UnitOfWork
from pydantic import BaseModel, ConfigDict, Field

from customer.attributes.definitions import read_definitions_again
from customer.attributes.model import (
    EVERYBODY,
    MAX_CHOICES,
    MAX_NUMBER,
    AttributeDefinition,
    AttributeType,
    Choice,
    Code,
    Noun,
)
from customer.texts import ShortText

Bound = Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Choices = Annotated[list[Choice], Field(max_length=MAX_CHOICES)]


class AttributeFacts(BaseModel):
    """What is said of an attribute and may be changed later."""

    model_config = ConfigDict(extra="forbid")

    label: ShortText
    choices: Choices = Field(default_factory=list[Choice])
    required: bool = False
    minimum: Bound | None = None
    maximum: Bound | None = None


class DefineAttribute(AttributeFacts, Command):
    """Define what may be said of institutions or contacts from now on."""

    noun: Noun
    code: Code
    type: AttributeType


async def define_attribute(command: DefineAttribute, work: UnitOfWork) -> AttributeDefinition:
    """The definition. Raises: RuleBroken with every violation; AlreadyDefined at the end of the unit of work."""
    definition = AttributeDefinition(
        id=AttributeDefinition.new_id(),
        visible=EVERYBODY,
        **{name: getattr(command, name) for name in DefineAttribute.model_fields},
    )
    work.collect(definition.broken_rules())
    work.check()
    work.add(definition, definition.defined())
    read_definitions_again(definition.noun, work)
    return definition
