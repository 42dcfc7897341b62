"""A place follows its owner through the organisation, and its balances with it."""

from chassis.work import UnitOfWork
from contracts.ids import UnitId
from contracts.values import LocationKind

from promotion.locations.model import Location, location_id
from promotion.stock.model import StockBalance


async def follow_owner(
    kind: LocationKind, owner_id: str, work: UnitOfWork, *, name: str, unit_id: UnitId, path: str
) -> None:
    """Give the owner's place, and every balance there, the owner's name and unit of today; nothing when it has none.

    Movements keep the stamps of their day: what happened is seen by those who saw it happen.
    """
    location = await work.find_one(Location, {"_id": location_id(kind, owner_id)})
    if location is None or not location.move_to(name=name, unit_id=unit_id, path=path):
        return
    work.save(location, reason="the owner moved")
    for balance in await work.find(StockBalance, {"location_id": location.id}):
        if balance.visible != location.visible:
            balance.visible = location.visible
            work.save(balance, reason="the location's owner moved")
