"""Keys that so many entries share that no entry is compared by them any more when something happens to it.

Asking a store for a few of a crowd can cost it as much as all of them, so a crowd is noticed when it has just become one,
kept, and not asked for again. Its members still meet by every other key that they have; the run over everything compares
them with their neighbours too.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from chassis.aggregate import Replica
from chassis.work import UnitOfWork

from customer.duplicates.model import Kind
from customer.duplicates.subjects import Sketch

LOOKED_AT_AGAIN = timedelta(days=7)
"""A crowd may have gone: after that time its key is asked for once more."""


class Crowd(Replica, collection="duplicate_crowds"):
    """A key of a kind of entries that is shared by a crowd."""

    noticed_at: datetime


async def without_crowds(kind: Kind, keys: Iterable[int], work: UnitOfWork) -> set[int]:
    """The keys that no crowd is known to share."""
    ids = {_id(kind, key): key for key in keys}
    known = await work.survey(Crowd, {"_id": {"$in": sorted(ids)}})
    return set(ids.values()) - {ids[one.id] for one in known if work.now - one.noticed_at < LOOKED_AT_AGAIN}


async def notice_crowds(kind: Kind, keys: set[int], met: Iterable[Sketch], work: UnitOfWork) -> set[int]:
    """Keep those of the keys that the most of these entries share, and as good as the most; which they are."""
    shared = Counter(key for one in met for key in one.match_keys if key in keys)
    most = max(shared.values())
    crowded = {key for key, times in shared.items() if 2 * times > most}
    for key in sorted(crowded):
        await work.put(Crowd(id=_id(kind, key), noticed_at=work.now))
    return crowded


def _id(kind: Kind, key: int) -> str:
    return f"{kind}:{key:x}"
