"""The live feed of one client: what was missed, then what happens, until the session ends or the client is too slow."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import orjson
from chassis.refusals import Refusal, Unauthenticated, Unavailable
from sse_starlette.event import ServerSentEvent

from gateway.feed.event import Record
from gateway.feed.history import History, TooFar, TooOld
from gateway.feed.position import InvalidPosition, Position, Positions, advanced, only
from gateway.feed.tail import Entry, FellBehind, Mark, Tail
from gateway.sessions.identify import Caller, Identity

_RETRY_MS = 2_000
_CATCH_UPS = 3
"""If the tail forgets faster than a client catches up so many times in a row, the client is too slow."""
_PACKET = 200
"""Ids of catch-up events are written with every event, the session is checked after so many."""


@dataclass
class Feed:
    """What all clients of the feed share."""

    tail: Tail
    history: History
    positions: Positions
    identity: Identity
    clients: int = 500
    """Connected at the same time, at most."""
    heartbeat_s: float = 15.0
    check_s: float = 1.0
    """The session is looked at this often."""
    horizon_s: float = 24 * 3600.0
    most_missed: int = 50_000
    """Records that a resumption reads at most."""
    connected: int = 0

    def follow(
        self, caller: Caller, topics: frozenset[str] | None, last_event_id: str | None
    ) -> AsyncIterator[ServerSentEvent]:
        """The client's events. `topics` None means all.

        Raises: Unavailable before anything is sent, when the tail does not stand anywhere yet or too many are connected.
        """
        if self.connected >= self.clients:
            raise Unavailable("The feed has as many clients as it can serve", retry_after=10)
        if not self.tail.ready:
            raise Unavailable("The feed is not connected to the broker yet", retry_after=2)
        return _Client(self, caller, topics).events(last_event_id)


class _SessionOver(Exception):
    """The client may not see any more; why is in the code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Client:
    """One connected client."""

    def __init__(self, feed: Feed, caller: Caller, topics: frozenset[str] | None) -> None:
        self._feed = feed
        self._caller = caller
        self._topics = topics

    async def events(self, last_event_id: str | None) -> AsyncIterator[ServerSentEvent]:
        """Everything, from connecting to leaving."""
        self._feed.connected += 1
        try:
            mark = self._feed.tail.mark()
            if last_event_id:
                async with aclosing(self._missed(last_event_id, mark)) as missed:
                    async for sent in missed:
                        yield sent
                mark = self._caught_up_to
            yield ServerSentEvent(event="ready", id=self._id(mark.position), data="{}", retry=_RETRY_MS)
            async with aclosing(self._live(mark)) as live:
                async for sent in live:
                    yield sent
        except _SessionOver as over:
            yield self._control("end", over.code)
        except FellBehind:
            yield self._control("end", "too_slow")
        finally:
            self._feed.connected -= 1

    async def _missed(self, last_event_id: str, mark: Mark) -> AsyncIterator[ServerSentEvent]:
        """What happened since the client was last here, or one event `reset`."""
        try:
            position: Position = only(self._feed.positions.read(last_event_id), self._topics)
            for _ in range(_CATCH_UPS):
                async with aclosing(self._between(position, only(mark.position, self._topics))) as between:
                    async for sent in between:
                        yield sent
                position = mark.position
                if self._feed.tail.remembers(mark.number):
                    break
                mark = self._feed.tail.mark()
        except (InvalidPosition, TooOld, TooFar) as lost:
            mark = self._feed.tail.mark()
            code = {InvalidPosition: "unknown_position", TooOld: "too_old", TooFar: "too_far"}[type(lost)]
            yield self._control("reset", code, mark.position)
        except Unavailable:
            # Nothing is lost: the client comes back with the id it has.
            raise _SessionOver("unavailable") from None
        self._caught_up_to = mark

    async def _between(self, start: Position, until: Position) -> AsyncIterator[ServerSentEvent]:
        feed = self._feed
        async with feed.history.reading() as reading:
            await reading.check_age(start, until, horizon_s=feed.horizon_s)
            position = dict(start)
            read = 0
            async with aclosing(reading.between(start, until, most=feed.most_missed)) as records:
                async for record in records:
                    position = advanced(position, record.topic, record.partition, record.offset + 1)
                    read += 1
                    if read % _PACKET == 0:
                        await self._look_at_session()
                    if record.visible_to(self._caller.principal):
                        yield _event(record, self._id(position))

    async def _live(self, mark: Mark) -> AsyncIterator[ServerSentEvent]:
        tail, number, position = self._feed.tail, mark.number, mark.position
        quiet_s = 0.0
        while True:
            news = await tail.wait_for(number, self._feed.check_s)
            await self._look_at_session()
            if not news:
                quiet_s += self._feed.check_s
                if quiet_s >= self._feed.heartbeat_s:
                    quiet_s = 0.0
                    yield ServerSentEvent(comment="heartbeat", id=self._id(position))
                continue
            for entry in tail.after(number):
                number += 1
                position = entry.position
                record = entry.record
                if self._topics is not None and record.topic not in self._topics:
                    continue
                if record.visible_to(self._caller.principal):
                    quiet_s = 0.0
                    yield _event(record, self._id_of(entry))

    async def _look_at_session(self) -> None:
        """Take over what has become of the caller. Raises: _SessionOver."""
        try:
            self._caller = await self._feed.identity.again(self._caller)
        except Unauthenticated as refusal:
            raise _SessionOver(refusal.code) from refusal
        except Refusal as refusal:
            raise _SessionOver("unavailable") from refusal

    def _control(self, event: str, code: str, position: Position | None = None) -> ServerSentEvent:
        return ServerSentEvent(
            event=event, id=None if position is None else self._id(position), data=orjson.dumps({"code": code}).decode()
        )

    def _id(self, position: Position) -> str:
        return self._feed.positions.write(only(position, self._topics))

    def _id_of(self, entry: Entry) -> str:
        text = entry.ids.get(self._topics)
        if text is None:
            text = entry.ids[self._topics] = self._id(entry.position)
        return text


def _event(record: Record, text: str) -> ServerSentEvent:
    return ServerSentEvent(id=text, data=orjson.dumps(record.public()).decode())
