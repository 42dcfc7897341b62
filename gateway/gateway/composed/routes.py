"""HTTP of composed reads."""

from chassis.http import Answer, Facts, Permission, Router
from fastapi import Request

from gateway.composed.account_360 import Account360, account_360
from gateway.routing.current import caller_of, gateway_of

router = Router(prefix="/accounts", tags=["accounts"])


@router.get("/{account_id}/360", permission=Permission.ACCOUNTS_READ, response_model=Account360)
async def get_account_360(account_id: str, request: Request, facts: Facts) -> Answer:
    """Profile, contacts, latest visits, materials and activity of an institution, each with its freshness."""
    forwarder = gateway_of(request).forwarder
    return Answer(await account_360(forwarder, caller_of(request), facts, account_id))
