"""Restamping: rows that are seen by whoever sees something else (an institution's contacts and visits, a place's stock) follow it.

The reaction that hears of the new stamps keeps them and gives an order; a background loop carries orders out batch by
batch, oldest first. A batch is one transaction with the place that the order has come to, so that work goes on where a
killed process has left it. Until an order is done, some rows have the new stamps and the rest the old ones: nobody
outside of both sees anything. Whoever makes a row meanwhile reads the new stamps, and guards what it read by `require`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from chassis.aggregate import Aggregate, Document, Index, Replica
from chassis.journal import Cause
from chassis.lease import Lease, hold_and_run
from chassis.metrics import RESTAMPING
from chassis.parts import Context, Loop
from chassis.principal import SystemPrincipal
from chassis.work import UnitOfWork

A = TypeVar("A", bound=Aggregate)

BATCH_ROWS = 100
"""Rows of one transaction."""
_BATCH_S = 50.0
"""Longest transaction: below the database's own limit for its life (60 s)."""
_BATCH_ORDERS = 50
_POLL_S = 0.5
_LEASE_S = 5.0


class Restamping(Replica, collection="restampings"):
    """An order: the rows of `followers` that follow `owner_id` are to be stamped anew; those up to `after` have been."""

    INDEXES: ClassVar[list[Index]] = [Index([("ordered_at", 1)])]

    followers: str
    owner_id: str
    ordered_at: datetime
    after: str = ""


@dataclass(frozen=True)
class Followers(Generic[A]):
    """Rows of a kind that follow an owner.

    `rows` is the filter of those of an owner, on the business date given. `restamp` gives a row the stamps of today;
    True when they are other ones.
    """

    name: str
    model: type[A]
    rows: Callable[[str, date], Document]
    restamp: Callable[[A, UnitOfWork], Awaitable[bool]]

    async def order(self, owner_id: str, work: UnitOfWork) -> None:
        """Let the rows of an owner follow it from now on, also those that an earlier order has passed already."""
        await work.put(
            Restamping(id=f"{self.name}:{owner_id}", followers=self.name, owner_id=owner_id, ordered_at=work.now)
        )

    async def follow(self, order: Restamping, limit: int, work: UnitOfWork) -> int:
        """Restamp the next rows of an order, at most `limit`; how many were looked at."""
        where = self.rows(order.owner_id, work.today)
        if order.after:
            where["_id"] = {"$gt": order.after}
        rows = await work.survey(self.model, where, sort=[("_id", 1)], limit=limit)
        for row in rows:
            if await self.restamp(row, work):
                work.save(row, reason=self.name)
        if len(rows) < limit:
            await work.drop(Restamping, order.id)
        else:
            order.after = rows[-1].id
            await work.put(order)
        return len(rows)


async def restamp_batch(kinds: Sequence[Followers[Any]], work: UnitOfWork, *, rows: int = BATCH_ROWS) -> int:
    """Carry the oldest orders on by at most so many rows; how many of them were waiting."""
    followers = {kind.name: kind for kind in kinds}
    orders = await work.survey(
        Restamping, {"followers": {"$in": sorted(followers)}}, sort=[("ordered_at", 1)], limit=_BATCH_ORDERS
    )
    for order in orders:
        if rows <= 0:
            break
        rows -= await followers[order.followers].follow(order, rows, work)
    return len(orders)


def restamping_loop(*kinds: Followers[Any]) -> Loop:
    """A background loop that carries out the orders of all kinds of a service, in one process at a time."""

    async def carry_out(context: Context, lease: Lease) -> None:
        waiting = RESTAMPING.labels(context.service)
        principal = SystemPrincipal(f"{context.service}.restamping")
        while True:
            outcome = await context.works.run(
                lambda work: restamp_batch(kinds, work),
                principal=principal,
                cause=Cause(command="restamp"),
                deadline=time.monotonic() + _BATCH_S,
                within=lease.session,
            )
            waiting.set(outcome.value)
            if not outcome.value:
                await asyncio.sleep(_POLL_S)

    async def restamping(context: Context) -> None:
        lease = Lease(context.database, "restamping", ttl_s=_LEASE_S)
        await hold_and_run(lease, [partial(carry_out, context)], lambda held: None)

    return restamping
