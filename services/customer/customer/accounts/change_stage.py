"""Go on in the life cycle of an institution."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import Stage

from customer.accounts.model import Account
from customer.closing.dependents import refuse_while_needed
from customer.closing.settle_contacts import answer_for_contacts
from customer.planning import refuse_far_plans
from customer.texts import Note


class ChangeStage(Command):
    """Enter a stage on a business date; today unless it says otherwise, in the future as a plan."""

    account_id: str
    stage: Stage
    reason: Note
    on: date | None = None


async def change_stage(command: ChangeStage, work: UnitOfWork) -> Account:
    """The institution afterwards. Who asks for `closed` gets `closing` until the other services have answered.

    Raises: NotFound, Stale, IllegalTransition, StageBeforeLast, AccountInUse, RuleBroken.
    """
    account = await work.get(Account, command.account_id)
    on = command.on or work.today
    stage = Stage.CLOSING if command.stage is Stage.CLOSED else command.stage
    refuse_far_plans(work, on, field="on")
    work.check()
    event = account.change_stage(stage, on=on, reason=command.reason, recorded=work.now, today=work.today)
    if stage is Stage.CLOSING:
        await refuse_while_needed(account.id, on, work)
        await answer_for_contacts(account, work)
    work.save(account, event, valid_from=on, reason=command.reason)
    return account
