"""The definitions that values are judged by, read once in a unit of work however many rows it carries out."""

from collections.abc import Mapping

from chassis.work import UnitOfWork

from customer.attributes.model import AttributeDefinition


async def definitions_of(noun: str, work: UnitOfWork) -> Mapping[str, AttributeDefinition]:
    """What is defined of a noun, by code. Whoever relies on one has it guarded with `work.require`."""
    key = _key(noun)
    if key not in work.memo:
        work.memo[key] = {one.code: one for one in await work.find(AttributeDefinition, {"noun": noun})}
    return work.memo[key]


def read_definitions_again(noun: str, work: UnitOfWork) -> None:
    """A definition of the noun is new or other than it was: what follows in this unit reads them again."""
    work.memo.pop(_key(noun), None)


def _key(noun: str) -> str:
    return f"attributes of {noun}"
