"""Correct what is said of a department."""

from typing import Any

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.accounts.facts import DepartmentFacts
from customer.accounts.model import Account
from customer.texts import Name, absent


class DepartmentCorrections(DepartmentFacts):
    """The fields of a correction: those that are set change, null clears what may be empty."""

    name: Name = absent()


class CorrectDepartment(DepartmentCorrections, Command):
    """Change facts of one department."""

    account_id: str
    department_id: str


async def correct_department(command: CorrectDepartment, work: UnitOfWork) -> Account:
    """The institution afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, UnknownDepartment, Stale; RuleBroken with every violation.
    """
    account = await work.get(Account, command.account_id)
    before = account.departments
    facts: dict[str, Any] = {
        name: getattr(command, name) for name in command.model_fields_set & DepartmentFacts.model_fields.keys()
    }
    account.correct_department(command.department_id, facts)
    work.collect(account.broken_rules())
    work.check()
    if account.departments != before:
        work.save(account, account.corrected(["departments"], work.today))
    return account
