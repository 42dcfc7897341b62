"""Values are judged by definitions that a unit of work reads once."""

from collections.abc import Mapping
from typing import Any

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork
from chassis.work import ConcurrentChange
from customer.accounts.create_account import CreateAccount, create_account
from customer.attributes.change_attribute import ChangeAttribute, change_attribute
from customer.attributes.define_attribute import DefineAttribute, define_attribute
from customer.attributes.judge import judged_attributes
from customer.attributes.model import EVERYBODY, AttributeDefinition, AttributeType, Noun


@pytest.fixture
async def icu(work: FakeUnitOfWork) -> AttributeDefinition:
    """Institutions say how many beds their ICU has."""
    return await work.given(a_definition("icu_beds"))


def a_definition(code: str) -> AttributeDefinition:
    return AttributeDefinition(
        id="atr_1", noun=Noun.ACCOUNT, code=code, label=code, type=AttributeType.INTEGER, visible=EVERYBODY
    )


def reads_of(work: FakeUnitOfWork, collection: str) -> list[Mapping[str, Any]]:
    """The filters of every later read of a collection."""
    asked: list[Mapping[str, Any]] = []
    find = work.fake.find

    async def counting(name: str, where: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        if name == collection:
            asked.append(where)
        return await find(name, where, **more)

    work.fake.find = counting
    return asked


async def test_a_unit_of_many_rows_reads_the_definitions_once(work: FakeUnitOfWork, icu: AttributeDefinition):
    asked = reads_of(work, AttributeDefinition.COLLECTION)
    for number in range(20):
        row = CreateAccount(name=f"Row {number}", kind="clinic", unit_id="unt_north", attributes={"icu_beds": number})
        await create_account(row, work)
        work.next_command(work.cause)
    assert len(asked) == 1
    await work.commit()
    await judged_attributes("account", {"icu_beds": 1}, work.next())
    assert len(asked) == 2, "another unit reads for itself"


async def test_a_definition_that_this_unit_makes_or_changes_counts_for_its_later_rows(
    work: FakeUnitOfWork, icu: AttributeDefinition
):
    assert await judged_attributes("account", {"icu_beds": 50}, work) == {"icu_beds": 50}
    await define_attribute(
        DefineAttribute(noun=Noun.ACCOUNT, code="wards", label="Wards", type=AttributeType.INTEGER), work
    )
    assert await judged_attributes("account", {"wards": 3}, work) == {"wards": 3}
    await change_attribute(ChangeAttribute(attribute_id=icu.id, maximum=10), work)
    await judged_attributes("account", {"icu_beds": 50}, work)
    with pytest.raises(RuleBroken, match="at most 10"):
        work.check()


async def test_a_definition_that_changed_under_our_feet_runs_the_unit_again(
    work: FakeUnitOfWork, icu: AttributeDefinition
):
    unit = work.next()
    await judged_attributes("account", {}, unit)
    await change_attribute(ChangeAttribute(attribute_id=icu.id, maximum=10), work)
    await work.commit()
    assert await judged_attributes("account", {"icu_beds": 50}, unit, present={"icu_beds": 50}) == {"icu_beds": 50}
    with pytest.raises(ConcurrentChange):
        await judged_attributes("account", {"icu_beds": 51}, unit)
