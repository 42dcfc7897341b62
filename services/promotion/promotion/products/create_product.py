"""Register a product."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import ProductId

from promotion.products.model import Product


class CreateProduct(Command):
    """Register a product; a loader may bring its own id."""

    product_id: ProductId | None = None
    name: str
    line: str
    manufacturer: str
    own: bool


async def create_product(command: CreateProduct, work: UnitOfWork) -> Product:
    """Register the product.

    Raises: AlreadyExists when the id is taken.
    """
    product, created = Product.register(
        product_id=command.product_id or Product.new_id(),
        name=command.name,
        line=command.line,
        manufacturer=command.manufacturer,
        own=command.own,
    )
    work.add(product, created)
    return product
