"""Give an institution another grade at a date."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import Grade

from customer.accounts.model import Account
from customer.planning import refuse_far_plans
from customer.texts import Note


class RegradeAccount(Command):
    """The grade is another one from `on`, past or planned; a grade that was typed wrong is corrected instead."""

    account_id: str
    grade: Grade
    on: date
    reason: Note


async def regrade_account(command: RegradeAccount, work: UnitOfWork) -> Account:
    """The institution afterwards; nothing is recorded when it has that grade on that date.

    Raises: NotFound, Stale, TimelineFull, RuleBroken.
    """
    account = await work.get(Account, command.account_id)
    refuse_far_plans(work, command.on, field="on")
    work.check()
    event = account.regrade(command.grade, on=command.on, reason=command.reason, recorded=work.now, today=work.today)
    if event is not None:
        work.save(account, event, valid_from=command.on, reason=command.reason)
    return account
