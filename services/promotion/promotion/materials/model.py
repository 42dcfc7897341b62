"""Promotional materials: the item, and its lots by number and expiry."""

from datetime import date
from typing import ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.refusals import Conflict
from contracts.events.promotion import LotCreated, LotState, MaterialCreated, MaterialState
from contracts.ids import MaterialId, ProductId
from contracts.values import MaterialClass, Money

from promotion.products.model import CATALOGUE


class LotNumberTaken(Conflict):
    """A number names one lot of an item."""

    code = "lot_number_taken"
    title = "The item has a lot of this number already"


class Material(Aggregate, kind="material", collection="materials", prefix="itm"):
    """A promotional item (推广物料); `product_id` is the product it promotes, `unit_value` what one unit is worth."""

    INDEXES: ClassVar[list[Index]] = [Index([("name", 1)]), Index([("product_id", 1), ("name", 1)])]

    name: str
    material_class: MaterialClass
    unit_value: Money
    product_id: ProductId | None = None

    @classmethod
    def register(
        cls,
        *,
        material_id: str,
        name: str,
        material_class: MaterialClass,
        unit_value: Money,
        product_id: ProductId | None,
    ) -> "tuple[Material, MaterialCreated]":
        """A new item and the event that says so."""
        material = cls(
            id=material_id,
            name=name,
            material_class=material_class,
            unit_value=unit_value,
            product_id=product_id,
            visible=CATALOGUE,
        )
        return material, MaterialCreated(material=material.state())

    def state(self) -> MaterialState:
        """What events tell of it."""
        return MaterialState.model_validate(
            {
                "material_id": self.id,
                "name": self.name,
                "class": self.material_class,
                "unit_value": self.unit_value,
                "product_id": self.product_id,
            }
        )


class Lot(Aggregate, kind="lot", collection="lots", prefix="lot"):
    """A lot (批号) of an item, usable until `expires_on` (inclusive; None = does not expire)."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("material_id", 1), ("number", 1)], unique=True, refusal=LotNumberTaken),
    ]

    material_id: MaterialId
    number: str
    expires_on: date | None = None

    @classmethod
    def register(
        cls, *, lot_id: str, material_id: MaterialId, number: str, expires_on: date | None
    ) -> "tuple[Lot, LotCreated]":
        """A new lot and the event that says so."""
        lot = cls(id=lot_id, material_id=material_id, number=number, expires_on=expires_on, visible=CATALOGUE)
        return lot, LotCreated(lot=lot.state())

    def expired_on(self, day: date) -> bool:
        """True from the day after `expires_on`."""
        return self.expires_on is not None and day > self.expires_on

    def state(self) -> LotState:
        """What events tell of it."""
        return LotState(lot_id=self.id, material_id=self.material_id, number=self.number, expires_on=self.expires_on)
