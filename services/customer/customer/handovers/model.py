"""The handover of somebody who leaves: what has been taken over, and when the record may be closed."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Entity, Index
from chassis.ids import new_id
from chassis.refusals import Conflict
from contracts.events.customer import (
    HandedOverItem,
    HandoverClosed,
    HandoverItemKind,
    HandoverItemsHandedOver,
    HandoverOpened,
    HandoverState,
)
from contracts.ids import EmployeeId, UnitId
from contracts.personal import Personal
from contracts.values import Money, Stamp
from pydantic import Field

from customer.texts import Line, Note

BY_HAND = (HandoverItemKind.PLAN, HandoverItemKind.TASK, HandoverItemKind.ADVANCE)
"""What is written on the checklist by hand; everything else the services know."""
MAX_ENTRIES = 200


class HandoverIsClosed(Conflict):
    """What is closed stays as it was."""

    code = "handover_closed"
    title = "The handover is closed"


class HasNotLeft(Conflict):
    """The record is closed after the last day."""

    code = "has_not_left"
    title = "The employee has not left yet"


class HandoverOutstanding(Conflict):
    """Somebody still has stock or an advance of the company; the refusal names them."""

    code = "handover_outstanding"
    title = "The record is closed when own stock and advances are zero"


class TooManyEntries(Conflict):
    """The checklist has a limit."""

    code = "too_many_entries"
    title = f"A checklist holds at most {MAX_ENTRIES} entries by hand"


class Advance(Money):
    """What somebody has been given in advance: more than nothing, in minor units."""

    amount: int = Field(gt=0, le=10**12)


class Entry(Entity):
    """Something on the checklist that was written there by hand; an advance has an amount."""

    id: str
    kind: HandoverItemKind
    title: Annotated[Line | None, Personal]
    amount: Advance | None = None


class Taken(Entity):
    """Something that another employee has taken over, or an advance that was settled."""

    kind: HandoverItemKind
    item_id: str
    to_employee_id: EmployeeId | None = None
    at: datetime
    by: str


class Handover(Aggregate, kind="handover", collection="handovers", prefix="hnd"):
    """The checklist of somebody who leaves. What services know to be outstanding is looked up, not stored."""

    INDEXES: ClassVar[list[Index]] = [Index([("employee_id", 1)]), Index([("leaves_on", 1)])]

    employee_id: EmployeeId
    successor_id: EmployeeId | None = None
    unit_ids: list[UnitId]
    """The units of the last positions."""
    leaves_on: date
    reason: Annotated[Note | None, Personal]
    entries: list[Entry] = Field(default_factory=list[Entry])
    taken: list[Taken] = Field(default_factory=list[Taken])
    closed_on: date | None = None

    @classmethod
    def open(
        cls,
        *,
        employee_id: str,
        successor_id: str | None,
        places: Sequence[tuple[str, str]],
        leaves_on: date,
        reason: str,
    ) -> "Handover":
        """The handover of an employee; `places` are id and path of the units of the last positions."""
        return cls(
            id=cls.new_id(),
            employee_id=employee_id,
            successor_id=successor_id,
            unit_ids=sorted({unit_id for unit_id, _ in places}),
            leaves_on=leaves_on,
            reason=reason,
            visible=[Stamp(path=path) for path in sorted({path for _, path in places})],
        )

    def write_down(self, kind: HandoverItemKind, title: str, amount: Advance | None) -> Entry:
        """Put something on the checklist by hand.

        Raises: HandoverIsClosed, TooManyEntries.
        """
        self._refuse_closed()
        if len(self.entries) >= MAX_ENTRIES:
            raise TooManyEntries
        entry = Entry(id=new_id("ent"), kind=kind, title=title, amount=amount)
        self.entries = [*self.entries, entry]
        return entry

    def is_taken(self, kind: HandoverItemKind, item_id: str) -> bool:
        """True when it has been taken over."""
        return any((one.kind, one.item_id) == (kind, item_id) for one in self.taken)

    def take_over(
        self, items: Sequence[tuple[HandoverItemKind, str]], *, to: str | None, at: datetime, by: str
    ) -> HandoverItemsHandedOver | None:
        """Note who has taken over what; None when it was noted already.

        Raises: HandoverIsClosed.
        """
        self._refuse_closed()
        new = [(kind, item_id) for kind, item_id in dict.fromkeys(items) if not self.is_taken(kind, item_id)]
        if not new:
            return None
        self.taken = [
            *self.taken,
            *(Taken(kind=kind, item_id=item_id, to_employee_id=to, at=at, by=by) for kind, item_id in new),
        ]
        told = [HandedOverItem(kind=kind, item_id=item_id, to_employee_id=to) for kind, item_id in new]
        return HandoverItemsHandedOver(handover=self.state(), items=told)

    def advances(self) -> list[Entry]:
        """Advances that are not settled."""
        return [
            one for one in self.entries if one.kind is HandoverItemKind.ADVANCE and not self.is_taken(one.kind, one.id)
        ]

    def close(self, today: date, stock: Sequence[str]) -> HandoverClosed:
        """Close the record; `stock` are the balances that are not zero.

        Raises: HandoverIsClosed, HasNotLeft, HandoverOutstanding.
        """
        self._refuse_closed()
        if today < self.leaves_on:
            raise HasNotLeft(f"the last day is the one before {self.leaves_on}")
        advances = [one.id for one in self.advances()]
        if stock or advances:
            raise HandoverOutstanding(stock=list(stock), advances=advances)
        self.closed_on = today
        return HandoverClosed(handover=self.state())

    def opened(self) -> HandoverOpened:
        """The event of its opening."""
        return HandoverOpened(handover=self.state())

    def state(self) -> HandoverState:
        """What events tell of it."""
        return HandoverState(
            handover_id=self.id,
            employee_id=self.employee_id,
            successor_id=self.successor_id,
            unit_ids=self.unit_ids,
            leaves_on=self.leaves_on,
            closed_on=self.closed_on,
        )

    def _refuse_closed(self) -> None:
        if self.closed_on is not None:
            raise HandoverIsClosed(f"since {self.closed_on}")
