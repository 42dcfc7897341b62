"""The services' own databases, as an operator's command reaches them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.mongo import Database, connect

from terrain.addresses import Addresses
from terrain.local.processes import database_of


@asynccontextmanager
async def database(where: Addresses, service: str) -> AsyncIterator[Database]:
    """The database of `service` for the length of the block."""
    opened = connect(where.mongodb_uri, database_of(service), pool=4)
    try:
        yield opened
    finally:
        opened.close()
