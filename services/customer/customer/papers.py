"""What is kept about an institution beside its own document: notes, attachments, plans. Whoever sees the institution sees it."""

from typing import Any, ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.restamping import Followers
from chassis.work import UnitOfWork
from contracts.ids import AccountId

from customer.accounts.model import Account


class Paper(Aggregate):
    """Something about one institution, with stamps that follow the institution's."""

    INDEXES: ClassVar[list[Index]] = [Index([("account_id", 1), ("created_at", -1)])]

    account_id: AccountId


async def _follow(paper: Paper, work: UnitOfWork) -> bool:
    account = await work.find_one(Account, {"_id": paper.account_id})
    if account is None or account.visible == paper.visible:
        return False
    paper.visible = account.visible
    return True


def followers(model: type[Paper]) -> Followers[Any]:
    """The papers of a kind that follow an institution."""
    return Followers(
        name=f"{model.KIND}s of an institution",
        model=model,
        rows=lambda account_id, today: {"account_id": account_id},
        restamp=_follow,
    )
