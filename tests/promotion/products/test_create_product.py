"""Registering products."""

from contracts.events.promotion import ProductCreated
from promotion.products.create_product import CreateProduct, create_product

from tests.promotion.samples import Company


async def test_a_product_is_registered_with_its_line_and_owner():
    company = Company()
    command = CreateProduct(name="A", line="gastro", manufacturer="Us", own=True)
    product = await company.run(create_product, command)
    assert company.events == [ProductCreated(product=product.state())]
    assert company.store.rows("products")[product.id]["own"] is True


async def test_a_loader_may_bring_the_id():
    command = CreateProduct(product_id="prd_demo", name="A", line="gastro", manufacturer="Us", own=False)
    assert (await Company().run(create_product, command)).id == "prd_demo"
