"""Register a promotional item."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import MaterialId, ProductId
from contracts.values import MaterialClass, Money
from pydantic import ConfigDict, Field

from promotion.materials.model import Material
from promotion.products.model import Product


class CreateMaterial(Command):
    """Register an item that promotes a product, or the company when `product` is None."""

    model_config = ConfigDict(populate_by_name=True)

    material_id: MaterialId | None = None
    name: str
    class_: MaterialClass = Field(alias="class")
    unit_value: Money
    product: ProductId | None = None


async def create_material(command: CreateMaterial, work: UnitOfWork) -> Material:
    """Register the item.

    Raises: RuleBroken (`unknown_reference`, `negative_value`); AlreadyExists when the id is taken.
    """
    if command.product is not None:
        await work.directory(Product, command.product, field="product")
    if command.unit_value.amount < 0:
        work.violate("unit_value.amount", "negative_value", "nothing is worth less than nothing")
    work.check()
    material, created = Material.register(
        material_id=command.material_id or Material.new_id(),
        name=command.name,
        material_class=command.class_,
        unit_value=command.unit_value,
        product_id=command.product,
    )
    work.add(material, created)
    return material
