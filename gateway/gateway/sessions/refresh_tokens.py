"""Refresh tokens: `session.generation.signature`. Nothing secret is stored, and an old one is told from a forged one."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from gateway.sessions.refusals import InvalidToken


@dataclass(frozen=True)
class RefreshToken:
    """The right to the next access token of a session, valid while `generation` is the session's newest."""

    session_id: str
    generation: int


class RefreshTokens:
    """Writes and reads refresh tokens with one secret."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"terrain refresh tokens\0" + secret.encode()).digest()

    def write(self, token: RefreshToken) -> str:
        """The text that the client keeps."""
        body = f"{token.session_id}.{token.generation}"
        return f"{body}.{self._signature(body)}"

    def read(self, text: str) -> RefreshToken:
        """The token behind a text. Raises: InvalidToken when it was not made here."""
        body, _, signature = text.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            raise InvalidToken("The refresh token is not valid")
        session_id, _, generation = body.partition(".")
        return RefreshToken(session_id, int(generation))

    def _signature(self, body: str) -> str:
        digest = hmac.new(self._key, body.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
