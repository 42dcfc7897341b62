"""Leave: end the session on this device."""

from gateway.sessions.model import Session
from gateway.sessions.reception import Reception
from gateway.sessions.refusals import SessionEnded


async def log_out(reception: Reception, *, session: Session) -> None:
    """End the session of the caller. Its tokens are good for nothing here from now on, elsewhere within seconds."""
    await reception.end(session, because="logged_out")


async def log_out_by_refresh(reception: Reception, *, refresh_token: str) -> None:
    """End the session that a refresh token belongs to, for clients whose access token has run out.

    Raises: InvalidToken, SessionEnded.
    """
    token = reception.refresh_tokens.read(refresh_token)
    session = await reception.sessions.get(token.session_id)
    if session is None or not session.live(reception.now):
        raise SessionEnded
    await reception.end(session, because="logged_out")
