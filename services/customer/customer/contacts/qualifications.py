"""What a contact is qualified to do: licences, degrees, certificates, each with its period."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from chassis.aggregate import Entity
from chassis.ids import new_id
from chassis.refusals import UnknownReference, Violation
from contracts.ids import QualificationId
from contracts.personal import Personal
from pydantic import BaseModel, ConfigDict

from customer.texts import ShortText

MAX_QUALIFICATIONS = 50


class QualificationFacts(BaseModel):
    """What is said of a qualification; it holds from `valid_from` until `valid_to` (exclusive, null: for good)."""

    model_config = ConfigDict(extra="forbid")

    kind: ShortText
    number: Annotated[ShortText | None, Personal] = None
    issuer: ShortText | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class QualificationEntry(QualificationFacts):
    """A qualification in a list that replaces another; with the `id` of one there it is that one."""

    id: QualificationId | None = None


class Qualification(QualificationFacts, Entity):
    """A qualification of a contact."""

    id: QualificationId

    def holds_on(self, day: date) -> bool:
        """True when it is valid on that date."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


def arranged(
    present: Sequence[Qualification], entries: Sequence[QualificationEntry]
) -> tuple[list[Qualification], list[Violation]]:
    """The qualifications that replace the present ones, and what is wrong with them."""
    known = {one.id for one in present}
    kept: list[Qualification] = []
    wrong: list[Violation] = []
    seen: set[tuple[str, str | None, date | None]] = set()
    for position, entry in enumerate(entries):
        here = f"qualifications[{position}]"
        if entry.id is not None and entry.id not in known:
            wrong.append(
                Violation(
                    UnknownReference.code,
                    f"{entry.id} is no qualification of this contact, or named twice",
                    f"{here}.id",
                )
            )
        known.discard(entry.id or "")
        if entry.valid_from and entry.valid_to and entry.valid_to <= entry.valid_from:
            wrong.append(
                Violation("ends_before_it_starts", "A qualification ends after it has started", f"{here}.valid_to")
            )
        key = (entry.kind, entry.number, entry.valid_from)
        if key in seen:
            wrong.append(Violation("duplicate_qualification", "The same qualification stands there twice", here))
        seen.add(key)
        kept.append(Qualification(**{**entry.model_dump(), "id": entry.id or new_id("qua")}))
    return kept, wrong
