"""Correct what is said of an institution."""

from typing import Annotated

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import UnitId
from contracts.values import AccountKind, Grade
from pydantic import Field

from customer.accounts.facts import MAX_DEPARTMENTS, AccountFacts, DepartmentEntry
from customer.accounts.model import Account
from customer.accounts.tags import Tags
from customer.attributes.judge import GivenAttributes, judged_attributes
from customer.departments.use import refuse_while_in_use
from customer.texts import Name, absent
from customer.units.model import Unit
from customer.units.tree import judge_unit


class AccountCorrections(AccountFacts):
    """The fields of a correction: those that are set change, null clears what may be empty.

    `attributes` changes the values named in it; `tags` replaces all of them. A corrected `grade` was typed wrong; that
    an institution was upgraded at a date is no correction.
    """

    name: Name = absent()
    kind: AccountKind = absent()
    grade: Grade = absent()
    tags: Tags = absent()
    attributes: GivenAttributes = absent()
    unit_id: UnitId = absent()


class CorrectAccount(AccountCorrections, Command):
    """Change facts of an institution; `departments` replaces the whole list."""

    account_id: str
    departments: Annotated[list[DepartmentEntry], Field(max_length=MAX_DEPARTMENTS)] = absent()


async def correct_account(command: CorrectAccount, work: UnitOfWork) -> Account:
    """The institution afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale; RuleBroken with every violation; DepartmentInUse; AlreadyRegistered at the end of the unit
    of work.
    """
    account = await work.get(Account, command.account_id)
    before = account.model_copy(deep=True)
    named = command.model_fields_set - {"account_id"}
    facts = {fact: getattr(command, fact) for fact in named - {"unit_id", "departments"}}
    if "attributes" in named:
        facts["attributes"] = await judged_attributes("account", command.attributes, work, present=account.attributes)
    account.correct(facts, work.today)
    if "unit_id" in named and command.unit_id != account.unit_id:
        unit = await work.reference(Unit, command.unit_id, field="unit_id")
        await judge_unit(work, unit, field="unit_id", on=work.today)
        if unit is not None:
            account.align(unit_id=unit.id, unit_path=unit.path)
    violations = list(account.arrange_departments(command.departments)) if "departments" in named else []
    for violation in (*violations, *account.broken_rules()):
        work.violate(violation.field, violation.code, violation.detail)
    work.check()
    await refuse_while_in_use(
        account.id, {one.id for one in before.departments} - {one.id for one in account.departments}, work
    )
    changed = account.changed_since(before)
    if changed:
        work.save(account, account.corrected(changed, work.today))
    return account
