"""What imports hold of a person: rows that failed, differences of dry runs, words in names of files and columns.

The table itself is gone with the end of its import. While one that may name the person is under way nobody can be
erased: its next batch might bring the person back.
"""

from typing import Any

from chassis.aggregate import Document
from chassis.jobs import PROGRESS, ROWS, UNFINISHED
from chassis.refusals import Conflict
from chassis.work import UnitOfWork
from contracts.values import ImportKind

from customer.contacts.mobile import e164
from customer.erasure.model import ErasedPart
from customer.erasure.person import Person
from customer.imports.model import Import
from customer.search import folded

_TELLING_LATIN = 6
"""A shorter word in Latin letters is a part of too many others to stand for a person inside of them."""


class ImportUnderWay(Conflict):
    """A table of contacts is being imported."""

    code = "import_under_way"
    title = "Contacts are being imported; erase when that has ended, or abort it"


async def erase_imports(person: Person, work: UnitOfWork) -> list[ErasedPart]:
    """Empty every row that speaks of the person. Raises: ImportUnderWay."""
    contact_imports = await work.store.find(Import.COLLECTION, {"kind": ImportKind.CONTACT.value})
    under_way = [one["_id"] for one in contact_imports if one["state"] in UNFINISHED]
    if under_way:
        raise ImportUnderWay(imports=sorted(under_way))
    erased = 0
    for one in contact_imports:
        erased += await _erase_rows(one["_id"], person, work) + await _erase_marks(one["_id"], person, work)
    return [ErasedPart(noun="import", fields=["rows"], versions=erased)] if erased else []


async def _erase_rows(import_id: str, person: Person, work: UnitOfWork) -> int:
    erased = 0
    for batch in await work.store.find(ROWS, {"job_id": import_id}):
        rows = [_emptied(row) if _row_speaks_of(row, person) else row for row in batch["rows"]]
        changed = sum(before is not after for before, after in zip(batch["rows"], rows, strict=True))
        if changed:
            await work.store.update_one(ROWS, {"_id": batch["_id"]}, {"$set": {"rows": rows}})
        erased += changed
    return erased


async def _erase_marks(import_id: str, person: Person, work: UnitOfWork) -> int:
    progress = await work.store.find_one(PROGRESS, {"_id": import_id})
    if progress is None or not _speaks_of(progress["marks"], person):
        return 0
    marks = _without(progress["marks"], person)
    await work.store.update_one(PROGRESS, {"_id": import_id}, {"$set": {"marks": marks}})
    return 1


def _row_speaks_of(row: Document, person: Person) -> bool:
    if row.get("erased"):
        return False
    return row.get("id") == person.contact.id or _speaks_of([row.get("cells"), row.get("fields")], person)


def _emptied(row: Document) -> Document:
    return {"n": row["n"], "action": row["action"], "erased": True}


def _speaks_of(value: Any, person: Person) -> bool:
    if isinstance(value, dict):
        return any(_speaks_of(one, person) for one in value.values())
    if isinstance(value, list | tuple):
        return any(_speaks_of(one, person) for one in value)
    return isinstance(value, str) and _names(value, person)


def _without(value: Any, person: Person) -> Any:
    """The same with every text that names the person empty."""
    if isinstance(value, dict):
        return {name: _without(one, person) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without(one, person) for one in value]
    return "" if isinstance(value, str) and _names(value, person) else value


def _names(text: str, person: Person) -> bool:
    plain = folded(text)
    words = {folded(word) for word in person.words}
    if plain in words or e164(text) in person.words:
        return True
    return any(word in plain for word in words if len(word) >= (_TELLING_LATIN if word.isascii() else 2))
