"""HTTP of institutions. Commands that meet on one institution queue on its id instead of undoing one another."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Prefer, Query, Read, Router, Run
from chassis.http.export import EXPORTED, Exports
from chassis.reads import Change
from contracts.ids import AccountId, UnitId
from contracts.values import AccountKind, Grade, Stage
from pydantic import Field
from starlette.responses import Response

from customer.accounts.change_stage import ChangeStage, change_stage
from customer.accounts.correct_account import AccountCorrections, CorrectAccount, correct_account
from customer.accounts.create_account import CreateAccount, create_account
from customer.accounts.exporting import COLUMNS
from customer.accounts.facts import MAX_DEPARTMENTS, AccountFacts, DepartmentEntry, DepartmentFacts
from customer.accounts.model import Account, AlreadyRegistered
from customer.accounts.queries import AccountFilter, list_accounts, with_the_match
from customer.accounts.regrade_account import RegradeAccount, regrade_account
from customer.accounts.shapes import AccountOut
from customer.accounts.tags import Tag
from customer.attributes.filters import ATTRIBUTE_PREFIX, AttributeFilters
from customer.attributes.judge import GivenAttributes
from customer.closing.waiting import wait_for_closing
from customer.redirecting import REDIRECTED, Redirect
from customer.texts import Name, Note, absent
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/accounts", tags=["accounts"])

MAX_QUERY = 100


class DepartmentBody(DepartmentFacts, Body):
    """A department of a new institution."""


class DepartmentEntryBody(DepartmentEntry, Body):
    """A department in a list that replaces another."""


class AccountBody(AccountFacts, Body):
    """An institution to register."""

    name: Name
    kind: AccountKind
    unit_id: UnitId
    departments: Annotated[list[DepartmentBody], Field(max_length=MAX_DEPARTMENTS)] = Field(default_factory=list)
    attributes: GivenAttributes = Field(default_factory=dict)


class AccountCorrectionsBody(AccountCorrections, Body):
    """What to correct: the fields that are sent change, null clears what may be empty."""

    departments: Annotated[list[DepartmentEntryBody], Field(max_length=MAX_DEPARTMENTS)] = absent()


class StageBody(Body):
    """A stage to enter; today unless it says otherwise."""

    stage: Stage
    reason: Note
    on: date | None = None


class GradeBody(Body):
    """A grade from a date on, past or planned."""

    grade: Grade
    on: date
    reason: Note


@router.post("", status_code=201, permission=Permission.ACCOUNTS_WRITE, response_model=AccountOut)
async def post_account(body: AccountBody, run: Run, read: Read, today: Today) -> Answer:
    """Register an institution, as a prospect from today."""
    try:
        account = await run(create_account, CreateAccount(**body.fields()), locks=[body.unit_id])
    except AlreadyRegistered as refusal:
        raise await with_the_match(refusal, body.fields(), read) from refusal
    return Answer(AccountOut.of(account, today), version=account.version)


@router.get(
    "",
    permission=Permission.ACCOUNTS_READ,
    response_model=Page[AccountOut],
    responses=EXPORTED,
    open_parameters=(ATTRIBUTE_PREFIX,),
)
async def get_accounts(
    read: Read,
    page: PageArgs,
    export: Exports,
    today: Today,
    attributes: AttributeFilters,
    q: Annotated[
        str | None,
        Query(
            max_length=MAX_QUERY, description="Part of the name, its pinyin or initials, or a code; typos are forgiven"
        ),
    ] = None,
    kind: AccountKind | None = None,
    stage: Stage | None = None,
    grade: Grade | None = None,
    unit_id: UnitId | None = None,
    parent_id: AccountId | None = None,
    tag: Annotated[Tag | None, Query(description="One of the tags")] = None,
    near: Annotated[str | None, Query(max_length=MAX_QUERY, description="latitude,longitude,kilometres")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """The institutions in the caller's scope, as JSON or, by `Accept`, the whole list as a table; sort by `name` or `created`, with `near` by `distance` too.

    `attribute.<code>=value` narrows by attributes. `as_of` decides which stage, grade and parent hold, `known_at` what
    was believed; then the order is that of the ids.
    """
    wanted = AccountFilter(
        q=q,
        kind=kind,
        stage=stage,
        grade=grade,
        unit_id=unit_id,
        parent_id=parent_id,
        tag=tag,
        near=near,
        attributes=attributes,
    )
    return await export(
        page,
        lambda one: list_accounts(read, one, wanted, as_of or today, known_at=known_at),
        name="accounts",
        columns=COLUMNS,
    )


@router.get("/{account_id}", permission=Permission.ACCOUNTS_READ, response_model=AccountOut, responses=REDIRECTED)
async def get_account(
    account_id: str, read: Read, redirect: Redirect, today: Today, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """One institution, on the date and with the knowledge asked for; the ETag is that of what is known now."""
    if elsewhere := await redirect(Account, account_id, known_at):
        return elsewhere
    account = await read.at(Account, account_id, known_at=known_at)
    return Answer(AccountOut.of(account, as_of or today), version=account.version if known_at is None else None)


@router.patch("/{account_id}", permission=Permission.ACCOUNTS_WRITE, response_model=AccountOut)
async def patch_account(account_id: str, body: AccountCorrectionsBody, run: Run, read: Read, today: Today) -> Answer:
    """Correct facts of an institution; `departments` replaces the whole list."""
    command = CorrectAccount(account_id=account_id, **body.fields())
    try:
        account = await run(correct_account, command, subject=account_id, require_match=True, locks=[account_id])
    except AlreadyRegistered as refusal:
        facts = dict(await read.get(Account, account_id)) | body.fields()
        raise await with_the_match(refusal, facts, read) from refusal
    return Answer(AccountOut.of(account, today), version=account.version)


@router.post(
    "/{account_id}/stage",
    permission=Permission.ACCOUNTS_WRITE,
    response_model=AccountOut,
    responses={202: {"model": AccountOut, "description": "Closing: other services are still to answer"}},
)
async def post_stage(account_id: str, body: StageBody, run: Run, read: Read, today: Today, prefer: Prefer) -> Answer:
    """Go on in the life cycle; a date in the future is a plan.

    To close an institution is to ask everybody who may have something there; 202 while they have not answered. With
    `Prefer: wait=N` (≤ 30 s) the answer is 200 as soon as it is closed.
    """
    command = ChangeStage(account_id=account_id, **body.fields())
    account = await run(change_stage, command, subject=account_id, locks=[account_id])
    seconds = prefer.wait()
    if seconds > 0 and account.stage_on(today) is Stage.CLOSING:
        account = await wait_for_closing(read, account, seconds)
    waits = account.stage_on(today) is Stage.CLOSING
    return Answer(AccountOut.of(account, today), version=account.version, status=202 if waits else None)


@router.post("/{account_id}/grades", permission=Permission.ACCOUNTS_WRITE, response_model=AccountOut)
async def post_grade(account_id: str, body: GradeBody, run: Run, today: Today) -> Answer:
    """Give another grade from a date on, until the next one recorded; nothing is recorded when it has it then."""
    command = RegradeAccount(account_id=account_id, **body.fields())
    account = await run(regrade_account, command, subject=account_id, locks=[account_id])
    return Answer(AccountOut.of(account, today), version=account.version)


@router.get("/{account_id}/history", permission=Permission.ACCOUNTS_READ, response_model=Page[Change])
async def get_account_history(account_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when, by whom and why, oldest first."""
    return Answer(await read.history(Account, account_id, page))
