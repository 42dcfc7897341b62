"""Everybody who is scored on a date, with what they are scored by: read portion by portion, in time that grows with their number."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from chassis.aggregate import Aggregate
from chassis.believed import as_believed
from chassis.store import Store
from contracts.values import ScoreSubject, Stamp

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.evaluation import facts
from customer.evaluation.catalogue import CATALOGUE, EVENT_SOURCES, Source
from customer.evaluation.inputs import InputValue, value_on
from customer.evaluation.percentiles import Traits
from customer.influence.model import Influence

PORTION = 50
"""Subjects read together; the embedded database takes longer for each id, the more are asked for at once."""
FOREVER_US = 2**62
"""Later than every instant that a change was recorded at."""

A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True)
class Member:
    """A subject of a population, with who sees it."""

    id: str
    named: Mapping[str, str | None]
    """The traits asked for, by name and in the order asked for."""
    values: Mapping[str, float | None]
    visible: list[Stamp]

    @property
    def traits(self) -> Traits:
        """The traits in their order."""
        return tuple(self.named.values())

    def compared_by(self, traits: Sequence[str]) -> "Member":
        """The member with these of its traits only, in this order."""
        return replace(self, named={name: self.named[name] for name in traits})


@dataclass(frozen=True)
class Ask:
    """What is to be known of whom: inputs by code, traits by name, on a date, as known at an instant (None: now)."""

    subject: ScoreSubject
    codes: Sequence[str]
    traits: Sequence[str]
    on: date
    known_us: int | None = None

    def wants(self, *sources: Source) -> list[str]:
        """The codes asked for that come from these sources."""
        known = CATALOGUE[self.subject]
        return [code for code in self.codes if code in known and known[code].source in sources]


async def members_of(store: Store, ask: Ask) -> list[Member]:
    """All subjects who count on the date, by id."""
    return [member async for member in _members(store, ask)]


async def _members(store: Store, ask: Ask) -> AsyncIterator[Member]:
    model = Account if ask.subject is ScoreSubject.ACCOUNT else Contact
    rows = await store.find(model.COLLECTION, {}, fields=["version"])
    ids = sorted(row["_id"] for row in rows)
    for start in range(0, len(ids), PORTION):
        portion = ids[start : start + PORTION]
        told = await _told(store, ask, portion)
        found = _accounts(store, ask, portion) if model is Account else _contacts(store, ask, portion)
        for one, traits, values in await found:
            yield Member(
                id=one.id,
                named={name: traits[name] for name in ask.traits},
                values={code: told.get((one.id, code), values.get(code)) for code in ask.codes},
                visible=one.visible,
            )


_Found = list[tuple[Aggregate, dict[str, str | None], dict[str, float | None]]]


async def _accounts(store: Store, ask: Ask, ids: list[str]) -> _Found:
    accounts = await _believed(store, ask, Account, ids)
    return [
        (one, facts.account_traits(one, ask.on), facts.account_values(one, ask.on))
        for one in accounts.values()
        if facts.account_counts(one, ask.on)
    ]


async def _contacts(store: Store, ask: Ask, ids: list[str]) -> _Found:
    contacts = await _believed(store, ask, Contact, ids)
    counted = [one for one in contacts.values() if facts.contact_counts(one, ask.on)]
    institutions: dict[str, Account] = {}
    places = {one.id: main.account_id for one in counted if (main := facts.main_affiliation(one, ask.on))}
    if set(ask.traits) - {"specialty"}:
        institutions = await _believed(store, ask, Account, sorted(set(places.values())))
    network: dict[str, list[Influence]] = defaultdict(list)
    if ask.wants(Source.INFLUENCE):
        for one in await _influences(store, ask, ids):
            network[one.from_contact_id].append(one)
            network[one.to_contact_id].append(one)
    return [
        (
            one,
            facts.contact_traits(one, institutions.get(places[one.id]), ask.on),
            facts.contact_values(one, network.get(one.id, ()), ask.on),
        )
        for one in counted
    ]


async def _influences(store: Store, ask: Ask, ids: list[str]) -> Iterable[Influence]:
    """The influences from and on these people."""
    found: dict[str, Influence] = {}
    for end in ("from_contact_id", "to_contact_id"):
        rows = await store.find(Influence.COLLECTION, {end: {"$in": ids}})
        found |= await as_believed(store, Influence, rows, ask.known_us or FOREVER_US)
    return found.values()


async def _believed(store: Store, ask: Ask, model: type[A], ids: list[str]) -> dict[str, A]:
    rows = await store.find(model.COLLECTION, {"_id": {"$in": ids}}, fields=list(model.model_fields))
    found = await as_believed(store, model, rows, ask.known_us or FOREVER_US)
    return dict(sorted(found.items()))


async def _told(store: Store, ask: Ask, ids: list[str]) -> dict[tuple[str, str], float | None]:
    """What other services have told of these subjects, by id and code."""
    codes = ask.wants(*EVENT_SOURCES)
    if not codes:
        return {}
    rows: dict[tuple[str, str], list[InputValue]] = defaultdict(list)
    where = {"subject_id": {"$in": ids}, "code": {"$in": codes}}
    for document in await store.find(InputValue.COLLECTION, where):
        row = InputValue.load(document)
        rows[row.subject_id, row.code].append(row)
    return {key: value_on(key[1], each, ask.on, ask.known_us) for key, each in rows.items()}
