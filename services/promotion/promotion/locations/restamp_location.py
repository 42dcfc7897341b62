"""A place follows its owner through the organisation, and its balances follow the place."""

from chassis.restamping import Followers
from chassis.work import UnitOfWork
from contracts.ids import UnitId
from contracts.values import LocationKind, Stamp

from promotion.locations.model import Location, location_id
from promotion.stock.model import StockBalance


async def follow_owner(
    kind: LocationKind, owner_id: str, work: UnitOfWork, *, name: str, unit_id: UnitId, stamps: list[Stamp]
) -> None:
    """Give the owner's place the owner's name, unit and stamps of today; nothing when it has none.

    Its balances follow batch by batch. Movements keep the stamps of their day: what happened is seen by those who saw
    it happen.
    """
    location = await work.find_one(Location, {"_id": location_id(kind, owner_id)})
    if location is None:
        return
    before = location.visible
    if not location.move_to(name=name, unit_id=unit_id, stamps=stamps):
        return
    work.save(location, reason="the owner moved")
    if location.visible != before:
        await BALANCES.order(location.id, work)


async def _follow(balance: StockBalance, work: UnitOfWork) -> bool:
    location = await work.directory(Location, balance.location_id, field="location_id")
    if location is None or balance.visible == location.visible:
        return False
    balance.visible = location.visible
    return True


BALANCES = Followers(
    name="balances of a place",
    model=StockBalance,
    rows=lambda location_id, today: {"location_id": location_id},
    restamp=_follow,
)
"""Who sees a place sees its stock."""
