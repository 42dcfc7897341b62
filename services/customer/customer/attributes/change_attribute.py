"""Change the definition of an attribute."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.attributes.define_attribute import AttributeFacts
from customer.attributes.definitions import read_definitions_again
from customer.attributes.model import AttributeDefinition
from customer.texts import ShortText, absent


class AttributeChanges(AttributeFacts):
    """What may change: label, choices (those left out are retired), bounds, whether it is required or retired.

    Values that are there stay; new ones are judged by the new definition.
    """

    label: ShortText = absent()
    retired: bool = False


class ChangeAttribute(AttributeChanges, Command):
    """Change a definition."""

    attribute_id: str


async def change_attribute(command: ChangeAttribute, work: UnitOfWork) -> AttributeDefinition:
    """The definition afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale; RuleBroken with every violation.
    """
    definition = await work.get(AttributeDefinition, command.attribute_id)
    named = command.model_fields_set & AttributeChanges.model_fields.keys()
    changed = definition.correct({name: getattr(command, name) for name in named})
    work.collect(definition.broken_rules())
    work.check()
    if changed:
        work.save(definition, definition.changed(changed))
        read_definitions_again(definition.noun, work)
    return definition
