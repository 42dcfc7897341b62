"""Internal tokens: one per employee, service and state of the position, made anew every few seconds."""

import time
from collections.abc import Callable

from chassis.tokens import Mint

from gateway.principals.people import Person

_USED_FOR_S = 20.0
"""A third of a token's life: whoever gets one has at least 40 s to use it."""


class InternalTokens:
    """Tokens that tell a service who asks. They are kept with the person, so a changed position never meets an old one."""

    def __init__(self, mint: Mint, *, clock: Callable[[], float] = time.time) -> None:
        self._mint = mint
        self._clock = clock

    def token(self, person: Person, audience: str) -> str:
        """A token for one service."""
        now = self._clock()
        known = person.internal_tokens.get(audience)
        if known is not None and now < known[0]:
            return known[1]
        made = self._mint.mint(person.principal, audience, now=now)
        person.internal_tokens[audience] = (now + _USED_FOR_S, made)
        return made
