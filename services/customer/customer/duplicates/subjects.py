"""What is compared: institutions and contacts, each with its traits and the judgement of two of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.aggregate import Aggregate, Document
from contracts.values import Stamp

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.duplicates.model import Kind, Side
from customer.duplicates.scoring import Judgement, judge_accounts, judge_contacts
from customer.duplicates.traits import AccountTraits, ContactTraits, Job, account_traits, contact_traits


@dataclass(frozen=True)
class Sketch:
    """As much of an entry as a comparison needs, read without the rest of it."""

    id: str
    visible: tuple[Stamp, ...]
    match_keys: tuple[int, ...]
    traits: Any

    @property
    def side(self) -> Side:
        """The entry as one side of a pair."""
        return Side(self.id, self.visible, self.traits.material)


@dataclass(frozen=True)
class Subject:
    """How entries of one kind are compared: the stored `facts` of one, what they say, and the judgement of two."""

    model: type[Aggregate]
    facts: tuple[str, ...]
    traits_of: Callable[[Document], Any]
    judge: Callable[[Any, Any], Judgement]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a document that a sketch is made of."""
        return ("visible", "match_keys", *self.facts)

    def sketch(self, document: Document) -> Sketch:
        """The sketch of a document that holds these fields."""
        return Sketch(
            id=document["_id"],
            visible=tuple(Stamp(**stamp) for stamp in document["visible"]),
            match_keys=tuple(document.get("match_keys") or ()),
            traits=self.traits_of(document),
        )


def _account_traits(document: Document) -> AccountTraits:
    place = document.get("location")
    return account_traits(
        name=document["name"],
        kind=document["kind"],
        point=(float(place["lat"]), float(place["lon"])) if place else None,
        **{fact: document.get(fact) for fact in ("division_code", "telephone", "address")},
    )


def _contact_traits(document: Document) -> ContactTraits:
    return contact_traits(
        jobs=(
            Job(
                one["account_id"],
                one.get("department_id"),
                one.get("role"),
                date.fromisoformat(one["valid_from"]),
                date.fromisoformat(one["valid_to"]) if one.get("valid_to") else None,
            )
            for one in document["affiliations"]
        ),
        **{fact: document.get(fact) for fact in ("name", "title", "specialty", "mobile")},
    )


SUBJECTS: dict[Kind, Subject] = {
    "account": Subject(
        Account,
        ("name", "kind", "division_code", "telephone", "address", "location"),
        _account_traits,
        judge_accounts,
    ),
    "contact": Subject(
        Contact, ("name", "title", "specialty", "mobile", "affiliations"), _contact_traits, judge_contacts
    ),
}
