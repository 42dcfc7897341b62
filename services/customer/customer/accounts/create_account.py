"""Register an institution."""

from typing import Annotated

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import AccountId, UnitId
from contracts.values import AccountKind
from pydantic import Field

from customer.accounts.facts import MAX_DEPARTMENTS, AccountFacts, DepartmentEntry
from customer.accounts.model import Account
from customer.attributes.judge import GivenAttributes, judged_attributes
from customer.texts import Name
from customer.units.model import Unit
from customer.units.tree import judge_unit


class CreateAccount(AccountFacts, Command):
    """Register an institution under a unit, as a prospect from today. A loader may give ids."""

    account_id: AccountId | None = None
    name: Name
    kind: AccountKind
    unit_id: UnitId
    departments: Annotated[list[DepartmentEntry], Field(max_length=MAX_DEPARTMENTS)] = Field(default_factory=list)
    attributes: GivenAttributes = Field(default_factory=dict)


async def create_account(command: CreateAccount, work: UnitOfWork) -> Account:
    """The new institution.

    Raises: RuleBroken with every violation; AlreadyRegistered at the end of the unit of work.
    """
    unit = await work.reference(Unit, command.unit_id, field="unit_id")
    await judge_unit(work, unit, field="unit_id", on=work.today)
    account = Account.register(
        id=command.account_id or Account.new_id(),
        name=command.name,
        kind=command.kind,
        unit_id=command.unit_id,
        unit_path=unit.path if unit else "/",
        facts=command,
        departments=command.departments,
        attributes=await judged_attributes("account", command.attributes, work),
        on=work.today,
        at=work.now,
    )
    for violation in account.broken_rules():
        work.violate(violation.field, violation.code, violation.detail)
    work.check()
    work.add(account, account.created(work.today), valid_from=work.today)
    return account
