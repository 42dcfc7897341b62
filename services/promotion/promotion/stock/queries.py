"""Reads of the ledger, in the caller's scope."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from chassis.aggregate import Document
from chassis.reads import Paging, Reads
from contracts.ids import LocationId, LotId, MaterialId
from contracts.values import LocationKind

from promotion.locations.model import Location
from promotion.locations.model import location_id as own_location
from promotion.stock.model import Movement, StockBalance

Out = TypeVar("Out")


async def stock_rows(
    read: Reads,
    page: Paging,
    *,
    out: Callable[[StockBalance], Out],
    lot_id: LotId | None = None,
    location_id: LocationId | None = None,
    material_id: MaterialId | None = None,
) -> dict[str, Any]:
    """Balances; the supplier's, which is no stock but the outside world, only when its location is asked for."""
    filters = (("lot_id", lot_id), ("location_id", location_id), ("material_id", material_id))
    where: Document = {name: value for name, value in filters if value is not None}
    if read.principal.leaving:
        own = own_location(LocationKind.REPRESENTATIVE, read.principal.employee_id or "")
        if location_id not in (None, own):
            return {"items": [], "next": None}
        where["location_id"] = own
    elif location_id is None:
        where["location_kind"] = {"$ne": LocationKind.SUPPLIER.value}
    return await read.page(StockBalance, where, page, sortable={"on_hand", "available"}, out=out)


async def chain_of_custody(
    read: Reads, page: Paging, *, out: Callable[[Movement, Collection[LocationId]], Out], lot_id: LotId
) -> dict[str, Any]:
    """The lot's movements in the order of the ledger, from the supplier to whoever has the units now.

    Whoever sees one place of a movement sees the movement; `out` is told which of the places are in scope.
    """
    found = await read.page(
        Movement,
        {"lot_id": lot_id},
        page,
        sortable={"recorded_us", "at"},
        default_sort="recorded_us",
        out=lambda movement: movement,
    )
    movements: list[Movement] = found["items"]
    places = sorted({leg.location_id for movement in movements for leg in movement.legs})
    seen = {place.id for place in await read.find(Location, {"_id": {"$in": places}}, limit=len(places) or 1)}
    return {"items": [out(movement, seen) for movement in movements], "next": found["next"]}
