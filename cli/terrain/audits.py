"""The audit trails of all services, as an operator's command reaches them."""

from typing import Any

from chassis.audit import AuditReport, Head
from chassis.audit import verify as verify_trail

from terrain.addresses import Addresses
from terrain.databases import database
from terrain.relays import OWNERS


async def verify_all(where: Addresses, known: dict[str, Any]) -> dict[str, AuditReport]:
    """A report for each service that keeps a journal; `known` are the heads seen before, as they were written down."""
    reports: dict[str, AuditReport] = {}
    for service in OWNERS:
        head = Head(**known[service]) if service in known else None
        async with database(where, service) as opened:
            reports[service] = await verify_trail(opened, known=head)
    return reports
