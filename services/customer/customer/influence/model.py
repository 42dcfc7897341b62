"""One person's influence on another."""

from datetime import date
from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Document, Entity, Index
from chassis.refusals import Conflict, RuleBroken
from contracts.events.customer import (
    InfluenceConfirmed,
    InfluenceEnded,
    InfluenceErased,
    InfluenceRecorded,
    InfluenceState,
)
from contracts.ids import ContactId
from contracts.personal import Personal
from pydantic import Field, StringConstraints

from customer.influence.decay import decayed
from customer.texts import Note

InfluenceType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""A word of the pack's vocabulary: `teaches`, `refers_to`, `publishes_with` …"""
Strength = Annotated[int, Field(ge=1, le=5)]


class AlreadyConnected(Conflict):
    """An influence of one type is recorded once, and then confirmed or ended."""

    code = "already_connected"
    title = "This influence is recorded already and has not ended"


class OnOneself(RuleBroken):
    """Nobody follows the own opinion."""

    code = "influence_on_oneself"
    title = "The influence of a contact on the same contact is none"


class EndsBeforeItStarts(RuleBroken):
    """An influence holds from `valid_from` until `valid_to`, exclusive."""

    code = "ends_before_it_starts"
    title = "An influence ends after it has started"


class NotInForce(RuleBroken):
    """What does not hold on a date cannot be confirmed for it."""

    code = "not_in_force"
    title = "The influence does not hold on that date"


class Confirmation(Entity):
    """The influence was seen to be there, with this strength, on `on`."""

    on: date
    strength: Strength


class Influence(Aggregate, kind="influence", collection="influences", prefix="inf"):
    """`from_contact_id` influences `to_contact_id` from `valid_from` until `valid_to` (exclusive).

    It carries no stamps: whoever sees both persons sees it, and that changes with where they work.
    """

    INDEXES: ClassVar[list[Index]] = [
        Index([("open_key", 1)], unique=True, where={"open_key": {"$type": "string"}}, refusal=AlreadyConnected),
        Index([("from_contact_id", 1)]),
        Index([("to_contact_id", 1)]),
    ]

    from_contact_id: ContactId
    to_contact_id: ContactId
    type: InfluenceType
    strength: Strength
    """As it was recorded first."""
    source: Annotated[Note | None, Personal] = None
    """How it is known; None once one of the two persons was erased."""
    valid_from: date
    valid_to: date | None = None
    confirmations: list[Confirmation] = Field(default_factory=list[Confirmation])

    def dump(self) -> Document:
        """The stored document, with the key that only influences without an end have."""
        key = f"{self.from_contact_id}|{self.to_contact_id}|{self.type}" if self.valid_to is None else None
        return {**super().dump(), "open_key": key}

    def check(self) -> None:
        """The rules on one influence. Raises: OnOneself, EndsBeforeItStarts."""
        if self.from_contact_id == self.to_contact_id:
            raise OnOneself(field="to_contact_id")
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise EndsBeforeItStarts(f"it begins on {self.valid_from}", field="valid_to")

    def holds_on(self, day: date) -> bool:
        """True when it is in force on that date, however weak."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def confirmed_by(self, day: date) -> Confirmation:
        """What was known of its strength last on a date; the beginning counts as a confirmation."""
        known = [one for one in self.confirmations if one.on <= day]
        return known[-1] if known else Confirmation(on=self.valid_from, strength=self.strength)

    def effective_on(self, day: date) -> float:
        """Its strength on a date, 0 … 5, after what it has lost since it was confirmed last."""
        if not self.holds_on(day):
            return 0.0
        last = self.confirmed_by(day)
        return decayed(last.strength, last.on, day)

    def recorded(self, today: date) -> InfluenceRecorded:
        """The event of the recording."""
        return InfluenceRecorded(influence=self.state(today))

    def confirm(self, on: date, strength: int | None, today: date) -> InfluenceConfirmed | None:
        """Have been seen on a date, with the strength of before unless another is given; None when that is known.

        Raises: NotInForce.
        """
        if not self.holds_on(on):
            raise NotInForce(f"it holds from {self.valid_from}", field="on")
        seen = Confirmation(on=on, strength=strength or self.confirmed_by(on).strength)
        if seen == self.confirmed_by(on):
            return None
        others = [one for one in self.confirmations if one.on != on]
        self.confirmations = sorted([*others, seen], key=lambda one: one.on)
        return InfluenceConfirmed(influence=self.state(today), on=on)

    def end(self, on: date, today: date) -> InfluenceEnded | None:
        """Hold until `on`; None when it ends on that date already. Raises: EndsBeforeItStarts."""
        if self.valid_to == on:
            return None
        if on <= self.valid_from:
            raise EndsBeforeItStarts(f"it begins on {self.valid_from}", field="on")
        self.valid_to = on
        return InfluenceEnded(influence=self.state(today), on=on)

    def erased(self, today: date) -> InfluenceErased:
        """The event of one of the persons having been erased; the source has been cleared."""
        return InfluenceErased(influence=self.state(today))

    def state(self, today: date) -> InfluenceState:
        """What events tell of it."""
        last = self.confirmed_by(max(today, self.valid_from))
        return InfluenceState(
            influence_id=self.id,
            from_contact_id=self.from_contact_id,
            to_contact_id=self.to_contact_id,
            type=self.type,
            strength=last.strength,
            confirmed_on=last.on,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )
