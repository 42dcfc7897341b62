"""Who is to be erased: the contact, and every word that is known to identify the person."""

from dataclasses import dataclass
from typing import Any

from chassis.journal import IDENTITIES
from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.search import folded

IDENTIFYING = ("name", "pinyin", "mobile", "licence")


@dataclass(frozen=True)
class Person:
    """A contact with all names and numbers that any version of it has had."""

    contact: Contact
    words: frozenset[str]

    def is_named_in(self, text: str) -> bool:
        """True when the text holds one of the words, however it is spelt."""
        plain = folded(text)
        return any(folded(word) in plain for word in self.words if folded(word))


async def person_of(contact: Contact, work: UnitOfWork) -> Person:
    """The contact with every word of every version."""
    words = set(_words(contact.dump()))
    for row in await work.store.find(IDENTITIES, {"aggregate_id": contact.id}):
        words |= set(_words(row["fields"]))
    return Person(contact, frozenset(words))


def _words(fields: dict[str, Any]) -> list[str]:
    found = [fields.get(name) for name in IDENTIFYING]
    found += [one.get("number") for one in fields.get("qualifications") or []]
    return [word for word in found if word]
