"""All entries of one person: those that were merged into a contact, however many steps away."""

from collections.abc import Iterable

from chassis.store import Store

from customer.contacts.model import Contact


async def merged_into(store: Store, contact_ids: Iterable[str]) -> dict[str, Contact]:
    """The contacts that point to one of these, by their ids; whoever asks, because they are the same people."""
    found: dict[str, Contact] = {}
    front = sorted(set(contact_ids))
    while front:
        where = {"survivor_id": {"$in": front, "$type": "string"}}
        further = [Contact.load(row) for row in await store.find(Contact.COLLECTION, where)]
        front = [one.id for one in further if one.id not in found]
        found |= {one.id: one for one in further}
    return found


async def survivors_of(store: Store, contact_ids: Iterable[str]) -> dict[str, str]:
    """For every contact that was merged, whom it finally points to; others are missing."""
    points: dict[str, str] = {}
    front = set(contact_ids)
    while front:
        where = {"_id": {"$in": sorted(front)}, "survivor_id": {"$type": "string"}}
        further = {row["_id"]: row["survivor_id"] for row in await store.find(Contact.COLLECTION, where)}
        front = set(further.values()) - points.keys()
        points |= further
    return {one: _last(one, points) for one in points}


def _last(contact_id: str, points: dict[str, str]) -> str:
    while contact_id in points:
        contact_id = points[contact_id]
    return contact_id
