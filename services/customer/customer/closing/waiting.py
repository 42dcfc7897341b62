"""Waiting for the end of a closing."""

import asyncio
import time

from chassis.reads import Reads
from contracts.values import Stage

from customer.accounts.model import Account

_ASK_EVERY_S = 0.05


async def wait_for_closing(read: Reads, account: Account, seconds: float) -> Account:
    """The institution as soon as everybody has answered, or as it is after `seconds`."""
    until = time.monotonic() + seconds
    while account.stages[-1].stage is Stage.CLOSING and time.monotonic() < until:
        await asyncio.sleep(_ASK_EVERY_S)
        account = await read.get(Account, account.id)
    return account
