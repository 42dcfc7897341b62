"""What is compared: institutions and contacts, each with its traits and the judgement of two of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chassis.aggregate import Aggregate

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.duplicates.model import Kind, Side
from customer.duplicates.scoring import Judgement, judge_accounts, judge_contacts


@dataclass(frozen=True)
class Subject:
    """How entries of one kind are compared."""

    model: type[Aggregate]
    judge: Callable[[Any, Any], Judgement]

    def side(self, entry: Any) -> Side:
        """The entry as one side of a pair."""
        return Side(entry.id, entry.visible, entry.traits.material)


SUBJECTS: dict[Kind, Subject] = {
    "account": Subject(Account, judge_accounts),
    "contact": Subject(Contact, judge_contacts),
}
