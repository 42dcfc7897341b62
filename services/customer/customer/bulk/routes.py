"""HTTP of bulk requests: at most 500 rows, 200 with a verdict per row."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from chassis.http import Answer, Body, Permission, Router, Run
from chassis.http.run import RunUseCase
from chassis.work import UnitOfWork
from pydantic import BaseModel, Field

from customer.accounts.model import AlreadyRegistered as AccountAlreadyRegistered
from customer.bulk.accounts import AccountRow, carry_account
from customer.bulk.contacts import ContactRow, carry_contact
from customer.bulk.model import BulkBatch, Verdict
from customer.bulk.run_rows import Carry, NotEveryRow, RepeatedRow, RunRows, run_rows
from customer.contacts.model import AlreadyRegistered as ContactAlreadyRegistered

router = Router(tags=["bulk"])

MAX_ROWS = 500
BATCH = 50
"""Rows of one transaction when rows stand for themselves."""
_TRIES = 3

R = TypeVar("R", AccountRow, ContactRow)


class AccountsBody(Body):
    """Institutions to register or correct; `all_or_none`: in one transaction, or nothing."""

    all_or_none: bool = False
    items: Annotated[list[AccountRow], Field(min_length=1, max_length=MAX_ROWS)]


class ContactsBody(Body):
    """Contacts to register or correct; `all_or_none`: in one transaction, or nothing."""

    all_or_none: bool = False
    items: Annotated[list[ContactRow], Field(min_length=1, max_length=MAX_ROWS)]


class VerdictOut(BaseModel):
    """What became of a row: 201 registered, 200 corrected, 424 not done because of others, else why it was refused."""

    index: int
    status: int
    id: str | None
    etag: str | None
    problem: dict[str, Any] | None

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictOut":
        """The answer for a row."""
        etag = None if verdict.version is None else f'"{verdict.version}"'
        return cls(index=verdict.index, status=verdict.status, id=verdict.id, etag=etag, problem=verdict.problem)


class Verdicts(BaseModel):
    """A verdict for every row, in the order of the rows."""

    items: list[VerdictOut]


@router.post("/accounts/bulk", permission=Permission.ACCOUNTS_WRITE, response_model=Verdicts)
async def post_accounts(body: AccountsBody, run: Run) -> Answer:
    """Register and correct institutions."""
    return _shown(await _carry_out(run, body.items, body.all_or_none, carry_account, "accounts"))


@router.post("/contacts/bulk", permission=Permission.CONTACTS_WRITE, response_model=Verdicts)
async def post_contacts(body: ContactsBody, run: Run) -> Answer:
    """Register and correct contacts."""
    return _shown(await _carry_out(run, body.items, body.all_or_none, carry_contact, "contacts"))


async def _carry_out(
    run: RunUseCase, rows: Sequence[R], all_or_none: bool, carry: Carry[R], noun: str
) -> list[Verdict]:
    repeated = {identifier for identifier, count in Counter(row.id for row in rows if row.id).items() if count > 1}

    async def carried(row: R, work: UnitOfWork) -> Any:
        if row.id in repeated:
            raise RepeatedRow(field="id")
        return await carry(row, work)

    async def bulk(command: RunRows, work: UnitOfWork) -> BulkBatch:
        return await run_rows(command, some, carried, work)

    bulk.__name__ = f"bulk_{noun}"
    size = len(rows) if all_or_none else BATCH
    verdicts: list[Verdict] = []
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        command = RunRows(start=start, all_or_none=all_or_none)
        for attempt in range(1, _TRIES + 1):
            try:
                batch = await run(bulk, command, locks=_locks(some), part=f"rows {start}")
                verdicts += batch.verdicts
                break
            except NotEveryRow as refused:
                return refused.verdicts
            except (AccountAlreadyRegistered, ContactAlreadyRegistered):
                # Somebody registered one of them between our look and our commit: the next look finds it.
                if attempt == _TRIES:
                    raise
    return verdicts


def _locks(rows: Sequence[AccountRow | ContactRow]) -> list[str]:
    keys = {row.id for row in rows if row.id}
    for row in rows:
        if isinstance(row, ContactRow) and "affiliation" in row.model_fields_set:
            keys.add(row.affiliation.account_id)
    return sorted(keys)


def _shown(verdicts: list[Verdict]) -> Answer:
    return Answer(Verdicts(items=[VerdictOut.of(verdict) for verdict in verdicts]))
