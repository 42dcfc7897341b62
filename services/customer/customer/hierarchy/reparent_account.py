"""Put an institution under another one at a date."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import AccountId

from customer.accounts.model import Account
from customer.accounts.timelines import ParentEntry
from customer.hierarchy.ancestry import HierarchyCircle, guard_against_circles
from customer.planning import refuse_far_plans
from customer.texts import Note


class ReparentAccount(Command):
    """The institution belongs to `parent_id` from `on`, past or planned; null: to none."""

    account_id: str
    parent_id: AccountId | None
    on: date
    reason: Note


async def reparent_account(command: ReparentAccount, work: UnitOfWork) -> Account:
    """The institution afterwards; nothing is recorded when it belongs there on that date.

    Raises: NotFound, Stale, HierarchyCircle, HierarchyTooDeep, TimelineFull, RuleBroken.
    """
    account = await work.get(Account, command.account_id)
    refuse_far_plans(work, command.on, field="on")
    parent = None
    if command.parent_id == account.id:
        raise HierarchyCircle(field="parent_id", account_id=account.id)
    if command.parent_id is not None:
        parent = await work.directory(Account, command.parent_id, field="parent_id")
        if parent is not None and not parent.takes_contacts(command.on, None, work.today):
            work.violate("parent_id", "institution_closed", "the institution is closed")
    work.check()
    event = account.reparent(
        command.parent_id, on=command.on, reason=command.reason, recorded=work.now, today=work.today
    )
    if event is None:
        return account
    if parent is not None:
        span = _entry_on(account, command.on)
        await guard_against_circles(work, account.id, parent, start=span.on, end=span.until, field="parent_id")
    work.save(account, event, valid_from=command.on, reason=command.reason)
    return account


def _entry_on(account: Account, day: date) -> ParentEntry:
    return next(entry for entry in reversed(account.parents) if entry.on <= day)
