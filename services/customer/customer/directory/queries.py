"""Reads of the directory: unscoped, because every employee may know these fields of every institution."""

from typing import Any

from chassis.reads import Paging, Reads
from contracts.values import AccountKind, Grade
from pydantic import BaseModel

from customer.accounts.model import Account
from customer.search import search_filter


class DirectoryEntry(BaseModel):
    """What every employee may know of an institution."""

    id: str
    name: str
    code: str | None
    kind: AccountKind
    grade: Grade
    division_code: str | None

    @classmethod
    def of(cls, account: Account) -> "DirectoryEntry":
        """The entry of an institution."""
        return cls(**{name: getattr(account, name) for name in cls.model_fields})


async def search_directory(read: Reads, page: Paging, q: str | None) -> dict[str, Any]:
    """The institutions of the whole company that fit."""
    where = {"survivor_id": None, **(search_filter(q) if q is not None and q.strip() else {})}
    return await read.page(Account, where, page, out=DirectoryEntry.of, sortable={"name"}, directory=True)
