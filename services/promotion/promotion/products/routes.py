"""`/products`: the catalogue of products, known to all employees."""

from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Query, Read, Router, Run
from chassis.refusals import NotFound
from contracts.ids import ProductId
from contracts.roles import Permission
from pydantic import BaseModel, Field

from promotion.products.create_product import CreateProduct, create_product
from promotion.products.model import Product

router = Router(prefix="/products", tags=["products"])

Name = Annotated[str, Field(min_length=1, max_length=200)]


class ProductBody(Body):
    """A product to register."""

    name: Name
    line: Name
    manufacturer: Name
    own: bool


class ProductOut(BaseModel):
    """A product."""

    id: ProductId
    name: str
    line: str
    manufacturer: str
    own: bool
    version: int

    @classmethod
    def of(cls, product: Product) -> "ProductOut":
        """The resource of an aggregate."""
        return cls(
            id=product.id,
            name=product.name,
            line=product.line,
            manufacturer=product.manufacturer,
            own=product.own,
            version=product.version,
        )


@router.post("", status_code=201, permission=Permission.PRODUCTS_WRITE, response_model=ProductOut)
async def post_product(body: ProductBody, run: Run) -> Answer:
    """Register a product."""
    product = await run(create_product, CreateProduct(**body.fields()))
    return Answer(ProductOut.of(product), version=product.version, status=201)


@router.get("", permission=Permission.PRODUCTS_READ, response_model=Page[ProductOut])
async def list_products(
    read: Read, page: PageArgs, line: Annotated[str | None, Query(max_length=200)] = None, own: bool | None = None
) -> Answer:
    """Products, optionally of one line, own or competitors' only."""
    where = {name: value for name, value in (("line", line), ("own", own)) if value is not None}
    found = await read.page(Product, where, page, sortable={"name", "line"}, out=ProductOut.of, directory=True)
    return Answer(found)


@router.get("/{product_id}", permission=Permission.PRODUCTS_READ, response_model=ProductOut)
async def get_product(product_id: str, read: Read) -> Answer:
    """One product."""
    product = await read.directory(Product, {"_id": product_id})
    if product is None:
        raise NotFound(f"product {product_id} does not exist")
    return Answer(ProductOut.of(product), version=product.version)
