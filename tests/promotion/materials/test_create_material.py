"""Registering items."""

import pytest
from chassis.refusals import RuleBroken
from contracts.events.promotion import MaterialCreated
from promotion.materials.create_material import CreateMaterial, create_material
from promotion.products.model import Product

from tests.promotion.samples import Company


def a_command(**changed: object) -> CreateMaterial:
    fields = {"name": "Sample box", "class": "sample", "unit_value": {"amount": 1200, "currency": "CNY"}}
    return CreateMaterial.model_validate(fields | changed)


async def test_an_item_promotes_a_product_and_says_so_on_the_topic():
    company = Company()
    product, _ = Product.register(product_id="prd_1", name="A", line="gastro", manufacturer="Us", own=True)
    await company.given(product)
    material = await company.run(create_material, a_command(product="prd_1"))
    [created] = company.events
    assert isinstance(created, MaterialCreated)
    assert created.model_dump(mode="json", by_alias=True)["material"] == {
        "material_id": material.id,
        "name": "Sample box",
        "class": "sample",
        "unit_value": {"amount": 1200, "currency": "CNY"},
        "product_id": "prd_1",
    }


async def test_an_unknown_product_and_a_negative_value_are_told_together():
    company = Company()
    with pytest.raises(RuleBroken) as refused:
        await company.run(create_material, a_command(product="prd_none", unit_value={"amount": -1}))
    assert {(violation.field, violation.code) for violation in refused.value.violations} == {
        ("product", "unknown_reference"),
        ("unit_value.amount", "negative_value"),
    }
    assert company.store.rows("materials") == {}


async def test_a_loader_may_bring_the_id():
    assert (await Company().run(create_material, a_command(material_id="itm_demo"))).id == "itm_demo"
