"""A product of the market: ours or a competitor's."""

from typing import ClassVar

from chassis.aggregate import Aggregate, Index
from contracts.events.promotion import ProductCreated, ProductState
from contracts.values import Stamp

CATALOGUE = [Stamp(path="/")]
"""The catalogue belongs to the whole company: all employees read it as a directory, only company-wide roles change it."""


class Product(Aggregate, kind="product", collection="products", prefix="prd"):
    """A product; `line` is the product line it is sold in, `own` tells ours from a competitor's."""

    INDEXES: ClassVar[list[Index]] = [Index([("name", 1)]), Index([("line", 1), ("name", 1)])]

    name: str
    line: str
    manufacturer: str
    own: bool

    @classmethod
    def register(
        cls, *, product_id: str, name: str, line: str, manufacturer: str, own: bool
    ) -> "tuple[Product, ProductCreated]":
        """A new product and the event that says so."""
        product = cls(id=product_id, name=name, line=line, manufacturer=manufacturer, own=own, visible=CATALOGUE)
        return product, ProductCreated(product=product.state())

    def state(self) -> ProductState:
        """What events tell of it."""
        return ProductState(
            product_id=self.id, name=self.name, line=self.line, manufacturer=self.manufacturer, own=self.own
        )
