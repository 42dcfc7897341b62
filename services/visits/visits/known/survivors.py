"""Institutions and contacts that were merged into another: ids stay as they were recorded and are read as the survivor's."""

from typing import TypeVar

from chassis.reads import Reads
from chassis.work import UnitOfWork

from visits.known.model import KnownAccount, KnownContact

K = TypeVar("K", KnownAccount, KnownContact)

_LONGEST_WAY = 100


async def survivor(model: type[K], identifier: str, work: UnitOfWork) -> K | None:
    """What an id means today; None when nothing is known of it."""
    known = await work.get_replica(model, identifier)
    for _ in range(_LONGEST_WAY):
        if known is None or known.survivor_of is None:
            break
        known = await work.get_replica(model, known.survivor_of)
    return known


async def also_known_as(account_id: str, work: UnitOfWork) -> list[str]:
    """The institution's own id and those of all that were merged into it."""
    names = [account_id]
    while found := await work.survey(KnownAccount, {"survivor_of": {"$in": names}}):
        more = [one.id for one in found if one.id not in names]
        if not more:
            break
        names += more
    return names


async def names_of(account_id: str, read: Reads) -> list[str]:
    """As `also_known_as`, for a query; the ids say nothing that a row's own stamps would not decide."""
    names = [account_id]
    while True:
        found = await read.store.find(KnownAccount.COLLECTION, {"survivor_of": {"$in": names}})
        more = [one["_id"] for one in found if one["_id"] not in names]
        if not more:
            return names
        names += more
