"""Reads of institutions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from chassis.reads import Paging, Reads
from chassis.refusals import BadRequest
from contracts.values import AccountKind, Grade, Stage

from customer.accounts.believed import believed_fit
from customer.accounts.model import Account, AlreadyRegistered, exact_key
from customer.accounts.nearby import Circle, by_distance
from customer.accounts.shapes import AccountOut
from customer.attributes.values import asked_keys
from customer.searching import search_page
from customer.units.model import Unit, at_or_below

_SORTED_BY = {"created": "created_at", "-created": "-created_at"}


@dataclass(frozen=True)
class AccountFilter:
    """What a list of institutions is narrowed to; `unit_id` takes in the units below it, `near` is `lat,lon,km`."""

    q: str | None = None
    kind: AccountKind | None = None
    stage: Stage | None = None
    grade: Grade | None = None
    unit_id: str | None = None
    parent_id: str | None = None
    tag: str | None = None
    near: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


async def list_accounts(
    read: Reads, page: Paging, wanted: AccountFilter, on: date, *, known_at: datetime | None = None
) -> dict[str, Any]:
    """The institutions in scope that fit on a date, as they are believed now or were at an instant.

    Raises: BadRequest for a place that is none, or an order that does not go with what is asked.
    """
    circle = None if wanted.near is None else Circle.parse(wanted.near)
    unit = None
    if wanted.unit_id is not None:
        unit = await read.find_one(Unit, {"_id": wanted.unit_id})
        if unit is None:
            return {"items": [], "next": None}

    def out(account: Account) -> AccountOut:
        return AccountOut.of(account, on)

    if known_at is not None:
        fits = believed_fit(wanted, on, circle, unit)
        return await read.page_known(Account, known_at, page, keep=fits, out=out, mark=[asdict(wanted), on])
    where = _where(wanted, on)
    if unit is not None:
        where["unit_path"] = at_or_below(unit)
    if page.sort in ("distance", "-distance"):
        if circle is None or wanted.q or page.sort[0] == "-":
            raise BadRequest("near is sorted by distance, nearest first", code="invalid_sort", field="sort")
        return await by_distance(read, where, circle, page, out)
    if circle is not None:
        where["point"] = circle.where()
    return await search_page(
        read,
        Account,
        wanted.q,
        where,
        SortedPage(page.limit, page.cursor, _SORTED_BY.get(page.sort or "", page.sort)),
        out=out,
        sortable={"name", "created_at"},
    )


def _where(wanted: AccountFilter, on: date) -> dict[str, Any]:
    where: dict[str, Any] = {"survivor_id": None}
    if wanted.kind is not None:
        where["kind"] = wanted.kind.value
    if wanted.stage is not None:
        where["stages"] = _held(on, stage=wanted.stage.value)
    if wanted.grade is not None:
        where["grades"] = _held(on, grade=wanted.grade.value)
    if wanted.parent_id is not None:
        where["parents.parent_id"] = wanted.parent_id
        where["parents"] = _held(on, parent_id=wanted.parent_id)
    if wanted.tag is not None:
        where["tags"] = wanted.tag
    keys = [asked_keys(code, value) for code, value in wanted.attributes.items()]
    if len(keys) == 1:
        where["attribute_keys"] = {"$in": keys[0]}
    elif keys:
        where["$and"] = [{"attribute_keys": {"$in": options}} for options in keys]
    return where


def _held(day: date, **fact: str) -> dict[str, Any]:
    on = day.isoformat()
    return {"$elemMatch": {**fact, "on": {"$lte": on}, "until": {"$not": {"$lte": on}}}}


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
