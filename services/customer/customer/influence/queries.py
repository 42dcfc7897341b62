"""Reads of the influence network."""

from collections.abc import Sequence
from datetime import date

from chassis.reads import Reads
from chassis.refusals import NotFound, UnknownReference, Violation
from pydantic import BaseModel

from customer.contacts.model import Contact
from customer.influence.model import Influence
from customer.influence.network import network_around
from customer.influence.reach import HOPS, arcs_of, reached_by

MAX_SHOWN = 500
"""People in one answer about the network around a contact."""
MAX_REACHED = 2_000
"""People that a reach is computed over."""
MAX_GAINED = 100


class ConfirmationOut(BaseModel):
    """The influence was seen to be there, with this strength."""

    on: date
    strength: int


class InfluenceOut(BaseModel):
    """An influence; `effective` is its strength on the date asked about after what it has lost since `confirmed_on`."""

    id: str
    from_contact_id: str
    to_contact_id: str
    type: str
    strength: int
    effective: float
    confirmed_on: date
    valid_from: date
    valid_to: date | None
    source: str | None
    confirmations: list[ConfirmationOut]
    version: int

    @classmethod
    def of(cls, influence: Influence, day: date) -> "InfluenceOut":
        """The answer for an influence on a date."""
        last = influence.confirmed_by(max(day, influence.valid_from))
        return cls(
            id=influence.id,
            from_contact_id=influence.from_contact_id,
            to_contact_id=influence.to_contact_id,
            type=influence.type,
            strength=last.strength,
            effective=round(influence.effective_on(day), 4),
            confirmed_on=last.on,
            valid_from=influence.valid_from,
            valid_to=influence.valid_to,
            source=influence.source,
            confirmations=[ConfirmationOut(on=one.on, strength=one.strength) for one in influence.confirmations],
            version=influence.version,
        )


class PersonOut(BaseModel):
    """Somebody in the network; `distance` in influences from the contact asked about."""

    id: str
    name: str | None
    title: str | None
    specialty: str | None
    distance: int


class NetworkOut(BaseModel):
    """The network around a contact on a date; `truncated` when it has more people than are shown."""

    contact_id: str
    as_of: date
    depth: int
    people: list[PersonOut]
    influences: list[InfluenceOut]
    truncated: bool


class GainOut(BaseModel):
    """With which probability somebody holds the group's opinion, before and after the person was added."""

    id: str
    before: float
    after: float


class ReachOut(BaseModel):
    """The reach of a group, and what adding one person changes, in people; `formula` says how it is computed."""

    as_of: date
    before: float
    after: float
    gain: float
    gained: list[GainOut]
    people: int
    truncated: bool
    formula: str = (
        f"sum over people of 1 - product over the group of (1 - best path of at most {HOPS} influences, "
        "each passing on with effective strength / 10); members of the group count 1"
    )


async def one_influence(read: Reads, influence_id: str) -> Influence:
    """An influence between two people in scope. Raises: NotFound."""
    influence = await read.directory(Influence, {"_id": influence_id})
    if influence is None:
        raise NotFound(f"{influence_id} does not exist")
    for contact_id in (influence.from_contact_id, influence.to_contact_id):
        if await read.find_one(Contact, {"_id": contact_id}) is None:
            raise NotFound(f"{influence_id} does not exist")
    return influence


async def network_of(read: Reads, contact_id: str, day: date, depth: int) -> NetworkOut:
    """The people within `depth` influences of a contact, in either direction, all in scope. Raises: NotFound."""
    contact = await read.get(Contact, contact_id)
    network = await network_around(read, [contact], day, depth=depth, limit=MAX_SHOWN, backwards=True)
    return NetworkOut(
        contact_id=contact.id,
        as_of=day,
        depth=depth,
        people=[
            PersonOut(
                id=one.id, name=one.name, title=one.title, specialty=one.specialty, distance=network.distances[one.id]
            )
            for one in network.people.values()
        ],
        influences=[InfluenceOut.of(one, day) for one in network.influences.values()],
        truncated=network.truncated,
    )


async def reach_of(read: Reads, ids: Sequence[str], add: str, day: date) -> ReachOut:
    """What one more person adds to the reach of a group, over people in scope.

    Raises: UnknownReference for people who are absent or out of scope.
    """
    named = {"_id": {"$in": [*ids, add]}, "survivor_id": None}
    start = {one.id: one for one in await read.find(Contact, named, limit=len(ids) + 1)}
    fields = [(f"ids[{number}]", one) for number, one in enumerate(ids)] + [("add", add)]
    unknown = [
        Violation(UnknownReference.code, f"{one} names nothing that you can see", field)
        for field, one in fields
        if one not in start or start[one].erasure is not None
    ]
    if unknown:
        raise UnknownReference(unknown[0].detail if len(unknown) == 1 else None, violations=unknown)
    network = await network_around(read, start.values(), day, depth=HOPS, limit=MAX_REACHED, backwards=False)
    arcs = arcs_of(
        (one.from_contact_id, one.to_contact_id, one.effective_on(day)) for one in network.influences.values()
    )
    before, after = reached_by(ids, arcs), reached_by([*ids, add], arcs)
    gains = [(after[one] - before.get(one, 0.0), one) for one in after if after[one] > before.get(one, 0.0)]
    gains.sort(key=lambda gain: (-gain[0], gain[1]))
    total_before, total_after = sum(before.values()), sum(after.values())
    return ReachOut(
        as_of=day,
        before=round(total_before, 4),
        after=round(total_after, 4),
        gain=round(total_after - total_before, 4),
        gained=[
            GainOut(id=one, before=round(before.get(one, 0.0), 4), after=round(after[one], 4))
            for _, one in gains[:MAX_GAINED]
        ],
        people=len(network.people),
        truncated=network.truncated,
    )
