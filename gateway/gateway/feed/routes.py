"""HTTP of the feed: live, and by pages."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from chassis.http import Permission, Router
from chassis.logs import logger
from chassis.refusals import BadRequest
from fastapi import Header, Query, Request
from pydantic import BaseModel
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.feed.pages import NAMES, page_of_events
from gateway.routing.current import caller_of, gateway_of

router = Router(tags=["events"])
_log = logger("feed")


class EventOut(BaseModel):
    """An event as it lies on its topic. The pair (subject, sequence) is its identity: after a crash it may come twice."""

    id: str
    type: str
    topic: str
    subject: str
    sequence: int
    time: str
    data: dict[str, Any]


class EventPageOut(BaseModel):
    """Events, older first. `next` is null when there are no more for now; `resume` goes on from here at any later time."""

    items: list[EventOut]
    next: str | None
    resume: str


class FeedResponse(EventSourceResponse):
    """A stream that is cut when the client takes nothing."""

    def __init__(self, events: AsyncIterator[ServerSentEvent], *, send_timeout: float) -> None:
        super().__init__(events, ping=0, send_timeout=send_timeout, sep="\n")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the events end, the client goes, or it is too slow."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            _log.info("slow client cut")


@router.get(
    "/feed",
    permission=Permission.EVENTS_READ,
    streaming=True,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def get_feed(
    request: Request,
    topic: Annotated[list[str] | None, Query(description="Only these topics")] = None,
    last_event_id: Annotated[str | None, Header(max_length=8_000)] = None,
) -> FeedResponse:
    """Events in the caller's scope as they happen (server-sent events).

    `Last-Event-ID` goes on where a connection broke, up to 24 hours back; when that is not possible an event `reset`
    says so. The stream ends with the session, with an event `end`.
    """
    for name in topic or []:
        if name not in NAMES:
            raise BadRequest(f"topics are {', '.join(NAMES)}", code="unknown_topic", field="topic")
    gateway = gateway_of(request)
    events = gateway.feed.follow(caller_of(request), frozenset(topic) if topic else None, last_event_id)
    return FeedResponse(events, send_timeout=gateway.settings.feed_send_timeout_s)


@router.get(
    "/events",
    permission=Permission.EVENTS_READ,
    response_model=EventPageOut,
    refuses={410: "What follows the cursor is no longer kept"},
)
async def get_events(
    request: Request,
    topic: Annotated[str, Query(description="One topic", max_length=100)],
    after: Annotated[str | None, Query(max_length=8_000, description="`next` or `resume` of an earlier page")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Events of a topic in the caller's scope, from the beginning or from a cursor on."""
    gateway = gateway_of(request)
    page = await page_of_events(
        gateway.history,
        gateway.page_positions,
        caller_of(request).principal,
        topic=topic,
        after=after,
        limit=limit,
    )
    content = {"items": page.items, "next": page.next, "resume": page.resume}
    return Response(orjson.dumps(content), media_type="application/json")
