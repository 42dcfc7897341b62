"""HTTP of definitions of attributes."""

from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from pydantic import BaseModel, Field

from customer.attributes.change_attribute import AttributeChanges, ChangeAttribute, change_attribute
from customer.attributes.define_attribute import AttributeFacts, DefineAttribute, define_attribute
from customer.attributes.model import MAX_CHOICES, AttributeDefinition, AttributeType, Choice, Code, Noun

router = Router(prefix="/attributes", tags=["attributes"])


class ChoiceBody(Choice, Body):
    """One of the values of a choice."""


class AttributeBody(AttributeFacts, Body):
    """An attribute to define."""

    noun: Noun
    code: Code
    type: AttributeType
    choices: Annotated[list[ChoiceBody], Field(max_length=MAX_CHOICES)] = Field(default_factory=list[ChoiceBody])


class AttributeChangesBody(AttributeChanges, Body):
    """What to change: the fields that are sent."""

    choices: Annotated[list[ChoiceBody], Field(max_length=MAX_CHOICES)] = Field(default_factory=list[ChoiceBody])


class AttributeOut(BaseModel):
    """The definition of an attribute."""

    id: str
    noun: Noun
    code: str
    label: str
    type: AttributeType
    choices: list[Choice]
    required: bool
    minimum: float | None
    maximum: float | None
    retired: bool
    version: int

    @classmethod
    def of(cls, definition: AttributeDefinition) -> "AttributeOut":
        """The answer for a definition."""
        return cls(**{name: getattr(definition, name) for name in cls.model_fields})


@router.get("", permission=Permission.ACCOUNTS_READ, response_model=Page[AttributeOut])
async def get_attributes(read: Read, page: PageArgs, noun: Noun | None = None) -> Answer:
    """What the company has defined."""
    where = {"noun": noun.value} if noun else {}
    return Answer(
        await read.page(AttributeDefinition, where, page, out=AttributeOut.of, sortable={"code"}, directory=True)
    )


@router.post("", status_code=201, permission=Permission.ATTRIBUTES_WRITE, response_model=AttributeOut)
async def post_attribute(body: AttributeBody, run: Run) -> Answer:
    """Define an attribute."""
    definition = await run(define_attribute, DefineAttribute(**body.fields()))
    return Answer(AttributeOut.of(definition), version=definition.version)


@router.patch("/{attribute_id}", permission=Permission.ATTRIBUTES_WRITE, response_model=AttributeOut)
async def patch_attribute(attribute_id: str, body: AttributeChangesBody, run: Run) -> Answer:
    """Change an attribute; its type stays."""
    command = ChangeAttribute(attribute_id=attribute_id, **body.fields())
    definition = await run(change_attribute, command, subject=attribute_id, require_match=True, locks=[attribute_id])
    return Answer(AttributeOut.of(definition), version=definition.version)
