"""Reads of the organisation."""

from datetime import date, datetime
from typing import Any

from chassis.clock import to_microseconds
from chassis.journal import version_at
from chassis.reads import Paging, Reads
from chassis.refusals import NotFound
from contracts.values import UnitKind
from pydantic import BaseModel

from customer.units.model import Unit, path_below


class ParentageOut(BaseModel):
    """A unit stands below `parent_id` from `valid_from` until `valid_to` (exclusive)."""

    parent_id: str | None
    valid_from: date
    valid_to: date | None
    reason: str | None


class UnitOut(BaseModel):
    """An organisation unit as the API shows it; `parent_id` and `path` are those of the date asked about.

    `closed_on` is the first day without it.
    """

    id: str
    name: str
    kind: UnitKind
    parent_id: str | None
    path: str
    opened_on: date
    closed_on: date | None
    parents: list[ParentageOut]
    version: int

    @classmethod
    def of(cls, unit: Unit) -> "UnitOut":
        """The answer for a unit as it stands today."""
        return cls(
            id=unit.id,
            name=unit.name,
            kind=unit.kind,
            parent_id=unit.parent_id,
            path=unit.path,
            opened_on=unit.opened_on,
            closed_on=unit.closed_on,
            parents=[ParentageOut(**dict(place)) for place in unit.places],
            version=unit.version,
        )

    @classmethod
    def on(cls, unit: Unit, day: date, units: dict[str, Unit]) -> "UnitOut":
        """The answer for a unit as it stood, or will stand, on a date; `units` holds all that were above it."""
        above: list[Unit] = []
        parent_id = unit.parent_on(day)
        while parent_id is not None and parent_id in units and len(above) < len(units):
            above.append(units[parent_id])
            parent_id = above[-1].parent_on(day)
        shown = cls.of(unit)
        return shown.model_copy(update={"parent_id": unit.parent_on(day), "path": path_below(above, unit.id)})


async def unit_at(
    read: Reads, unit_id: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> tuple[UnitOut, int | None]:
    """A unit on a date, as it was believed at an instant, with the version that an ETag may show.

    Raises: NotFound when it is out of scope, unknown or did not stand then; BadRequest for the future of knowledge.
    """
    unit = await read.at(Unit, unit_id, known_at=known_at)
    if as_of is None and known_at is None:
        return UnitOut.of(unit), unit.version
    if as_of is None:
        return UnitOut.of(unit), None
    if not unit.stands_on(as_of):
        raise NotFound(f"{unit_id} did not stand on {as_of}")
    above: dict[str, Unit] = {}
    parent_id = unit.parent_on(as_of)
    while parent_id is not None and parent_id not in above:
        parent = await _believed(read, parent_id, known_at)
        if parent is None:
            break
        above[parent_id] = parent
        parent_id = parent.parent_on(as_of)
    return UnitOut.on(unit, as_of, above), unit.version if known_at is None else None


async def list_units(
    read: Reads,
    page: Paging,
    *,
    kind: UnitKind | None = None,
    parent_id: str | None = None,
    closed: bool = False,
    as_of: date | None = None,
) -> dict[str, Any]:
    """The units in scope that stand on a date (today when none is given), in the order of today's paths.

    `closed` takes in those that do not stand any more or not yet.
    """
    where: dict[str, Any] = {}
    if kind is not None:
        where["kind"] = kind.value
    if as_of is None:
        if parent_id is not None:
            where["parent_id"] = parent_id
        if not closed:
            where["closed_on"] = None
        return await read.page(Unit, where, page, out=UnitOut.of, sortable={"name", "path"}, default_sort="path")
    on, beyond = as_of.isoformat(), {"$not": {"$lte": as_of.isoformat()}}
    if parent_id is not None:
        place = {"parent_id": parent_id, "valid_from": {"$lte": on}, "valid_to": beyond}
        where |= {"parents.parent_id": parent_id, "parents": {"$elemMatch": place}}
    if not closed:
        where |= {"opened_on": {"$lte": on}, "closed_on": beyond}
    documents = await read.store.find(Unit.COLLECTION, {})  # whoever sees a unit may know its path
    units = {document["_id"]: Unit.load(document) for document in documents}
    return await read.page(
        Unit,
        where,
        page,
        out=lambda unit: UnitOut.on(unit, as_of, units),
        sortable={"name", "path"},
        default_sort="path",
    )


async def _believed(read: Reads, unit_id: str, known_at: datetime | None) -> Unit | None:
    if known_at is None:
        return await read.directory(Unit, {"_id": unit_id})
    return await version_at(read.store, Unit, unit_id, to_microseconds(known_at))
