"""Sign in with user name and password."""

from chassis.logs import logger

from gateway.sessions.model import Session
from gateway.sessions.reception import Grant, Reception
from gateway.sessions.refusals import InvalidCredentials, PositionNotValid

_log = logger("sessions")


async def log_in(reception: Reception, *, username: str, password: str, address: str) -> Grant:
    """A new session. Takes as long for names that do not exist as for those that do.

    Raises: InvalidCredentials; PositionNotValid, only to those who know the password; TooManyRequests.
    """
    reception.attempts.count(username, address)
    login = await reception.people.by_username(username)
    stored = await reception.credentials.hash_of(login.id if login else "")
    if not await reception.passwords.verify(stored, password) or login is None or stored is None:
        raise InvalidCredentials
    reception.attempts.forget(username, address)
    if not login.valid_on(reception.today):
        raise PositionNotValid
    if reception.passwords.outdated(stored):
        stronger = await reception.passwords.hash(password)
        await reception.credentials.change(login.id, old_hash=stored, new_hash=stronger, now=reception.now)
    session = Session.start(login.id, reception.now, reception.lifetimes)
    await reception.sessions.add(session)
    _log.info("signed in", employee_id=login.id, session_id=session.id)
    return reception.grant(session)
