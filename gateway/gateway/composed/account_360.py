"""Everything about an institution in one answer, each part with its own freshness."""

import asyncio

from chassis.http.facts import RequestFacts
from chassis.refusals import NotFound
from contracts.ids import AccountId
from pydantic import BaseModel, TypeAdapter, ValidationError

from gateway.composed.part import Asker, Part
from gateway.routing.forward import Forwarder
from gateway.sessions.identify import Caller

_SOME = 50
_ACCOUNT_ID: TypeAdapter[str] = TypeAdapter(AccountId)


class Parts(BaseModel):
    """What each service contributes."""

    profile: Part
    contacts: Part
    visits: Part
    materials: Part
    activity: Part


class Account360(BaseModel):
    """An institution from all sides. A part whose service does not answer within 2 s is marked; the rest is there."""

    account_id: str
    parts: Parts


async def account_360(forwarder: Forwarder, caller: Caller, facts: RequestFacts, account_id: str) -> Account360:
    """All parts, asked for at the same time, each in the caller's scope.

    Raises: NotFound when the institution is absent or out of scope.
    """
    name = _known_form(account_id)
    asker = Asker(forwarder, caller, facts)
    profile, contacts, visits, materials, activity = await asyncio.gather(
        asker.ask("customer", f"/api/v1/accounts/{name}"),
        asker.ask("customer", f"/api/v1/contacts?account_id={name}&limit={_SOME}"),
        asker.ask("visits", f"/api/v1/visits?account_id={name}&sort=-planned_at&limit={_SOME}"),
        _materials(asker, name),
        asker.ask("analytics", f"/api/v1/analytics/accounts/{name}/summary"),
    )
    if profile.state == "absent":
        raise NotFound(f"account {account_id} does not exist")
    parts = Parts(profile=profile, contacts=contacts, visits=visits, materials=materials, activity=activity)
    return Account360(account_id=account_id, parts=parts)


async def _materials(asker: Asker, name: str) -> Part:
    """What of our materials has been left at the institution: the stock of its location, once it has one."""
    locations = await asker.ask("promotion", f"/api/v1/locations?account_id={name}&limit=1")
    if locations.state != "ok" or not locations.data["items"]:
        return locations
    location_id = locations.data["items"][0]["id"]
    return await asker.ask("promotion", f"/api/v1/stock?location_id={location_id}&limit={_SOME}")


def _known_form(account_id: str) -> str:
    """An id that can stand in a path. Raises: NotFound for what is none."""
    try:
        return _ACCOUNT_ID.validate_python(account_id)
    except ValidationError as malformed:
        raise NotFound(f"account {account_id[:60]} does not exist") from malformed
