"""What of a leaver's is still to be handed over, from what this and the other services know."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Protocol, TypeVar

from chassis.aggregate import Document, Stored
from contracts.events.customer import HandoverItemKind
from contracts.values import Stage, UnitKind
from pydantic import BaseModel

from customer.accounts.model import Account
from customer.alignments.model import Alignment
from customer.handovers.known import CarriedStock, OwnPlace, OwnVisit
from customer.handovers.model import Handover
from customer.units.model import Unit

S = TypeVar("S", bound=Stored)

_OPEN_STAGES = sorted(stage.value for stage in Stage if stage not in (Stage.CLOSED, Stage.MERGED))


class Look(Protocol):
    """Finds documents, whoever asks: a unit of work's `survey`, or the same for an answer."""

    def __call__(self, model: type[S], where: Document, /) -> Awaitable[list[S]]:
        """All that match."""
        ...


class Item(BaseModel):
    """Something that is still to be handed over; `facts` tell what and how much."""

    kind: HandoverItemKind
    id: str
    facts: dict[str, Any]


async def carried_stock(employee_id: str, look: Look) -> list[Item]:
    """The stock that an employee carries."""
    places = await look(OwnPlace, {"employee_id": employee_id})
    rows = await look(CarriedStock, {"location_id": {"$in": [place.id for place in places]}}) if places else []
    return [
        Item(
            kind=HandoverItemKind.STOCK,
            id=row.id,
            facts={
                "location_id": row.location_id,
                "material_id": row.material_id,
                "lot_id": row.lot_id,
                "on_hand": row.on_hand,
            },
        )
        for row in rows
    ]


async def outstanding(handover: Handover, look: Look) -> list[Item]:
    """Everything that nobody has taken over: by hand, visits, coverage, institutions of the territories, stock."""
    lists: list[Callable[[Handover, Look], Awaitable[list[Item]]]] = [_by_hand, _visits, _alignments, _accounts]
    found = [item for listed in lists for item in await listed(handover, look)]
    left = [item for item in found if not handover.is_taken(item.kind, item.id)]
    return [*left, *await carried_stock(handover.employee_id, look)]


async def _by_hand(handover: Handover, look: Look) -> list[Item]:
    return [
        Item(
            kind=one.kind,
            id=one.id,
            facts={"title": one.title, "amount": one.amount.model_dump() if one.amount else None},
        )
        for one in handover.entries
    ]


async def _visits(handover: Handover, look: Look) -> list[Item]:
    visits = await look(OwnVisit, {"employee_id": handover.employee_id})
    return [Item(kind=HandoverItemKind.VISIT, id=one.id, facts={"account_id": one.account_id}) for one in visits]


async def _alignments(handover: Handover, look: Look) -> list[Item]:
    lasting = {"employee_id": handover.employee_id, "valid_to": _after(handover.leaves_on)}
    where = {"assignments.employee_id": handover.employee_id, "assignments": {"$elemMatch": lasting}}
    return [
        Item(kind=HandoverItemKind.ALIGNMENT, id=one.id, facts={"account_id": one.account_id, "line_id": one.line_id})
        for one in await look(Alignment, where)
    ]


async def _accounts(handover: Handover, look: Look) -> list[Item]:
    """Institutions of a territory go with its representative; those of higher units belong to the unit."""
    where = {"_id": {"$in": handover.unit_ids}, "kind": UnitKind.TERRITORY.value}
    territories = [unit.id for unit in await look(Unit, where)]
    if not territories:
        return []
    there = {
        "unit_id": {"$in": territories},
        "stages": {"$elemMatch": {"stage": {"$in": _OPEN_STAGES}, "until": None}},
    }
    return [
        Item(kind=HandoverItemKind.ACCOUNT, id=one.id, facts={"unit_id": one.unit_id})
        for one in await look(Account, there)
    ]


def _after(day: date) -> Document:
    return {"$not": {"$lte": day.isoformat()}}
