"""Visits follow their institution: who has it today sees them."""

from chassis.restamping import Followers
from chassis.work import UnitOfWork

from visits.known.model import KnownAccount, KnownEmployee
from visits.known.survivors import survivor
from visits.visits.model import Visit


async def _follow(visit: Visit, work: UnitOfWork) -> bool:
    account = await survivor(KnownAccount, visit.account_id, work)
    author = await work.get_replica(KnownEmployee, visit.employee_id)
    return visit.stamp(author.present_path if author else visit.credited_path, account.visible if account else [])


VISITS = Followers(
    name="visits at an institution",
    model=Visit,
    rows=lambda account_id, today: {"account_id": account_id},
    restamp=_follow,
)
"""Who has the institution today sees its visits; who had it sees only what the own unit made."""
