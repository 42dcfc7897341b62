"""Answer for the contacts of an institution that is closing."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import Stage

from customer.accounts.model import Account
from customer.closing.entities import CONTACTS
from customer.contacts.model import Contact


class SettleContacts(Command):
    """Look at institutions whose closing waits for contacts to leave; time alone may have ended an affiliation."""

    limit: int = 200


async def settle_contacts(command: SettleContacts, work: UnitOfWork) -> int:
    """How many were looked at, at most `limit`."""
    waiting = await work.find(
        Account, {"closing.attempt": {"$gte": 1}, "closing.answers.holding": {"$regex": "^con_"}}, limit=command.limit
    )
    for account in waiting:
        await answer_for_contacts(account, work)
    return len(waiting)


async def answer_for_contacts(account: Account, work: UnitOfWork) -> None:
    """Take this service's own answer into a closing that has come: who works there still."""
    if account.closing is None or account.stage_on(work.today) is not Stage.CLOSING:
        return
    before = account.closing
    there = await work.find(Contact, Contact.working_at(account.id, work.today), sort=[("_id", 1)])
    await take_answer(account, CONTACTS, before.attempt, [contact.id for contact in there], work)


async def take_answer(account: Account, service: str, attempt: int, holding: list[str], work: UnitOfWork) -> None:
    """Take an answer in and save what comes of it."""
    before = account.closing
    closed = account.answer_closing(service, attempt, holding, today=work.today, now=work.now)
    if closed is not None:
        work.save(account, closed, valid_from=closed.on, reason=account.stages[-1].reason)
    elif account.closing != before:
        work.save(account, reason=f"answer of {service}")
