"""Facts of an institution that hold from a business date until the next one of their kind: its grade, its parent."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from chassis.aggregate import Entity
from chassis.refusals import Conflict
from contracts.ids import AccountId
from contracts.values import Grade

from customer.texts import Note

MAX_ENTRIES = 200


class TimelineFull(Conflict):
    """A timeline lives inside its institution's document and is bounded."""

    code = "timeline_full"
    title = f"A fact of an institution changes at most {MAX_ENTRIES} times"


class Dated(Entity):
    """A fact that held, holds or will hold from `on` until `until` (exclusive; None: until further notice)."""

    on: date
    until: date | None = None
    reason: Note | None = None
    recorded: datetime
    """When it was decided, by the business clock."""

    def same(self, other: "Dated") -> bool:
        """True when both say the same thing of their times."""
        bookkeeping = Dated.model_fields.keys()
        own = type(self).model_fields.keys() - bookkeeping
        return all(getattr(self, name) == getattr(other, name) for name in own)

    def overlaps(self, start: date, end: date | None) -> bool:
        """True when it holds on some day from `start` until `end` (exclusive, None: for ever)."""
        return (end is None or self.on < end) and (self.until is None or self.until > start)


class GradeEntry(Dated):
    """The institution's grade for a time."""

    grade: Grade


class ParentEntry(Dated):
    """What the institution belongs to for a time; None: to nothing."""

    parent_id: AccountId | None


D = TypeVar("D", bound=Dated)


def holding_on(entries: Sequence[D], day: date) -> D | None:
    """The entry that holds on a date; None before the first."""
    return next((entry for entry in reversed(entries) if entry.on <= day), None)


def inserted(entries: Sequence[D], new: D) -> list[D] | None:
    """The timeline with `new` holding from its date until the next entry begins; None when it says so already.

    What was recorded to come later still comes later, only earlier when it is the same. An entry of the same date
    gives way.

    Raises: TimelineFull.
    """
    present = holding_on(entries, new.on)
    if present is not None and present.same(new):
        return None
    before = [entry for entry in entries if entry.on < new.on]
    after = [entry for entry in entries if entry.on > new.on]
    if after and after[0].same(new):
        after = after[1:]
    if before and before[-1].same(new):
        new = before.pop()
    if len(before) + len(after) >= MAX_ENTRIES:
        raise TimelineFull
    chain = [*before, new, *after]
    ends = [*(entry.on for entry in chain[1:]), None]
    return [entry.model_copy(update={"until": end}) for entry, end in zip(chain, ends, strict=True)]
