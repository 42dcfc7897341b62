"""The passing of time: planned stages, grades and parents begin without a command."""

import asyncio

from chassis.command import Command
from chassis.journal import Cause
from chassis.parts import Context
from chassis.principal import SystemPrincipal
from chassis.work import UnitOfWork

from customer.accounts.model import Account
from customer.closing.settle_contacts import SettleContacts, answer_for_contacts, settle_contacts

EVERY_S = 300.0


class BeginDueFacts(Command):
    """Tell of planned facts of institutions that have come by today."""

    limit: int = 200


async def begin_due_facts(command: BeginDueFacts, work: UnitOfWork) -> int:
    """How many institutions had some, at most `limit`."""
    due = await work.find(
        Account, {"due_on": {"$lte": work.today.isoformat()}}, sort=[("due_on", 1)], limit=command.limit
    )
    for account in due:
        event = account.let_begin(work.today)
        if event is not None:
            work.save(account, event, valid_from=event.on)
            await answer_for_contacts(account, work)
    return len(due)


async def begin_facts_as_days_pass(context: Context) -> None:
    """Do so every five minutes, batch by batch, for as long as it runs; closings that wait for contacts are looked at too."""
    begin, settle = BeginDueFacts(), SettleContacts()
    principal = SystemPrincipal("customer.calendar")
    while True:
        begun = await context.works.run(
            lambda work: begin_due_facts(begin, work),
            principal=principal,
            cause=Cause(command=begin_due_facts.__name__),
        )
        await context.works.run(
            lambda work: settle_contacts(settle, work),
            principal=principal,
            cause=Cause(command=settle_contacts.__name__),
        )
        if begun.value < begin.limit:
            await asyncio.sleep(EVERY_S)
