"""The audit trail: who changed what, when and why, in a chain of hashes over the journal.

One document per block in `audit`:
    _id        block number, from 1 without gaps
    previous   hash of the block before, or of nothing
    sealed_at  database clock, microseconds since 1970
    entries    [{journal_id, at, actor, command, fields, digest, reason_digest, erases, salt, reason_salt, reason}]
    hash       SHA-256 over all of this without the salts and `reason`

`digest` is SHA-256 over `salt` and the journal document without its reason; `reason_digest` over `reason_salt` and the
reason, the only words in a journal document that somebody wrote freely. Erasing a person removes `reason` and
`reason_salt` from the entries that speak of the person, and the reasons from the journal: the chain stays valid because
it never covered them, the facts can still be checked, and without its salt a digest tells nothing, not even to somebody
who can guess the words. A reason may be gone only when an erasure of the same aggregate was sealed later (`erases`).

Whoever can write the whole database could make a whole new chain. Against that keep the head (`AuditReport.head`)
somewhere else and pass it to `verify` later.
"""

import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from chassis.aggregate import Document
from chassis.journal import JOURNAL
from chassis.mongo import Database

AUDIT = "audit"
ORIGIN = "0" * 64
_ERASURE = re.compile(r"-erased\.v\d+$")
_COVERED = (
    "kind",
    "aggregate_id",
    "version",
    "valid_from",
    "recorded_at",
    "state",
    "changed",
    "personal",
    "events",
    "actor",
    "cause",
)
_IN_CHAIN = ("journal_id", "at", "actor", "command", "fields", "digest", "reason_digest", "erases")
_CHUNK = 100
_SHOWN = 100
_RANGE = 50_000


def entry_of(row: Document) -> Document:
    """The entry that stands for a journal document, with fresh salts."""
    salt, reason_salt = os.urandom(16), os.urandom(16)
    reason = row.get("reason")
    return {
        "journal_id": row["_id"],
        "at": row["recorded_at"],
        "actor": row["actor"].get("subject"),
        "command": (row.get("cause") or {}).get("command"),
        "fields": list(row["changed"]),
        "digest": digest_of(row, salt),
        "reason_digest": None if reason is None else _salted(reason_salt, reason),
        "erases": _erases(row),
        "salt": salt,
        "reason_salt": None if reason is None else reason_salt,
        "reason": reason,
    }


def digest_of(row: Document, salt: bytes) -> str:
    """The salted digest of what a journal document says, without its reason and the marks of its readers."""
    return _salted(salt, {name: row.get(name) for name in _COVERED})


def block_of(number: int, previous: str, sealed_at: int, entries: list[Document]) -> Document:
    """A block that follows the one whose hash is `previous`."""
    block: Document = {"_id": number, "previous": previous, "sealed_at": sealed_at, "entries": entries}
    return block | {"hash": hash_of(block)}


def hash_of(block: Document) -> str:
    """The hash that a block must have."""
    chained = [{name: entry.get(name) for name in _IN_CHAIN} for entry in block["entries"]]
    content = [block["_id"], block["previous"], block["sealed_at"], chained]
    return hashlib.sha256(_canonical(content)).hexdigest()


@dataclass(frozen=True)
class Head:
    """The end of the chain: what to keep somewhere else."""

    block: int
    hash: str


@dataclass
class AuditReport:
    """What a verification found. `faults` are sentences, at most a hundred of them; `fault_count` counts all."""

    blocks: int = 0
    entries: int = 0
    journal_rows: int = 0
    unsealed: int = 0
    oldest_unsealed_s: float = 0.0
    erased: int = 0
    """Entries whose reason was removed, because the person was erased."""
    head: Head | None = None
    fault_count: int = 0
    faults: list[str] = field(default_factory=list[str])

    @property
    def ok(self) -> bool:
        """True when the chain is whole and stands for every version of every aggregate."""
        return self.fault_count == 0

    def blame(self, sentence: str) -> None:
        """Record a fault."""
        self.fault_count += 1
        if len(self.faults) < _SHOWN:
            self.faults.append(sentence)


async def verify(database: Database, *, known: Head | None = None) -> AuditReport:
    """Check the whole trail against the journal, in bounded memory, while the service runs.

    `known` is a head that was kept elsewhere: the chain must still contain it.
    """
    report = AuditReport()
    until = await database.now_us()
    previous, number = ORIGIN, 0
    erased: set[str] = set()
    async for block in _blocks(database):
        number += 1
        if block["_id"] != number:
            report.blame(f"block {number} is missing")
            number = block["_id"]
        if block["previous"] != previous:
            report.blame(f"block {number} does not follow the block before it")
        if hash_of(block) != block["hash"]:
            report.blame(f"block {number} was altered")
        if known is not None and known.block == number and known.hash != block["hash"]:
            report.blame(f"block {number} is not the one that was known")
        previous = block["hash"]
        report.blocks += 1
        report.entries += len(block["entries"])
        await _check_entries(database, block["entries"], report, erased)
    for aggregate in erased:
        report.blame(f"a reason of {aggregate} is gone, but no erasure of it is on record")
    if number:
        report.head = Head(number, previous)
    if known is not None and known.block > number:
        report.blame(f"block {known.block}, which was known, is missing")
    await _check_tail(database, report, until)
    return report


async def forget(database: Database, *aggregate_ids: str, session: Any = None) -> int:
    """Remove what the trail and the journal hold of aggregates in free words; from how many entries.

    The digests of request bodies go too: who can guess a name could tell from one that it was right. Part of erasing a
    person: call it after the erasure itself, which is a change like any other, has been sealed. Safe to repeat.
    """
    journal, written = database.collection(JOURNAL), list[str]()
    async for row in journal.find(
        {"aggregate_id": {"$in": list(aggregate_ids)}},
        {"reason": 1, "idempotency": 1, "events.type": 1},
        session=session,
    ):
        written.append(row["_id"])
        if row.get("reason") is not None:
            await journal.update_one({"_id": row["_id"]}, {"$set": {"reason": None}}, session=session)
        if row.get("idempotency") and not _erases(row):
            await journal.update_one({"_id": row["_id"]}, {"$set": {"idempotency.body": ""}}, session=session)
    touched, wanted = 0, set(written)
    for start in range(0, len(written), _CHUNK):
        where = {"entries.journal_id": {"$in": written[start : start + _CHUNK]}}
        async for block in database.collection(AUDIT).find(where, session=session):
            for entry in block["entries"]:
                if entry["journal_id"] in wanted and entry["reason_salt"] is not None:
                    entry["reason_salt"], entry["reason"] = None, None
                    touched += 1
            await database.collection(AUDIT).update_one(
                {"_id": block["_id"]}, {"$set": {"entries": block["entries"]}}, session=session
            )
    return touched


async def _check_entries(
    database: Database, entries: Sequence[Document], report: AuditReport, erased: set[str]
) -> None:
    """`erased` collects the aggregates that have lost a reason, until an erasure of theirs is met."""
    for start in range(0, len(entries), _CHUNK):
        chunk = entries[start : start + _CHUNK]
        rows = {
            row["_id"]: row
            async for row in database.collection(JOURNAL).find(
                {"_id": {"$in": [entry["journal_id"] for entry in chunk]}}
            )
        }
        for entry in chunk:
            aggregate = entry["journal_id"].split(":", 1)[0]
            row = rows.get(entry["journal_id"])
            wrong = _wrong_with(entry, row)
            if wrong:
                report.blame(f"{entry['journal_id']} {wrong}")
            if entry["reason_digest"] is not None and entry["reason_salt"] is None:
                report.erased += 1
                erased.add(aggregate)
            if entry["erases"]:
                erased.discard(aggregate)


def _wrong_with(entry: Document, row: Document | None) -> str | None:
    if row is None:
        return "is in the trail but not in the journal"
    if row.get("unsealed"):
        return "is in the trail but marked as unsealed"
    if digest_of(row, entry["salt"]) != entry["digest"]:
        return "was altered after it was sealed"
    if entry["reason"] != row.get("reason"):
        return "has another reason than the trail shows"
    gone = entry["reason_digest"] is not None and entry["reason_salt"] is None
    if gone:
        return None if entry["reason"] is None else "shows a reason that cannot be checked"
    expected = None if entry["reason"] is None else _salted(entry["reason_salt"] or b"", entry["reason"])
    return None if expected == entry["reason_digest"] else "had its reason altered after it was sealed"


async def _check_tail(database: Database, report: AuditReport, until: int) -> None:
    journal = database.collection(JOURNAL)
    oldest: Document | None = None
    unsealed = 0
    async for row in journal.find({"unsealed": True}, {"recorded_at": 1}):
        unsealed += 1
        oldest = row if oldest is None or row["recorded_at"] < oldest["recorded_at"] else oldest
    report.unsealed = unsealed
    if oldest is not None:
        report.oldest_unsealed_s = max(0.0, (until - oldest["recorded_at"]) / 1e6)
    report.journal_rows = await journal.count_documents({})
    sealed = report.journal_rows - unsealed
    if sealed != report.entries:
        await _find_unaccounted(database, report)


async def _find_unaccounted(database: Database, report: AuditReport) -> None:
    """Name the journal documents that are neither in the trail nor waiting for it, range by range of their ids."""
    journal = database.collection(JOURNAL)
    after = ""
    while True:
        ids = {
            row["_id"]: None
            for row in await journal.find({"_id": {"$gt": after}, "unsealed": {"$exists": False}}, {"_id": 1})
            .sort([("_id", 1)])
            .limit(_RANGE)
            .to_list(None)
        }
        if not ids:
            return
        after = max(ids)
        async for block in _blocks(database):
            for entry in block["entries"]:
                ids.pop(entry["journal_id"], None)
        for identifier in ids:
            report.blame(f"{identifier} is in the journal but neither in the trail nor waiting for it")


async def _blocks(database: Database) -> AsyncIterator[Document]:
    """All blocks in order, a few at a time."""
    last = 0
    while True:
        found = await database.collection(AUDIT).find({"_id": {"$gt": last}}).sort([("_id", 1)]).limit(20).to_list(None)
        if not found:
            return
        for block in found:
            yield block
        last = found[-1]["_id"]


def _erases(row: Document) -> bool:
    return any(_ERASURE.search(event["type"]) for event in row["events"])


def _salted(salt: bytes, content: Any) -> str:
    return hashlib.sha256(salt + _canonical(content)).hexdigest()


def _canonical(content: Any) -> bytes:
    return orjson.dumps(_plain(content), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=_told)


def _plain(content: Any) -> Any:
    if isinstance(content, datetime):
        at = content.replace(tzinfo=UTC) if content.tzinfo is None else content.astimezone(UTC)
        return at.isoformat(timespec="milliseconds")
    if isinstance(content, dict):
        return {str(name): _plain(value) for name, value in content.items()}  # pyright: ignore
    if isinstance(content, Iterable) and not isinstance(content, str | bytes):
        return [_plain(item) for item in content]  # pyright: ignore
    return content


def _told(content: Any) -> str:
    return f"{type(content).__name__}:{content!r}"
