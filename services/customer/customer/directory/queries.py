"""Reads of the directory: unscoped, because every employee may know these fields of every institution."""

from datetime import date, datetime
from typing import Any

from chassis.reads import Paging, Reads
from contracts.values import AccountKind, Grade
from pydantic import BaseModel

from customer.accounts.believed import believed_fit
from customer.accounts.model import Account
from customer.accounts.queries import AccountFilter
from customer.searching import search_page


class DirectoryEntry(BaseModel):
    """What every employee may know of an institution."""

    id: str
    name: str
    code: str | None
    kind: AccountKind
    grade: Grade
    division_code: str | None

    @classmethod
    def of(cls, account: Account, on: date) -> "DirectoryEntry":
        """The entry of an institution."""
        plain = cls.model_fields.keys() - {"grade"}
        return cls(**{name: getattr(account, name) for name in plain}, grade=account.present_grade(on))


async def search_directory(
    read: Reads, page: Paging, q: str | None, on: date, known_at: datetime | None = None
) -> dict[str, Any]:
    """The institutions of the whole company that fit, as of a date, as they are believed now or were at an instant."""

    def out(account: Account) -> DirectoryEntry:
        return DirectoryEntry.of(account, on)

    if known_at is not None:
        fits = believed_fit(AccountFilter(q=q), on, None, None)
        return await read.page_known(
            Account, known_at, page, keep=fits, out=out, mark=["directory", q, on], directory=True
        )
    return await search_page(
        read,
        Account,
        q,
        {"survivor_id": None},
        page,
        out=out,
        sortable={"name"},
        directory=True,
    )
