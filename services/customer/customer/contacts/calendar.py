"""The passing of time: planned moves take effect without a command."""

import asyncio

from chassis.journal import Cause
from chassis.parts import Context
from chassis.principal import SystemPrincipal

from customer.contacts.restamp_contacts import RestampDueContacts, restamp_due_contacts

EVERY_S = 20.0
"""Whoever may see a contact only until a date has lost sight of it this long after the date begins, and a few batches."""


async def restamp_as_days_pass(context: Context) -> None:
    """Restamp contacts whose affiliation has ended, every few seconds and batch by batch, for as long as it runs."""
    command = RestampDueContacts()
    while True:
        outcome = await context.works.run(
            lambda work: restamp_due_contacts(command, work),
            principal=SystemPrincipal("customer.calendar"),
            cause=Cause(command=restamp_due_contacts.__name__),
        )
        if outcome.value < command.limit:
            await asyncio.sleep(EVERY_S)
