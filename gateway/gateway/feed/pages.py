"""Catch-up by pages: the events of a topic from its beginning or from a cursor on, without gaps and without repetition."""

import heapq
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from chassis.principal import Principal
from chassis.refusals import BadRequest, Conflict
from contracts.topics import TOPICS

from gateway.feed.event import Record
from gateway.feed.history import History, TooFar, TooOld
from gateway.feed.position import Position, Positions, advanced

_LOOKED_AT = 5_000
"""Records that one page looks at: when hardly any is visible to the caller, the page is short and has a `next`."""

NAMES = tuple(topic.name for topic in TOPICS)


class CursorTooOld(Conflict):
    """The broker no longer has what follows the cursor."""

    status = 410
    code = "cursor_too_old"
    title = "What follows this cursor is no longer kept"


@dataclass(frozen=True)
class EventPage:
    """Events in the order of their topics' partitions, older first; `next` is None at the end as of now.

    `resume` is the cursor to go on from later, at the end too.
    """

    items: list[dict[str, Any]]
    next: str | None
    resume: str


async def page_of_events(
    history: History, positions: Positions, principal: Principal, *, topic: str, after: str | None, limit: int
) -> EventPage:
    """One page of what the principal may see of a topic.

    Raises: BadRequest for an unknown topic or cursor; CursorTooOld; Unavailable.
    """
    if topic not in NAMES:
        raise BadRequest(f"topics are {', '.join(NAMES)}", code="unknown_topic", field="topic")
    start: Position | None = None
    if after is not None:
        start = positions.read(after)
        if topic not in start:
            raise BadRequest("the cursor belongs to another topic", code="invalid_cursor", field="after")
    by_partition: dict[int, list[Record]] = {}
    found = 0
    try:
        async with history.reading() as reading:
            ends = await reading.ends([topic])
            start = await reading.beginnings([topic]) if start is None else start
            position, complete = dict(start), True
            try:
                async with aclosing(reading.between(start, ends, most=_LOOKED_AT)) as records:
                    async for record in records:
                        if found == limit:
                            complete = False
                            break
                        position = advanced(position, topic, record.partition, record.offset + 1)
                        if record.visible_to(principal):
                            by_partition.setdefault(record.partition, []).append(record)
                            found += 1
            except TooFar:
                complete = False
    except TooOld as gone:
        raise CursorTooOld from gone
    in_order = heapq.merge(*by_partition.values(), key=lambda record: record.timestamp_ms)
    resume = positions.write({topic: position.get(topic, ())})
    return EventPage([record.public() for record in in_order], None if complete else resume, resume)
