"""One part of a composed answer: what one service says to one question, within a short time, or that it does not."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from chassis.http.facts import RequestFacts
from chassis.refusals import Refusal
from pydantic import BaseModel

from gateway.routing.forward import Forwarder
from gateway.sessions.identify import Caller

WITHIN_S = 2.0
_LARGEST = 1024 * 1024

State = Literal["ok", "absent", "forbidden", "unavailable"]


class Part(BaseModel):
    """`data` is the service's own answer and only there when the state is `ok`.

    `as_of` is the instant that the data speak of: when they were read, or what a service that answers from marts says
    (null when it does not know).
    """

    state: State
    as_of: datetime | None = None
    data: Any = None


class Asker:
    """Asks services in one caller's name; everything it asks must be answered within 2 s of its making."""

    def __init__(self, forwarder: Forwarder, caller: Caller, facts: RequestFacts) -> None:
        self._forwarder = forwarder
        self._caller = caller
        self._facts = facts
        self._deadline = min(facts.deadline, time.monotonic() + WITHIN_S)

    async def ask(self, service: str, target: str) -> Part:
        """The part that a GET of `target` makes; never raises for what the service says or fails to say."""
        try:
            status, body = await self._forwarder.read(
                service, self._caller, self._facts, target, deadline=self._deadline, largest=_LARGEST
            )
        except Refusal:
            return Part(state="unavailable")
        if status == 200:
            return _ok(body)
        if status == 404:
            return Part(state="absent")
        return Part(state="forbidden" if status == 403 else "unavailable")


def _ok(body: bytes) -> Part:
    try:
        data = orjson.loads(body)
    except ValueError:
        return Part(state="unavailable")
    as_of: datetime | None = datetime.now(UTC)
    if isinstance(data, dict) and "as_of" in data:
        as_of = _instant(data["as_of"])
    return Part(state="ok", as_of=as_of, data=data)


def _instant(said: Any) -> datetime | None:
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(said)
    return None
