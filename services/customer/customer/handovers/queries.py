"""Reads of handovers."""

from datetime import date, datetime
from typing import Any

from chassis.aggregate import Document
from chassis.principal import Principal
from chassis.reads import Paging, Reads
from chassis.refusals import NotFound
from contracts.events.customer import HandoverItemKind
from pydantic import BaseModel

from customer.handovers.known import OwnPlace
from customer.handovers.model import Handover
from customer.handovers.outstanding import Item, S, outstanding


class TakenOut(BaseModel):
    """Something that was taken over; an advance that was settled."""

    kind: HandoverItemKind
    id: str
    to_employee_id: str | None
    at: datetime
    by: str


class HandoverOut(BaseModel):
    """A handover as the API lists it."""

    id: str
    employee_id: str
    successor_id: str | None
    unit_ids: list[str]
    leaves_on: date
    reason: str | None
    closed_on: date | None
    handed_over: list[TakenOut]
    version: int

    @classmethod
    def of(cls, handover: Handover) -> "HandoverOut":
        """The answer for a handover."""
        return cls(
            id=handover.id,
            employee_id=handover.employee_id,
            successor_id=handover.successor_id,
            unit_ids=handover.unit_ids,
            leaves_on=handover.leaves_on,
            reason=handover.reason,
            closed_on=handover.closed_on,
            handed_over=[
                TakenOut(kind=one.kind, id=one.item_id, to_employee_id=one.to_employee_id, at=one.at, by=one.by)
                for one in handover.taken
            ],
            version=handover.version,
        )


class ChecklistOut(HandoverOut):
    """A handover with what is still outstanding, and where stock may be transferred to."""

    outstanding: list[Item]
    successor_location_id: str | None


async def checklist(read: Reads, caller: Principal, handover_id: str) -> ChecklistOut:
    """A handover with its checklist; who leaves sees the own one.

    Raises: NotFound.
    """
    handover = await read.get(Handover, handover_id)
    if caller.leaving and handover.employee_id != caller.employee_id:
        raise NotFound(f"{handover_id} does not exist")

    async def look(model: type[S], where: Document, /) -> list[S]:
        return [model.load(document) for document in await read.store.find(model.COLLECTION, where)]

    places = await look(OwnPlace, {"employee_id": handover.successor_id}) if handover.successor_id else []
    return ChecklistOut(
        **HandoverOut.of(handover).model_dump(),
        outstanding=await outstanding(handover, look),
        successor_location_id=places[0].id if places else None,
    )


async def list_handovers(
    read: Reads, page: Paging, caller: Principal, *, employee_id: str | None = None, closed: bool | None = None
) -> dict[str, Any]:
    """The handovers in scope; who leaves sees the own one."""
    where: dict[str, Any] = {}
    if employee_id is not None or caller.leaving:
        where["employee_id"] = caller.employee_id if caller.leaving else employee_id
    if closed is not None:
        where["closed_on"] = {"$ne": None} if closed else None
    return await read.page(Handover, where, page, out=HandoverOut.of, sortable={"leaves_on"}, default_sort="leaves_on")
