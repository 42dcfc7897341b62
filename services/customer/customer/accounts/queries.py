"""Reads of institutions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chassis.reads import Paging, Reads
from chassis.refusals import BadRequest
from contracts.values import AccountKind, GeoPoint, Grade, Stage
from pydantic import BaseModel

from customer.accounts.model import Account, AlreadyRegistered, exact_key
from customer.search import search_filter
from customer.units.model import Unit, at_or_below

_EARTH_RADIUS_KM = 6378.1
_MAX_KM = 2_000
_SORTED_BY = {"created": "created_at", "-created": "-created_at"}


class DepartmentOut(BaseModel):
    """A department; volumes are per year."""

    id: str
    name: str
    specialty: str | None
    outpatient_visits: int | None
    discharges: int | None


class StageOut(BaseModel):
    """A stage of the life cycle from `on` until `until` (exclusive, null: until further notice)."""

    stage: Stage
    on: date
    until: date | None
    reason: str | None
    recorded: datetime


class AccountOut(BaseModel):
    """An institution as the API shows it; `stage` is that of the date asked about, null before the first."""

    id: str
    name: str
    kind: AccountKind
    grade: Grade
    code: str | None
    division_code: str | None
    address: str | None
    telephone: str | None
    location: GeoPoint | None
    beds: int | None
    outpatient_visits: int | None
    unit_id: str
    unit_path: str
    stage: Stage | None
    stages: list[StageOut]
    departments: list[DepartmentOut]
    created_at: datetime
    recorded_at: datetime
    version: int

    @classmethod
    def of(cls, account: Account, on: date) -> "AccountOut":
        """The answer for an institution, as of a date."""
        own = cls.model_fields.keys() - {"stage", "stages", "departments", "recorded_at"}
        return cls(
            **{name: getattr(account, name) for name in own},
            stage=account.stage_on(on),
            stages=[StageOut(**dict(entry)) for entry in account.stages],
            departments=[DepartmentOut(**dict(one)) for one in account.departments],
            recorded_at=account.recorded_at,
        )


@dataclass(frozen=True)
class AccountFilter:
    """What a list of institutions is narrowed to; `unit_id` takes in the units below it, `near` is `lat,lon,km`."""

    q: str | None = None
    kind: AccountKind | None = None
    stage: Stage | None = None
    unit_id: str | None = None
    near: str | None = None


async def list_accounts(read: Reads, page: Paging, wanted: AccountFilter, today: date) -> dict[str, Any]:
    """The institutions in scope that fit.

    Raises: BadRequest for a place that is none.
    """
    where: dict[str, Any] = {"survivor_id": None}
    if wanted.q is not None and wanted.q.strip():
        where |= search_filter(wanted.q)
    if wanted.kind is not None:
        where["kind"] = wanted.kind.value
    if wanted.stage is not None:
        where["stages"] = _in_stage(wanted.stage, today)
    if wanted.near is not None:
        where["point"] = _near(wanted.near)
    if wanted.unit_id is not None:
        unit = await read.find_one(Unit, {"_id": wanted.unit_id})
        if unit is None:
            return {"items": [], "next": None}
        where["unit_path"] = at_or_below(unit)
    return await read.page(
        Account,
        where,
        SortedPage(page.limit, page.cursor, _SORTED_BY.get(page.sort or "", page.sort)),
        out=lambda account: AccountOut.of(account, today),
        sortable={"name", "created_at"},
    )


@dataclass(frozen=True)
class SortedPage:
    """A page whose order is named as the store names it."""

    limit: int
    cursor: str | None
    sort: str | None


async def with_the_match(refusal: AlreadyRegistered, facts: Mapping[str, Any], read: Reads) -> AlreadyRegistered:
    """The refusal naming the institution that is there already, if the caller can see it.

    `facts` are those that would have been written: `name`, `kind`, `division_code`, `code`.
    """
    code = facts.get("code")
    match = await read.find_one(Account, {"code": {"$eq": code, "$type": "string"}}) if code else None
    if match is None:
        key = exact_key(facts["name"], facts.get("division_code"), facts["kind"])
        match = await read.find_one(Account, {"key": key})
    return refusal if match is None else AlreadyRegistered(account_id=match.id)


def _in_stage(stage: Stage, day: date) -> dict[str, Any]:
    on = day.isoformat()
    return {"$elemMatch": {"stage": stage.value, "on": {"$lte": on}, "until": {"$not": {"$lte": on}}}}


def _near(text: str) -> dict[str, Any]:
    try:
        lat, lon, km = (float(part) for part in text.split(","))
        point = GeoPoint(lat=lat, lon=lon)
    except ValueError as wrong:
        raise BadRequest("near is latitude,longitude,kilometres such as 39.9,116.4,5", field="near") from wrong
    if not 0 < km <= _MAX_KM:
        raise BadRequest(f"near reaches more than 0 and at most {_MAX_KM} kilometres", field="near")
    return {"$geoWithin": {"$centerSphere": [[point.lon, point.lat], km / _EARTH_RADIUS_KM]}}
