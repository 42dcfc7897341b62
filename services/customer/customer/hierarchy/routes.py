"""HTTP of the hierarchy of institutions."""

from datetime import date

from chassis.http import Answer, Body, Permission, Read, Router, Run
from contracts.ids import AccountId

from customer.accounts.shapes import AccountOut
from customer.hierarchy.queries import Hierarchy, hierarchy_of
from customer.hierarchy.reparent_account import ReparentAccount, reparent_account
from customer.texts import Note
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/accounts/{account_id}", tags=["accounts"])


class ParentBody(Body):
    """What the institution belongs to from a date on, past or planned; null: to none."""

    parent_id: AccountId | None
    on: date
    reason: Note


@router.post("/parents", permission=Permission.ACCOUNTS_WRITE, response_model=AccountOut)
async def post_parent(account_id: str, body: ParentBody, run: Run, today: Today) -> Answer:
    """Put the institution under another from a date on, until the next change recorded; circles are refused."""
    command = ReparentAccount(account_id=account_id, **body.fields())
    locks = [account_id, body.parent_id] if body.parent_id else [account_id]
    account = await run(reparent_account, command, subject=account_id, locks=locks)
    return Answer(AccountOut.of(account, today), version=account.version)


@router.get("/hierarchy", permission=Permission.ACCOUNTS_READ, response_model=Hierarchy)
async def get_hierarchy(
    account_id: str, read: Read, today: Today, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """What stands above the institution and below it on a date, with the knowledge asked for."""
    return Answer(await hierarchy_of(read, account_id, as_of or today, known_at))
