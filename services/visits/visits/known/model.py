"""Replicas: what this service needs to know of other services' aggregates. A later sequence wins."""

from datetime import date
from typing import ClassVar

from chassis.aggregate import Entity, Index, Replica
from contracts.ids import AccountId, ContactId, EmployeeId, LotId, MaterialId, ProductId, UnitId
from contracts.values import GeoPoint, Stage
from pydantic import Field

CLOSED_STAGES = frozenset({Stage.CLOSING, Stage.CLOSED, Stage.MERGED})
"""Stages in which an institution takes no new visits."""


class KnownAccount(Replica, collection="known_accounts"):
    """An institution: who sees it today, where it stands, whether it is open."""

    INDEXES: ClassVar[list[Index]] = [Index([("survivor_of", 1)])]

    id: AccountId
    stage: Stage
    location: GeoPoint | None = None
    survivor_of: AccountId | None = None
    """Into which it was merged."""

    @property
    def closed(self) -> bool:
        """True when no new visits may be planned."""
        return self.stage in CLOSED_STAGES


class Employment(Entity):
    """A contact works at an institution from `valid_from` until `valid_to` (exclusive)."""

    account_id: AccountId
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """True when `day` lies within."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class KnownContact(Replica, collection="known_contacts"):
    """Where a contact works and worked; nothing of the person. `visible` is empty: institutions decide who sees it."""

    id: ContactId
    survivor_of: ContactId | None = None
    """Into which the contact was merged."""
    employments: list[Employment] = Field(default_factory=list[Employment])

    def works_at(self, account_id: AccountId, day: date) -> bool:
        """True when the contact is affiliated with the institution on `day`."""
        return any(job.account_id == account_id and job.holds_on(day) for job in self.employments)


class Position(Entity):
    """An employee's place in the organisation from `valid_from` until `valid_to` (exclusive)."""

    unit_id: UnitId
    unit_path: str
    valid_from: date
    valid_to: date | None = None


class KnownEmployee(Replica, collection="known_employees"):
    """An employee's positions, oldest first; they do not overlap."""

    id: EmployeeId
    positions: list[Position]

    def position_on(self, day: date) -> Position | None:
        """The position of a day; None before the first, after the last and in between."""
        for position in self.positions:
            if position.valid_from <= day and (position.valid_to is None or day < position.valid_to):
                return position
        return None

    @property
    def present_path(self) -> str:
        """The unit of the latest position."""
        return self.positions[-1].unit_path

    def assign(self, position: Position, told_on: date) -> None:
        """Take in the position that the owner tells of on `told_on`.

        The same unit again may have another end. Another unit holds from its own first day; when that is no later than
        the latest position's, the owner has moved the employee without saying since when, so it holds from `told_on`.
        """
        if not self.positions:
            self.positions = [position]
            return
        latest = self.positions[-1]
        if position.unit_id == latest.unit_id:
            since = min(latest.valid_from, position.valid_from) if len(self.positions) == 1 else latest.valid_from
            self.positions = [*self.positions[:-1], position.model_copy(update={"valid_from": since})]
            return
        since = position.valid_from
        if since <= latest.valid_from:
            since = max(latest.valid_from, told_on)
        earlier = [known for known in self.positions if known.valid_from < since]
        if earlier and (earlier[-1].valid_to is None or earlier[-1].valid_to > since):
            earlier[-1] = earlier[-1].model_copy(update={"valid_to": since})
        self.positions = [*earlier, position.model_copy(update={"valid_from": since})]


class KnownProduct(Replica, collection="known_products"):
    """A product that can be spoken about, own or a competitor's."""

    id: ProductId


class KnownLot(Replica, collection="known_lots"):
    """A lot of promotional material that can be left with a contact."""

    id: LotId
    material_id: MaterialId
