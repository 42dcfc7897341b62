"""Answer an invitation: choose the first password."""

import asyncio

from chassis.logs import logger
from chassis.refusals import RuleBroken, Violation

from gateway.principals.model import Login
from gateway.sessions.model import password_violations
from gateway.sessions.reception import Reception, digest_of
from gateway.sessions.refusals import InvitationExpired, InvitationUsed, UnknownInvitation
from gateway.sessions.store import AlreadyActivated

_log = logger("sessions")
_LOOK_EVERY_S = 0.1
_MOST_WAITING = 32
_waiting = 0


async def activate_employee(reception: Reception, *, invitation: str, password: str) -> Login:
    """The employee who may sign in from now on.

    The event that brings the invitation may be on its way, so an unknown one is waited for (up to 3 s).

    Raises: RuleBroken with everything that is wrong (`unknown_invitation`, `invitation_expired`, `invitation_used`, the
    faults of the password).
    """
    login = await _awaited(reception, digest_of(invitation))
    wrong = password_violations(password, field="password", username=login.username if login else None)
    refusal: type[RuleBroken] = RuleBroken
    if login is None:
        refusal = UnknownInvitation
    elif await reception.credentials.hash_of(login.id) is not None:
        refusal = InvitationUsed
    elif login.invitation_expires_at is None or login.invitation_expires_at <= reception.now:
        refusal = InvitationExpired
    if refusal is not RuleBroken:
        wrong.insert(0, Violation(refusal.code, refusal.title, "invitation"))
    if wrong or login is None:
        raise refusal(violations=wrong)
    try:
        await reception.credentials.create(login.id, await reception.passwords.hash(password), reception.now)
    except AlreadyActivated as twice:
        raise InvitationUsed(field="invitation") from twice
    _log.info("activated", employee_id=login.id)
    return login


async def _awaited(reception: Reception, sha256: str) -> Login | None:
    global _waiting
    login = await reception.people.by_invitation(sha256)
    if login is not None or _waiting >= _MOST_WAITING:
        return login
    loop = asyncio.get_running_loop()
    until = loop.time() + reception.invitation_wait_s
    _waiting += 1
    try:
        while login is None and loop.time() < until:
            await asyncio.sleep(_LOOK_EVERY_S)
            login = await reception.people.by_invitation(sha256)
    finally:
        _waiting -= 1
    return login
