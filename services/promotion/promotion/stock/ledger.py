"""The pen of the double-entry ledger: every movement takes from one location what it gives to another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chassis.work import UnitOfWork
from contracts.events.promotion import MovementKind, StockMoved
from contracts.ids import ContactId, LocationId, LotId, MovementId, VisitId
from contracts.values import Stamp

from promotion.stock.model import Leg, Movement, StockBalance, balance_id


@dataclass
class Posting:
    """A movement being written: take, give, then record.

    `take` and `give` answer None when the balance does not allow it or is not there and no `empty` one was offered;
    so both can come first in the transaction, before anything is read, and be asked again when a row must be made.
    """

    kind: MovementKind
    lot_id: LotId
    quantity: int
    at: datetime
    movement_id: MovementId = field(default_factory=Movement.new_id)
    visit_id: VisitId | None = None
    contact_id: ContactId | None = None
    _taken: StockBalance | None = None
    _given: StockBalance | None = None

    async def take(self, location_id: LocationId, work: UnitOfWork) -> StockBalance | None:
        """Take the quantity from where at least as much is available; the balance afterwards, or None."""
        self._taken = await self._adjust(location_id, -self.quantity, work, floor=self.quantity)
        return self._taken

    async def take_from_outside(
        self, location_id: LocationId, work: UnitOfWork, *, empty: Callable[[], StockBalance] | None = None
    ) -> StockBalance | None:
        """Take the quantity from the supplier, whose balance may fall below zero; None when the row is missing."""
        self._taken = await self._adjust(location_id, -self.quantity, work, empty=empty)
        return self._taken

    async def give(
        self, location_id: LocationId, work: UnitOfWork, *, empty: Callable[[], StockBalance] | None = None
    ) -> StockBalance | None:
        """Add the quantity; None when the row is missing."""
        self._given = await self._adjust(location_id, self.quantity, work, empty=empty)
        return self._given

    def record(self, work: UnitOfWork) -> Movement:
        """Write the movement, when both legs stand; whoever sees one of its locations sees it."""
        if self._taken is None or self._given is None:
            raise LookupError("a movement has two legs")
        taken, given = self._taken, self._given
        movement = Movement(
            id=self.movement_id,
            kind=self.kind,
            material_id=taken.material_id,
            lot_id=self.lot_id,
            quantity=self.quantity,
            legs=[
                Leg(location_id=taken.location_id, quantity=-self.quantity, on_hand=taken.on_hand),
                Leg(location_id=given.location_id, quantity=self.quantity, on_hand=given.on_hand),
            ],
            at=self.at,
            visit_id=self.visit_id,
            contact_id=self.contact_id,
            visible=_union(taken.visible, given.visible),
        )
        work.add(movement)
        return movement

    async def _adjust(
        self,
        location_id: LocationId,
        delta: int,
        work: UnitOfWork,
        *,
        floor: int | None = None,
        empty: Callable[[], StockBalance] | None = None,
    ) -> StockBalance | None:
        return await work.adjust(
            StockBalance,
            balance_id(self.lot_id, location_id),
            {"on_hand": delta, "available": delta},
            at_least=None if floor is None else {"available": floor},
            event=lambda balance: StockMoved(
                movement_id=self.movement_id,
                kind=self.kind,
                quantity=delta,
                at=self.at,
                visit_id=self.visit_id,
                contact_id=self.contact_id,
                balance=balance.state(),
            ),
            create=empty,
        )


def _union(first: list[Stamp], second: list[Stamp]) -> list[Stamp]:
    return [*first, *(stamp for stamp in second if stamp not in first)]
