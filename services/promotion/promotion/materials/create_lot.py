"""Register a lot of an item."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import LotId

from promotion.materials.model import Lot, Material


class CreateLot(Command):
    """Register a lot; its number is unique within the item."""

    material_id: str
    lot_id: LotId | None = None
    number: str
    expires_on: date | None = None


async def create_lot(command: CreateLot, work: UnitOfWork) -> Lot:
    """Register the lot.

    Raises: NotFound without the item; LotNumberTaken; AlreadyExists when the id is taken.
    """
    material = await work.get(Material, command.material_id)
    lot, created = Lot.register(
        lot_id=command.lot_id or Lot.new_id(),
        material_id=material.id,
        number=command.number,
        expires_on=command.expires_on,
    )
    work.add(lot, created)
    return lot
