"""Reads of the organisation."""

from typing import Any

from chassis.reads import Paging, Reads
from contracts.values import UnitKind
from pydantic import BaseModel

from customer.units.model import Unit


class UnitOut(BaseModel):
    """An organisation unit as the API shows it."""

    id: str
    name: str
    kind: UnitKind
    parent_id: str | None
    path: str
    version: int

    @classmethod
    def of(cls, unit: Unit) -> "UnitOut":
        """The answer for a unit."""
        return cls(
            id=unit.id,
            name=unit.name,
            kind=unit.kind,
            parent_id=unit.parent_id,
            path=unit.path,
            version=unit.version,
        )


async def list_units(
    read: Reads, page: Paging, *, kind: UnitKind | None = None, parent_id: str | None = None
) -> dict[str, Any]:
    """The units in scope, every parent before its children."""
    where: dict[str, Any] = {}
    if kind is not None:
        where["kind"] = kind.value
    if parent_id is not None:
        where["parent_id"] = parent_id
    return await read.page(Unit, where, page, out=UnitOut.of, sortable={"name", "path"}, default_sort="path")
