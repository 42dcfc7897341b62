"""Reads of items: known to all employees, so without scope."""

from chassis.reads import Reads
from chassis.refusals import NotFound

from promotion.materials.model import Material


async def material_of_directory(read: Reads, material_id: str) -> Material:
    """The item that a path names.

    Raises: NotFound.
    """
    material = await read.directory(Material, {"_id": material_id})
    if material is None:
        raise NotFound(f"material {material_id} does not exist")
    return material
