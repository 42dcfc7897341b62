"""Events of handovers: somebody leaves, and others take over. Reasons and titles are personal and stay in the store."""

from datetime import date
from enum import StrEnum

from contracts.events.base import Event, State
from contracts.ids import EmployeeId, HandoverId, UnitId


class HandoverItemKind(StrEnum):
    """What is handed over; stock leaves by transfers only."""

    ACCOUNT = "account"
    ALIGNMENT = "alignment"
    VISIT = "visit"
    PLAN = "plan"
    TASK = "task"
    ADVANCE = "advance"
    STOCK = "stock"


class HandoverState(State):
    """The handover of somebody who leaves on `leaves_on`, the first day without a position, from `unit_ids`."""

    handover_id: HandoverId
    employee_id: EmployeeId
    successor_id: EmployeeId | None = None
    unit_ids: list[UnitId]
    leaves_on: date
    closed_on: date | None = None


class HandedOverItem(State):
    """Something that another employee has taken over; an advance is settled, by nobody."""

    kind: HandoverItemKind
    item_id: str
    to_employee_id: EmployeeId | None = None


class HandoverOpened(Event, type="customer.handover-opened.v1", topic="customer.handover"):
    """Somebody is going to leave."""

    handover: HandoverState


class HandoverItemsHandedOver(Event, type="customer.handover-items-handed-over.v1", topic="customer.handover"):
    """Others have taken over what the leaver did."""

    handover: HandoverState
    items: list[HandedOverItem]


class HandoverClosed(Event, type="customer.handover-closed.v1", topic="customer.handover"):
    """Stock and advances are zero; the record of the employment is closed."""

    handover: HandoverState
