"""Reading the network: only people in the caller's scope are met, and nobody is reached through anybody else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from chassis.reads import Reads

from customer.contacts.model import Contact
from customer.contacts.same_person import merged_into, survivors_of
from customer.influence.decay import FADED
from customer.influence.model import Influence

_TOGETHER = 200
"""Persons asked about in one query."""
_PER_QUERY = 5_000


@dataclass
class Network:
    """People by how far they are from where the reading began, and the influences between them on a date.

    Influences name those who survive: an entry that was merged is the person it was merged into.
    """

    distances: dict[str, int] = field(default_factory=dict[str, int])
    people: dict[str, Contact] = field(default_factory=dict[str, Contact])
    influences: dict[str, Influence] = field(default_factory=dict[str, Influence])
    truncated: bool = False


async def network_around(
    read: Reads, start: Iterable[Contact], day: date, *, depth: int, limit: int, backwards: bool
) -> Network:
    """The network within `depth` influences of the people to start with, of at most `limit` people, nearest first.

    `backwards`: influences on somebody are followed too, not only those of somebody.
    """
    network = Network()
    front = {contact.id: contact for contact in start}
    network.people, network.distances = dict(front), dict.fromkeys(front, 0)
    for distance in range(1, depth + 2):
        found = await _influences_of(read, sorted(front), day, backwards=backwards)
        further = depth >= distance
        strangers = _others(found, network.people) if further else []
        met = await _in_scope(read, strangers)
        room = limit - len(network.people)
        if len(met) > room:
            network.truncated = True
        front = {contact.id: contact for contact in met[: max(0, room)]}
        network.people |= front
        network.distances |= dict.fromkeys(front, distance)
        between = (one for one in found if {one.from_contact_id, one.to_contact_id} <= network.people.keys())
        network.influences |= {one.id: one for one in between}
        if not front:
            break
    return network


async def _influences_of(read: Reads, ids: list[str], day: date, *, backwards: bool) -> list[Influence]:
    """Those in force, whoever asks: they carry no stamps, and are shown only between people who are in scope."""
    found: dict[str, Influence] = {}
    everybody = sorted({*ids, *await merged_into(read.store, ids)})
    for start in range(0, len(everybody), _TOGETHER):
        for end in ("from_contact_id", "to_contact_id") if backwards else ("from_contact_id",):
            where = {end: {"$in": everybody[start : start + _TOGETHER]}}
            for document in await read.store.find(Influence.COLLECTION, where, limit=_PER_QUERY):
                one = Influence.load(document)
                if one.effective_on(day) >= FADED:
                    found[one.id] = one
    survivors = await survivors_of(read.store, _others(found.values(), ()))
    named = [_between_survivors(one, survivors) for one in found.values()]
    named.sort(key=lambda one: (-one.effective_on(day), one.id))
    return [one for one in named if one.from_contact_id != one.to_contact_id]


def _between_survivors(influence: Influence, survivors: Mapping[str, str]) -> Influence:
    ends = {
        end: survivors.get(getattr(influence, end), getattr(influence, end))
        for end in ("from_contact_id", "to_contact_id")
    }
    return influence.model_copy(update=ends)


def _others(influences: Iterable[Influence], known: Iterable[str]) -> list[str]:
    """Whom the influences lead to, the strongest first."""
    ends = (end for one in influences for end in (one.from_contact_id, one.to_contact_id))
    return [identifier for identifier in dict.fromkeys(ends) if identifier not in known]


async def _in_scope(read: Reads, ids: list[str]) -> list[Contact]:
    """The people of these ids who are in scope and not erased, in the order of the ids."""
    found: dict[str, Contact] = {}
    for start in range(0, len(ids), _TOGETHER):
        chunk = ids[start : start + _TOGETHER]
        for contact in await read.find(Contact, {"_id": {"$in": chunk}}, limit=len(chunk)):
            if contact.erasure is None:
                found[contact.id] = contact
    return [found[identifier] for identifier in ids if identifier in found]
