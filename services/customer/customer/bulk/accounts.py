"""Institutions in bulk: rows without an id are registered, rows with one are corrected."""

from typing import Annotated

from chassis.http import Body
from chassis.refusals import MatchRequired, Stale
from chassis.work import UnitOfWork
from contracts.ids import AccountId
from pydantic import Field

from customer.accounts.correct_account import AccountCorrections, CorrectAccount, correct_account
from customer.accounts.create_account import CreateAccount, create_account
from customer.accounts.facts import MAX_DEPARTMENTS, DepartmentEntry
from customer.accounts.model import Account, AlreadyRegistered, exact_key
from customer.texts import absent


class DepartmentRow(DepartmentEntry, Body):
    """A department of a row."""


class AccountRow(AccountCorrections, Body):
    """An institution to register (`name`, `kind` and `unit_id` are needed), or with `id` and `version` one to correct."""

    id: AccountId | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    """The version that was read: what If-Match says of a request of its own."""
    departments: Annotated[list[DepartmentRow], Field(max_length=MAX_DEPARTMENTS)] = absent()


async def carry_account(row: AccountRow, work: UnitOfWork) -> tuple[Account, bool]:
    """The institution, and whether it is new. Raises: what registering and correcting raise; AlreadyRegistered."""
    fields = row.fields()
    identifier, version = fields.pop("id", None), fields.pop("version", None)
    if identifier is None:
        command = CreateAccount(**fields)
        await _refuse_twin(command.name, command.division_code, command.kind, command.code, None, work)
        return await create_account(command, work), True
    if version is None:
        raise MatchRequired("send the version that was read", field="version")
    account = await work.get(Account, identifier)
    if account.version != version:
        raise Stale(f"the present version is {account.version}", version=account.version)
    facts = dict(account) | fields
    await _refuse_twin(facts["name"], facts["division_code"], facts["kind"], facts["code"], account.id, work)
    return await correct_account(CorrectAccount(account_id=identifier, **fields), work), False


async def _refuse_twin(
    name: str, division_code: str | None, kind: str, code: str | None, own: str | None, work: UnitOfWork
) -> None:
    """The unique indexes would refuse the whole transaction, and not say which row is to blame."""
    keys: list[dict[str, object]] = [{"key": exact_key(name, division_code, kind)}]
    if code is not None:
        keys.append({"code": {"$eq": code, "$type": "string"}})
    for key in keys:
        twin = await work.find_one(Account, key)
        if twin is not None and twin.id != own:
            raise AlreadyRegistered(account_id=twin.id)
