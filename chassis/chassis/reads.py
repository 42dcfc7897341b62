"""Reads by-pass the units of work: straight from the store to the answer, always in the caller's scope."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel, ConfigDict

from chassis.aggregate import Aggregate, Document, Stored
from chassis.believed import believed_after
from chassis.clock import from_microseconds, to_microseconds
from chassis.cursors import InvalidCursor, decode_cursor, encode_cursor
from chassis.journal import JOURNAL, version_at
from chassis.mongo import Database
from chassis.principal import Principal, both
from chassis.refusals import BadRequest, NotFound
from chassis.store import MongoStore, Store

A = TypeVar("A", bound=Aggregate)
S = TypeVar("S", bound=Stored)
Out = TypeVar("Out")


class Paging(Protocol):
    """What a list is asked for."""

    @property
    def limit(self) -> int:
        """Items on a page, 1 … 500."""
        ...

    @property
    def cursor(self) -> str | None:
        """Where the previous page ended."""
        ...

    @property
    def sort(self) -> str | None:
        """A field, with a leading `-` for descending."""
        ...


class Change(BaseModel):
    """One entry of a resource's history. Personal fields are named in `changed` and never shown."""

    model_config = ConfigDict(frozen=True)

    version: int
    recorded_at: datetime
    valid_from: str | None
    actor: str
    command: str
    reason: str | None
    changed: list[str]
    before: dict[str, Any]
    after: dict[str, Any]
    events: list[str]


class Reads:
    """Queries of one caller."""

    def __init__(
        self,
        database: Database,
        principal: Principal,
        *,
        cursor_secret: str,
        store: Store | None = None,
        zone: ZoneInfo = ZoneInfo("Asia/Shanghai"),
    ):
        self.database = database
        self.principal = principal
        self.store = store or MongoStore(database)
        self._secret = cursor_secret
        self._zone = zone

    def mark(self, content: object) -> str:
        """What a cursor carries to be told from those of other lists."""
        return _digest(content)

    def cursor(self, content: dict[str, Any]) -> str:
        """A signed cursor of a list that is not a plain page."""
        return encode_cursor(self._secret, content)

    def open_cursor(self, cursor: str) -> dict[str, Any]:
        """What a signed cursor carries. Raises: InvalidCursor."""
        return decode_cursor(self._secret, cursor)

    def start_of(self, day: date) -> datetime:
        """The instant at which a business date begins in the organisation's time zone."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    async def get(self, model: type[S], identifier: str) -> S:
        """The one that the path names. Raises: NotFound when absent or out of scope."""
        found = await self.find_one(model, {"_id": identifier})
        if found is None:
            raise NotFound(f"{identifier} does not exist")
        return found

    async def find_one(self, model: type[S], where: Document) -> S | None:
        """The first match in scope.

        By id alone, the row is fetched by its key and judged here: a scope in the filter makes some stores look further.
        """
        if where.keys() == {"_id"} and isinstance(where["_id"], str):
            found = await self.directory(model, where)
            return found if found is not None and self.principal.sees(found.visible) else None
        document = await self.store.find_one(model.COLLECTION, self._scoped(where))
        return None if document is None else model.load(document)

    async def directory(self, model: type[S], where: Document) -> S | None:
        """The first match without scope: only for what all employees may know."""
        document = await self.store.find_one(model.COLLECTION, where)
        return None if document is None else model.load(document)

    async def find(
        self, model: type[S], where: Document, *, sort: list[tuple[str, int]] | None = None, limit: int
    ) -> list[S]:
        """At most `limit` matches in scope."""
        documents = await self.store.find(model.COLLECTION, self._scoped(where), sort=sort, limit=limit)
        return [model.load(document) for document in documents]

    async def sketches(
        self, model: type[Stored], where: Document, fields: Sequence[str], *, limit: int, directory: bool = False
    ) -> list[Document]:
        """At most `limit` matches in scope, as documents of `_id` and these fields: for choosing among many.

        `directory=True` leaves the scope out: only for what all employees may know.
        """
        scoped = where if directory else self._scoped(where)
        return await self.store.find(model.COLLECTION, scoped, limit=limit, fields=fields)

    async def page(
        self,
        model: type[S],
        where: Document,
        page: Paging,
        *,
        out: Callable[[S], Out],
        sortable: frozenset[str] | set[str] = frozenset(),
        default_sort: str = "id",
        directory: bool = False,
    ) -> dict[str, Any]:
        """One page `{items, next}` in scope, sorted by one field that is never null and then by id.

        `directory=True` leaves the scope out: only for what all employees may know.

        Raises: BadRequest for a field that cannot be sorted by; InvalidCursor.
        """
        name, direction = _sort_of(page.sort or default_sort, sortable)
        scoped = where if directory else self._scoped(where)
        mark = _digest([name, direction, model.COLLECTION, directory, where])
        order = [("_id", direction)] if name == "_id" else [(name, direction), ("_id", direction)]
        if page.cursor:
            content = decode_cursor(self._secret, page.cursor)
            if content.get("m") != mark:
                raise InvalidCursor("the cursor belongs to a list with other filters or another order", field="cursor")
            documents: list[Document] = []
            for query in _behind(scoped, name, direction, _revive(content["v"]), content["i"]):
                missing = page.limit + 1 - len(documents)
                if missing:
                    documents += await self.store.find(model.COLLECTION, query, sort=order, limit=missing)
        else:
            documents = await self.store.find(model.COLLECTION, scoped, sort=order, limit=page.limit + 1)
        more, documents = len(documents) > page.limit, documents[: page.limit]
        following = None
        if more:
            last = documents[-1]
            following = encode_cursor(self._secret, {"m": mark, "v": _plain(_value(last, name)), "i": last["_id"]})
        return {"items": [out(model.load(document)) for document in documents], "next": following}

    async def at(self, model: type[A], identifier: str, *, known_at: datetime | None = None) -> A:
        """The aggregate as it was believed at `known_at` (now when None). Today's alignment decides who may see it.

        Raises: NotFound when it is absent, out of scope or was not recorded by then; BadRequest for the future.
        """
        current = await self.get(model, identifier)
        if known_at is None:
            return current
        if known_at.tzinfo is None:
            raise BadRequest("known_at needs an offset", field="known_at")
        if known_at > datetime.now(UTC):
            raise BadRequest("known_at lies in the future", field="known_at")
        believed = await version_at(self.store, model, identifier, to_microseconds(known_at))
        if believed is None:
            raise NotFound(f"nothing was recorded of {identifier} at {known_at.isoformat()}")
        return believed

    async def page_known(
        self,
        model: type[A],
        known_at: datetime,
        page: Paging,
        *,
        keep: Callable[[A], bool],
        out: Callable[[A], Out],
        mark: object,
        among: Document | None = None,
        directory: bool = False,
    ) -> dict[str, Any]:
        """One page `{items, next}` of what was believed of the aggregates in today's scope, by id; see `chassis.believed`.

        `mark` tells lists apart: everything that `keep` depends on. `among` narrows
        by what is stored now and must hold of everything that `keep` may take. `directory=True` leaves the scope out:
        only for what all employees may know.

        Raises: BadRequest for the future or another order; InvalidCursor.
        """
        if page.sort not in (None, "id"):
            raise BadRequest("what was known at an instant is listed by id", code="invalid_sort", field="sort")
        if known_at > datetime.now(UTC):
            raise BadRequest("known_at lies in the future", field="known_at")
        known_us = to_microseconds(known_at)
        digest, after = _digest(["known", model.COLLECTION, known_us, mark]), ""
        if page.cursor:
            content = decode_cursor(self._secret, page.cursor)
            if content.get("m") != digest:
                raise InvalidCursor("the cursor belongs to another list", field="cursor")
            after = content["i"]
        scope = (among or {}) if directory else self._scoped(among or {})
        items, last = await believed_after(
            self.store, model, scope, after=after, known_at_us=known_us, keep=keep, limit=page.limit
        )
        following = None if last is None else encode_cursor(self._secret, {"m": digest, "i": last})
        return {"items": [out(item) for item in items], "next": following}

    async def history(self, model: type[A], identifier: str, page: Paging) -> dict[str, Any]:
        """Versions of the aggregate, oldest first, as a page of `Change`. Raises: NotFound."""
        await self.get(model, identifier)
        mark = _digest(["history", identifier])
        after = 0
        if page.cursor:
            content = decode_cursor(self._secret, page.cursor)
            if content.get("m") != mark:
                raise InvalidCursor(field="cursor")
            after = int(content["r"])
        documents = await self.store.find(
            JOURNAL,
            {"aggregate_id": identifier, "recorded_at": {"$gte": after}},
            sort=[("recorded_at", 1)],
            limit=page.limit + 2,
        )
        previous: Document = {}
        if after and documents:
            previous, documents = documents[0]["state"], documents[1:]
        shown, items = documents[: page.limit], list[Change]()
        for document in shown:
            items.append(_change(document, previous))
            previous = document["state"]
        following = None
        if len(documents) > page.limit:
            following = encode_cursor(self._secret, {"m": mark, "r": shown[-1]["recorded_at"]})
        return {"items": items, "next": following}

    def _scoped(self, where: Document) -> Document:
        return both(where, self.principal.scope_filter())


def _change(document: Document, previous: Document) -> Change:
    state: Document = document["state"]
    shown = [name for name in document["changed"] if name in state and name != "visible"]
    return Change(
        version=document["version"],
        recorded_at=from_microseconds(document["recorded_at"]),
        valid_from=document["valid_from"],
        actor=document["actor"]["subject"],
        command=document["cause"]["command"],
        reason=document["reason"],
        changed=[name for name in document["changed"] if name != "visible"],
        before={name: previous.get(name) for name in shown},
        after={name: state.get(name) for name in shown},
        events=[event["type"] for event in document["events"]],
    )


def _sort_of(sort: str, sortable: frozenset[str] | set[str]) -> tuple[str, int]:
    name, direction = (sort[1:], -1) if sort.startswith("-") else (sort, 1)
    if name == "id":
        return "_id", direction
    if name not in sortable:
        allowed = ", ".join(sorted({"id", *sortable}))
        raise BadRequest(
            f"sort by one of {allowed}, with a leading - for descending", code="invalid_sort", field="sort"
        )
    return name, direction


def _behind(where: Document, name: str, direction: int, value: Any, identifier: str) -> list[Document]:
    """What comes behind a row: its equals by id, then the rest. Two queries, because no index helps an `$or` everywhere."""
    beyond = "$gt" if direction > 0 else "$lt"
    later_ids = {"_id": {beyond: identifier}}
    if name == "_id":
        return [both(where, later_ids)]
    return [both(_narrowed(where, name, value), later_ids), _narrowed(where, name, {beyond: value})]


def _narrowed(where: Document, name: str, bound: Any) -> Document:
    """The filter with a bound on one field that lies within whatever range is asked of it already."""
    present = where.get(name)
    if not isinstance(present, dict) or present.keys() - {"$gt", "$gte", "$lt", "$lte"}:
        return both(where, {name: bound})
    return {**where, name: {**present, **bound} if isinstance(bound, dict) else bound}


def _value(document: Document, name: str) -> Any:
    value: Any = document
    for part in name.split("."):
        value = value[part]
    return value


def _plain(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _revive(value: Any) -> Any:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) and "at" in value else value  # pyright: ignore


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
