"""The unit of work: everything one command reads and changes, in one transaction, for one principal."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from contracts.events import Event
from contracts.values import Stamp

from chassis.aggregate import Aggregate, Balance, Document, Replica, Stored
from chassis.clock import Clock, business_date
from chassis.ids import new_id
from chassis.journal import IDENTITIES, JOURNAL, Cause, journal_id
from chassis.principal import Principal, both
from chassis.refusals import NotFound, Refusal, RuleBroken, Stale, TooLarge, UnknownReference, Violation
from chassis.store import DuplicateKey, Sort, Store

A = TypeVar("A", bound=Aggregate)
B = TypeVar("B", bound=Balance)
R = TypeVar("R", bound=Replica)
S = TypeVar("S", bound=Stored)

MAX_EVENT_BYTES = 256 * 1024


class ConcurrentChange(Exception):
    """A document changed under our feet; the whole unit runs again."""


class UnsettledReference(UnknownReference):
    """A replica is not there (yet): the event that brings it may be on its way."""


@dataclass(frozen=True)
class IfMatch:
    """The caller acts on this version of the subject; None stands for `*` (any version, but it must exist)."""

    subject: str
    version: int | None


@dataclass
class _Change:
    """What became of one aggregate in this unit and is not in the journal yet."""

    aggregate: Aggregate
    before: Document | None
    events: list[Event] = field(default_factory=list[Event])
    valid_from: date | None = None
    reason: str | None = None
    stamps: list[Stamp] = field(default_factory=list[Stamp])


class UnitOfWork:
    """Reads in the principal's scope, collects changes, writes them together with their journal documents at the end.

    Use cases get one, never commit and never catch what it raises. See `docs/guides/building-a-service.md`.
    """

    def __init__(
        self,
        store: Store,
        *,
        principal: Principal,
        clock: Clock,
        zone: ZoneInfo,
        cause: Cause,
        now_us: int,
        if_match: IfMatch | None = None,
    ) -> None:
        self.store = store
        self.principal = principal
        self.cause = cause
        self.emitted: list[Event] = []
        """All events of this unit so far, in order."""
        self.memo: dict[str, Any] = {}
        """What commands of a longer unit keep for those after them; it goes with the unit, also when that runs again."""
        self._clock = clock
        self._zone = zone
        self._now_us = now_us
        self._if_match = if_match
        self._loaded: dict[str, tuple[Aggregate, Document, int]] = {}
        self._changes: dict[str, _Change] = {}
        self._dirty: dict[str, tuple[Aggregate, int | None]] = {}
        self._replicas: dict[str, Document] = {}
        self._guarded: set[str] = set()
        self._forgotten: set[str] = set()
        self._journal: list[Document] = []
        self._identities: list[Document] = []
        self._violations: list[Violation] = []
        self._unsettled = False
        self.first_journal_id: str | None = None
        """The first journal document this unit wrote and the mark in it: how an ambiguous commit is told."""
        self.first_run_id: str | None = None

    # --- time -------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The business instant of the command."""
        return self._clock.now()

    @property
    def today(self) -> date:
        """The business date, in the organisation's time zone."""
        return business_date(self.now, self._zone)

    @property
    def recorded_us(self) -> int:
        """The database's clock, microseconds since 1970: since when what this unit writes is known."""
        return self._now_us

    def date_of(self, at: datetime) -> date:
        """The business date of an instant."""
        return business_date(at, self._zone)

    # --- reading ----------------------------------------------------------------------------------------------------

    async def get(self, model: type[A], identifier: str) -> A:
        """The aggregate that the path names.

        Raises: NotFound when it is absent or out of scope; what it says itself when it is gone; Stale when `If-Match` named another version.
        """
        found = await self._load(model, identifier, scoped=True)
        if found is None:
            raise NotFound(f"{model.KIND} {identifier} does not exist")
        gone = found.gone()
        if gone is not None:
            raise gone
        if identifier not in self._changes:
            self.match(found)
        return found

    def match(self, aggregate: Aggregate) -> None:
        """Check `If-Match` for an aggregate as it was read; `get` does so by itself, what was surveyed needs it.

        Raises: Stale when the request named another version.
        """
        wanted = self._if_match
        if wanted is None or wanted.subject != aggregate.id or wanted.version in (None, aggregate.version):
            return
        raise Stale(f"the present version is {aggregate.version}", version=aggregate.version)

    async def find_one(self, model: type[S], where: Document) -> S | None:
        """The first match in scope."""
        if set(where) == {"_id"} and isinstance(where["_id"], str) and issubclass(model, Aggregate):
            return await self._load(model, where["_id"], scoped=True)
        found = await self.find(model, where, limit=1)
        return found[0] if found else None

    async def find(self, model: type[S], where: Document, *, sort: Sort | None = None, limit: int = 0) -> list[S]:
        """All matches in scope; changes of this unit are seen."""
        if self._has_unwritten(model.COLLECTION):
            await self._write_aggregates()
        scope = {} if issubclass(model, Replica) else self.principal.scope_filter()
        documents = await self.store.find(model.COLLECTION, both(where, scope), sort=sort, limit=limit)
        return [self._remember(model, document) for document in documents]

    async def survey(self, model: type[S], where: Document, *, sort: Sort | None = None, limit: int = 0) -> list[S]:
        """As `find`, without scope: what a rule of the whole company rests on, never for an answer; greppable."""
        await self._write_aggregates()
        documents = await self.store.find(model.COLLECTION, where, sort=sort, limit=limit)
        return [self._remember(model, document) for document in documents]

    async def survey_fields(
        self, model: type[Stored], where: Document, fields: Sequence[str], *, limit: int = 0
    ) -> list[Document]:
        """As `survey`, but documents of `_id` and these fields alone: for comparing with many."""
        await self._write_aggregates()
        return await self.store.find(model.COLLECTION, where, limit=limit, fields=fields)

    async def reference(self, model: type[S], identifier: str, *, field: str) -> S | None:
        """What a field of the body refers to, in scope; None when absent or not visible, which `check()` will raise."""
        return await self._refer(model, identifier, field, scoped=True)

    async def directory(self, model: type[S], identifier: str, *, field: str) -> S | None:
        """As `reference`, without scope: institutions are known to all employees."""
        return await self._refer(model, identifier, field, scoped=False)

    async def get_replica(self, model: type[R], identifier: str) -> R | None:
        """A replica, unscoped: only for reactions and rules, never for an answer."""
        return await self._replica(model, identifier)

    # --- violations -------------------------------------------------------------------------------------------------

    def violate(self, field: str | None, code: str, detail: str, *, settling: bool = False) -> None:
        """Collect one broken rule; `check()` raises them together.

        `settling`: the rule was judged on a replica that an event on its way may put right, so the unit runs again for
        as long as a missing replica is waited for.
        """
        self._violations.append(Violation(code=code, detail=detail, field=field))
        self._unsettled = self._unsettled or settling

    def collect(self, violations: Iterable[Violation]) -> None:
        """Collect what a pure rule found wrong; `check()` raises it with the rest."""
        self._violations.extend(violations)

    def check(self) -> None:
        """Raise everything collected so far as one refusal (422); the first violation's code is the refusal's."""
        if not self._violations:
            return
        violations, self._violations = self._violations, []
        kind = UnsettledReference if self._unsettled else RuleBroken
        first = violations[0]
        raise kind(first.detail if len(violations) == 1 else None, code=first.code, violations=violations)

    # --- changing ---------------------------------------------------------------------------------------------------

    def add(
        self, aggregate: Aggregate, *events: Event, valid_from: date | None = None, reason: str | None = None
    ) -> None:
        """Take in a new aggregate."""
        self._changes[aggregate.id] = _Change(aggregate, None, list(events), valid_from, reason)
        self.emitted.extend(events)

    def save(
        self, aggregate: Aggregate, *events: Event, valid_from: date | None = None, reason: str | None = None
    ) -> None:
        """Take in a changed aggregate that this unit has read."""
        change = self._changes.get(aggregate.id)
        if change is None:
            if aggregate.id not in self._loaded:
                raise LookupError(f"{aggregate.id} was not read through this unit of work")
            change = self._changes[aggregate.id] = _Change(aggregate, self._loaded[aggregate.id][1])
        change.events.extend(events)
        change.valid_from = valid_from or change.valid_from
        change.reason = reason or change.reason
        self.emitted.extend(events)

    def emit_stamps(self, aggregate: Aggregate, extra: list[Stamp]) -> None:
        """Show this unit's events of the aggregate to more audiences than its own stamps before and after."""
        self._changes[aggregate.id].stamps.extend(extra)

    async def forget(self, aggregate: Aggregate, fields: Collection[str] | None = None) -> int:
        """Erase the personal fields of all versions of an aggregate so far, or those top-level `fields`; of how many.

        The caller empties the fields themselves, saves the aggregate with an event that ends in `-erased`, and has
        `audit.forget` called once that is sealed.
        """
        await self._write_aggregates()
        where: Document = {"aggregate_id": aggregate.id}
        if fields is None:
            self._forgotten.add(aggregate.id)
            self._identities = [row for row in self._identities if row["aggregate_id"] != aggregate.id]
            return await self.store.delete_many(IDENTITIES, where)
        for pending in self._identities:
            if pending["aggregate_id"] == aggregate.id:
                pending["fields"] = {name: value for name, value in pending["fields"].items() if name not in fields}
        rows = await self.store.find(IDENTITIES, where)
        for row in rows:
            gone = {f"fields.{name}": "" for name in fields}
            await self.store.update_one(IDENTITIES, {"_id": row["_id"]}, {"$unset": gone})
        return len(rows)

    async def require(self, stored: Stored) -> None:
        """Rely on a document staying as it was read: it is guarded until this unit commits.

        Raises: ConcurrentChange, which runs the unit again.
        """
        where: Document = {"_id": stored.id}
        if stored.id in self._guarded:
            return
        if isinstance(stored, Aggregate):
            if stored.id in self._changes or stored.id in self._dirty:
                return
            where["version"] = stored.version
        elif isinstance(stored, Replica):
            where["sequence"] = stored.sequence
        if not await self.store.update_one(stored.COLLECTION, where, {"$inc": {"guard": 1}}):
            raise ConcurrentChange
        self._guarded.add(stored.id)

    async def adjust(
        self,
        model: type[B],
        identifier: str,
        deltas: Mapping[str, int],
        *,
        at_least: Mapping[str, int] | None = None,
        event: Callable[[B], Event] | None = None,
        create: Callable[[], B] | None = None,
    ) -> B | None:
        """Change a balance by one conditional increment; the balance afterwards, or None when `at_least` fails.

        `create` makes the row (with its counters at their start) when it is missing. Unscoped: the caller has looked
        at the location. Belongs at the start of a unit, before anything slow.
        """
        if identifier in self._changes or identifier in self._dirty:
            await self._write_aggregates()
        self._loaded.pop(identifier, None)  # what was read of it before is no longer so
        where: Document = {"_id": identifier}
        where |= {name: {"$gte": floor} for name, floor in (at_least or {}).items()}
        steps: Document = {name: {"$add": [f"${name}", delta]} for name, delta in deltas.items()}
        steps["version"] = {"$add": ["$version", 1]}
        steps["sequence"] = {"$add": ["$sequence", 1 if event else 0]}
        steps["recorded_us"] = {"$max": [{"$add": ["$recorded_us", 1]}, self._now_us]}
        document = await self.store.find_one_and_update(model.COLLECTION, where, [{"$set": steps}])
        if document is not None:
            balance = model.load(document)
        else:
            if create is None or await self.store.find_one(model.COLLECTION, {"_id": identifier}) is not None:
                return None
            balance = create()
            if any(getattr(balance, name) < floor for name, floor in (at_least or {}).items()):
                return None
            for name, delta in deltas.items():
                setattr(balance, name, getattr(balance, name) + delta)
            balance.version, balance.sequence, balance.recorded_us = 1, 1 if event else 0, self._now_us
            await self._insert(model.COLLECTION, [balance.dump()])
        events = [event(balance)] if event else []
        self.emitted.extend(events)
        first = balance.sequence - len(events)
        self._journal.append(
            self._entry(balance, sorted(deltas), events, first, stamps=balance.visible, valid_from=None, reason=None)
        )
        return balance

    async def put(self, replica: Replica) -> None:
        """Keep a replica; only reactions do."""
        document = replica.dump()
        self._replicas.pop(replica.id, None)
        await self.store.update_one(replica.COLLECTION, {"_id": document.pop("_id")}, {"$set": document}, upsert=True)

    async def drop(self, model: type[Replica], identifier: str) -> None:
        """Forget a replica; only reactions do."""
        self._replicas.pop(identifier, None)
        await self.store.delete_many(model.COLLECTION, {"_id": identifier})

    # --- ending -----------------------------------------------------------------------------------------------------

    def next_command(self, cause: Cause) -> None:
        """Close the books of one command inside a longer unit: what it changed gets its versions and journal documents."""
        self._seal()
        self.cause = cause

    async def flush(self) -> None:
        """Write everything collected into the transaction: the end of the unit."""
        await self._write_aggregates()
        if self._journal:
            journal, self._journal = self._journal, []
            if self.first_journal_id is None:
                self.first_journal_id, self.first_run_id = journal[0]["_id"], journal[0]["cause"]["run_id"]
            try:
                await self.store.insert_many(JOURNAL, journal)
            except DuplicateKey as duplicate:
                raise ConcurrentChange from duplicate
        if self._identities:
            identities, self._identities = self._identities, []
            await self.store.insert_many(IDENTITIES, identities)

    def _has_unwritten(self, collection: str) -> bool:
        """True when a query of the collection would miss something: a long unit need not write for every other one."""
        changed = (change.aggregate for change in self._changes.values())
        return any(collection == one.COLLECTION for one in (*changed, *(one for one, _ in self._dirty.values())))

    async def _write_aggregates(self) -> None:
        """Write the changed aggregates, so that queries of this unit see them; their journal documents wait for the end."""
        self._seal()
        inserts: dict[str, list[Document]] = {}
        for aggregate, base in self._dirty.values():
            document = dict(self._loaded[aggregate.id][1])  # as it was sealed, whatever became of it since
            if base is None:
                inserts.setdefault(aggregate.COLLECTION, []).append(document)
                continue
            identifier = document.pop("_id")
            try:
                matched = await self.store.update_one(
                    aggregate.COLLECTION, {"_id": identifier, "version": base}, {"$set": document}
                )
            except DuplicateKey as duplicate:
                raise _refusal_of(type(aggregate), duplicate) from duplicate
            if not matched:
                raise ConcurrentChange
        for collection, documents in inserts.items():
            await self._insert(collection, documents)
        self._dirty.clear()

    def attach_idempotency(self, key: str, body: str, answer: Aggregate | None) -> bool:
        """Write the request's key into the journal document whose aggregate the answer shows; False when nothing changed."""
        self._seal()
        if not self._journal:
            return False
        wanted = answer.id if answer is not None else None
        document = next(
            (entry for entry in reversed(self._journal) if entry["aggregate_id"] == wanted), self._journal[0]
        )
        document["idempotency"] = {"key": key, "body": body}
        return True

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _load(self, model: type[A], identifier: str, *, scoped: bool) -> A | None:
        known = self._changes.get(identifier)
        loaded = self._loaded.get(identifier)
        if known is not None and isinstance(known.aggregate, model):
            found = known.aggregate
        elif loaded is not None and isinstance(loaded[0], model):
            found = loaded[0]
        else:
            document = await self.store.find_one(model.COLLECTION, {"_id": identifier})
            if document is None:
                return None
            found = self._remember(model, document)
        return found if not scoped or self.principal.sees(found.visible) else None

    def _remember(self, model: type[S], document: Document) -> S:
        if not issubclass(model, Aggregate):
            return model.load(document)
        loaded = self._loaded.get(document["_id"])
        if loaded is not None and isinstance(loaded[0], model):
            return cast(S, loaded[0])
        aggregate = model.load(document)
        self._loaded[aggregate.id] = (aggregate, deepcopy(aggregate.dump()), aggregate.version)
        return cast(S, aggregate)

    async def _refer(self, model: type[S], identifier: str, field: str, *, scoped: bool) -> S | None:
        found: Stored | None
        if issubclass(model, Aggregate):
            found = await self._load(model, identifier, scoped=scoped)
        else:
            found = await self._replica(model, identifier)
            if found is None:
                self._unsettled = True
            elif scoped and found.visible and not self.principal.sees(found.visible):
                found = None
                self._unsettled = True  # waited for like an absent one, so that time does not tell the two apart
        if found is None:
            self.violate(field, UnknownReference.code, f"{identifier} names nothing that you can see")
        elif isinstance(found, Aggregate) and (gone := found.gone()) is not None:
            self.violate(field, gone.code, gone.detail)
            found = None
        return cast(S | None, found)

    async def _replica(self, model: type[S], identifier: str) -> S | None:
        """A replica by id; the transaction's snapshot does not change, so that a long unit need not ask twice."""
        document = self._replicas.get(identifier)
        if document is None:
            document = await self.store.find_one(model.COLLECTION, {"_id": identifier})
            if document is None:
                return None
            self._replicas[identifier] = document
        return model.load(document)

    def _seal(self) -> None:
        changes, self._changes = self._changes, {}
        for identifier, change in changes.items():
            aggregate = change.aggregate
            fields = type(aggregate).model_fields
            after = aggregate.dump()
            if change.before is None:
                base, changed = None, sorted(name for name, value in after.items() if value not in (None, []))
            else:
                already = self._dirty.get(identifier)
                base = already[1] if already else self._loaded[identifier][2]
                changed = sorted(name for name, value in after.items() if change.before.get(name) != value)
            first = aggregate.sequence
            aggregate.version += 1
            aggregate.sequence += len(change.events)
            aggregate.recorded_us = max(self._now_us, aggregate.recorded_us + 1)
            before_stamps = [Stamp(**stamp) for stamp in (change.before or {}).get("visible", [])]
            self._journal.append(
                self._entry(
                    aggregate,
                    [name for name in changed if name in fields and name not in ("version", "sequence", "recorded_us")],
                    change.events,
                    first,
                    stamps=[*aggregate.visible, *before_stamps, *change.stamps],
                    valid_from=change.valid_from,
                    reason=change.reason,
                )
            )
            self._dirty[identifier] = (aggregate, base)
            counted = {name: getattr(aggregate, name) for name in ("version", "sequence", "recorded_us")}
            self._loaded[identifier] = (aggregate, after | counted, aggregate.version)

    def _entry(
        self,
        aggregate: Aggregate,
        changed: list[str],
        events: list[Event],
        first: int,
        *,
        stamps: list[Stamp],
        valid_from: date | None,
        reason: str | None,
    ) -> Document:
        personal = bool(aggregate.PERSONAL.intersection(changed))
        if personal and aggregate.id not in self._forgotten:
            document = aggregate.dump()
            self._identities.append(
                {
                    "_id": journal_id(aggregate.id, aggregate.version),
                    "aggregate_id": aggregate.id,
                    "version": aggregate.version,
                    "kind": aggregate.KIND,
                    "recorded_at": aggregate.recorded_us,
                    "fields": {name: document[name] for name in sorted(aggregate.PERSONAL)},
                }
            )
        entry: Document = {
            "_id": journal_id(aggregate.id, aggregate.version),
            "kind": aggregate.KIND,
            "aggregate_id": aggregate.id,
            "version": aggregate.version,
            "valid_from": valid_from.isoformat() if valid_from else None,
            "recorded_at": aggregate.recorded_us,
            "state": aggregate.public_state(),
            "changed": changed,
            "personal": personal,
            "events": [
                _event_document(event, first + position, self.now, stamps)
                for position, event in enumerate(events, start=1)
            ],
            "actor": {"subject": self.principal.subject, "roles": sorted(self.principal.roles)},
            "cause": self.cause.document(),
            "reason": reason,
            "unsealed": True,
        }
        if events:
            entry["unpublished"] = True
        return entry

    async def _insert(self, collection: str, documents: list[Document]) -> None:
        try:
            await self.store.insert_many(collection, documents)
        except DuplicateKey as duplicate:
            if collection in (JOURNAL, IDENTITIES):
                raise ConcurrentChange from duplicate
            models = [a for a, _ in self._dirty.values() if collection == a.COLLECTION]
            if not models:
                raise ConcurrentChange from duplicate
            raise _refusal_of(type(models[0]), duplicate) from duplicate


def _refusal_of(model: type[Stored], duplicate: DuplicateKey) -> Exception:
    for index in model.INDEXES:
        if index.name == duplicate.index and index.refusal is not None:
            return index.refusal()
    if duplicate.index in ("_id_", ""):
        return AlreadyExists(f"this {getattr(model, 'KIND', 'document')} exists already")
    return AlreadyExists(f"another {getattr(model, 'KIND', 'document')} has the same {duplicate.index}")


class AlreadyExists(Refusal):
    """An id or an exact key is taken."""

    status = 409
    code = "already_exists"
    title = "It exists already"


def _event_document(event: Event, sequence: int, at: datetime, stamps: list[Stamp]) -> Document:
    data = event.model_dump(mode="json", by_alias=True)
    size = len(event.model_dump_json(by_alias=True))
    if size > MAX_EVENT_BYTES:
        raise TooLarge(f"the event {event.TYPE} has {size} bytes, at most {MAX_EVENT_BYTES} are published")
    return {
        "id": new_id("evt"),
        "type": event.TYPE,
        "topic": event.TOPIC,
        "sequence": sequence,
        "time": at.isoformat(),
        "data": data,
        "unit_paths": sorted({stamp.path for stamp in stamps}),
        "lines": sorted({stamp.line for stamp in stamps}),
    }
