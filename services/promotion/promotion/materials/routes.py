"""`/materials`: promotional items and their lots, known to all employees."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Query, Read, Router, Run
from contracts.ids import LotId, MaterialId, ProductId
from contracts.roles import Permission
from contracts.values import Currency, MaterialClass, Money
from pydantic import BaseModel, ConfigDict, Field

from promotion.materials.create_lot import CreateLot, create_lot
from promotion.materials.create_material import CreateMaterial, create_material
from promotion.materials.model import Lot, Material
from promotion.materials.queries import material_of_directory

router = Router(prefix="/materials", tags=["materials"])


class UnitValueBody(Body):
    """What one unit is worth, in minor units of the currency."""

    amount: int = Field(ge=0, le=10**12)
    currency: Currency = "CNY"


class MaterialBody(Body):
    """An item to register."""

    name: str = Field(min_length=1, max_length=200)
    class_: MaterialClass = Field(alias="class")
    unit_value: UnitValueBody
    product: ProductId | None = None


class MaterialOut(BaseModel):
    """An item; `product` is the product it promotes."""

    model_config = ConfigDict(serialize_by_alias=True)

    id: MaterialId
    name: str
    class_: MaterialClass = Field(serialization_alias="class")
    unit_value: Money
    product: ProductId | None
    version: int

    @classmethod
    def of(cls, material: Material) -> "MaterialOut":
        """The resource of an aggregate."""
        return cls(
            id=material.id,
            name=material.name,
            class_=material.material_class,
            unit_value=material.unit_value,
            product=material.product_id,
            version=material.version,
        )


class LotBody(Body):
    """A lot to register."""

    number: str = Field(min_length=1, max_length=100)
    expires_on: date | None = None


class LotOut(BaseModel):
    """A lot, usable until `expires_on` (inclusive)."""

    id: LotId
    material_id: MaterialId
    number: str
    expires_on: date | None
    version: int

    @classmethod
    def of(cls, lot: Lot) -> "LotOut":
        """The resource of an aggregate."""
        return cls(
            id=lot.id, material_id=lot.material_id, number=lot.number, expires_on=lot.expires_on, version=lot.version
        )


@router.post("", status_code=201, permission=Permission.MATERIALS_WRITE, response_model=MaterialOut)
async def post_material(body: MaterialBody, run: Run) -> Answer:
    """Register an item."""
    material = await run(create_material, CreateMaterial(**body.fields()))
    return Answer(MaterialOut.of(material), version=material.version, status=201)


@router.get("", permission=Permission.MATERIALS_READ, response_model=Page[MaterialOut])
async def list_materials(
    read: Read,
    page: PageArgs,
    class_: Annotated[MaterialClass | None, Query(alias="class")] = None,
    product: ProductId | None = None,
) -> Answer:
    """Items, optionally of one class or promoting one product."""
    filters = (("material_class", class_), ("product_id", product))
    where = {name: value for name, value in filters if value is not None}
    return Answer(await read.page(Material, where, page, sortable={"name"}, out=MaterialOut.of, directory=True))


@router.get("/{material_id}", permission=Permission.MATERIALS_READ, response_model=MaterialOut)
async def get_material(material_id: str, read: Read) -> Answer:
    """One item."""
    material = await material_of_directory(read, material_id)
    return Answer(MaterialOut.of(material), version=material.version)


@router.post("/{material_id}/lots", status_code=201, permission=Permission.MATERIALS_WRITE, response_model=LotOut)
async def post_lot(material_id: str, body: LotBody, run: Run) -> Answer:
    """Register a lot of the item."""
    lot = await run(create_lot, CreateLot(material_id=material_id, **body.fields()), subject=material_id)
    return Answer(LotOut.of(lot), version=lot.version, status=201)


@router.get("/{material_id}/lots", permission=Permission.MATERIALS_READ, response_model=Page[LotOut])
async def list_lots(material_id: str, read: Read, page: PageArgs) -> Answer:
    """Lots of the item."""
    await material_of_directory(read, material_id)
    found = await read.page(Lot, {"material_id": material_id}, page, sortable={"number"}, out=LotOut.of, directory=True)
    return Answer(found)
