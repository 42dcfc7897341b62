"""Change one's password; whoever else is signed in with the old one is signed out."""

from chassis.logs import logger
from chassis.refusals import Conflict, RuleBroken, Violation

from gateway.sessions.identify import Caller
from gateway.sessions.model import password_violations
from gateway.sessions.reception import Reception
from gateway.sessions.refusals import WrongPassword

_log = logger("sessions")


async def change_password(
    reception: Reception, *, caller: Caller, current_password: str, new_password: str, address: str
) -> None:
    """The new password, from now on.

    Raises: WrongPassword; RuleBroken with all that is wrong with the new one; TooManyRequests; Conflict when it was
    changed elsewhere at the same moment.
    """
    login = caller.person.login
    reception.attempts.count(login.username, address)
    wrong = password_violations(new_password, field="new_password", username=login.username)
    stored = await reception.credentials.hash_of(login.id)
    fits = await reception.passwords.verify(stored, current_password)
    if not fits or stored is None:
        wrong.insert(0, Violation(WrongPassword.code, WrongPassword.title, "current_password"))
    else:
        reception.attempts.forget(login.username, address)
        if new_password == current_password:
            wrong.append(Violation("password_unchanged", "The new password is the current one", "new_password"))
    if wrong:
        raise (RuleBroken if fits else WrongPassword)(violations=wrong)
    fresh = await reception.passwords.hash(new_password)
    if not await reception.credentials.change(login.id, old_hash=stored or "", new_hash=fresh, now=reception.now):
        raise Conflict("The password has just been changed elsewhere", code="password_changed_meanwhile")
    ended = await reception.sessions.end_others(
        login.id, than=caller.session.id, because="password_changed", now=reception.now
    )
    for session in ended:
        reception.seen_sessions.put(session.id, session)
    _log.info("password changed", employee_id=login.id, ended_sessions=len(ended))
