"""Go on with a session: the old refresh token for a new pair."""

from chassis.logs import logger

from gateway.sessions.reception import Grant, Reception
from gateway.sessions.refusals import InvalidToken, PositionNotValid, SessionEnded

_log = logger("sessions")


async def refresh_session(reception: Reception, *, refresh_token: str) -> Grant:
    """The next pair of tokens. A refresh token works once: a second use means that two hold it, and ends the session.

    Raises: InvalidToken, SessionEnded, PositionNotValid.
    """
    token = reception.refresh_tokens.read(refresh_token)
    session = await reception.sessions.get(token.session_id)
    now = reception.now
    if session is None or not session.live(now):
        raise SessionEnded
    if token.generation > session.generation:
        raise InvalidToken
    login = (await reception.people.by_ids([session.employee_id])).get(session.employee_id)
    if login is None or not login.valid_on(reception.today):
        raise PositionNotValid
    following = None
    if token.generation == session.generation:
        until = reception.lifetimes.until(created_at=session.created_at, now=now)
        following = await reception.sessions.next_generation(session, expires_at=until)
    if following is None:
        await reception.end(session, because="refresh_token_reused")
        _log.warning("refresh token used twice", employee_id=session.employee_id, session_id=session.id)
        raise SessionEnded("The refresh token had been used before; the session has been ended")
    return reception.grant(following)
