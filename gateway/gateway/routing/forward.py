"""Passing a request on to a service and its answer back, both while they arrive."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
from chassis.http.facts import SCOPE_KEY, RequestFacts
from chassis.telemetry import current_traceparent
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from gateway.routing.headers import inwards, outwards
from gateway.routing.internal_tokens import InternalTokens
from gateway.routing.refusals import AnswerLost
from gateway.routing.upstream import Headers, StreamedBody, Upstream
from gateway.sessions.identify import Caller

_AT_ONCE = 64 * 1024
"""Answers up to this size are read as a whole: one message instead of many."""
_MARGIN_S = 0.1
"""Kept back for the way home, so that a service that is late can say so itself."""


class Forwarder:
    """Sends requests of signed-in callers to services."""

    def __init__(self, upstreams: dict[str, Upstream], tokens: InternalTokens) -> None:
        self._upstreams = upstreams
        self._tokens = tokens

    async def forward(self, service: str, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with what the service says, before the deadline and what the caller wants to wait beyond it.

        Raises: what `Upstream.send` raises, as long as nothing was answered.
        """
        facts: RequestFacts = scope[SCOPE_KEY]
        headers = inwards(scope["headers"])
        body = await _body(scope, receive, headers)
        headers += self.context(caller, service, facts, facts.deadline)
        target = scope["raw_path"].decode("latin-1")
        if query := scope["query_string"]:
            target += "?" + query.decode("latin-1")
        until = facts.deadline + facts.wait_s
        answer = await self._upstreams[service].send(scope["method"], target, headers, body, deadline=until)
        try:
            await _pass_back(answer, service, scope["method"], send)
        except BaseException:
            answer.close()
            raise
        answer.release()

    async def read(
        self, service: str, caller: Caller, facts: RequestFacts, target: str, *, deadline: float, largest: int
    ) -> tuple[int, bytes]:
        """Status and body of a GET that the gateway itself sends for the caller, within the deadline.

        Raises: as `Upstream.send`; AnswerLost when the body is larger than `largest`.
        """
        headers = [("Accept", "application/json"), *self.context(caller, service, facts, deadline)]
        answer = await self._upstreams[service].send("GET", target, headers, deadline=deadline)
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                body = await answer.content.read(largest + 1)
                while len(body) <= largest and (more := await answer.content.read(largest + 1 - len(body))):
                    body += more
        except (aiohttp.ClientError, TimeoutError) as failure:
            answer.close()
            raise AnswerLost(f"the answer of {service} did not arrive", retry_after=1) from failure
        if len(body) > largest:
            answer.close()
            raise AnswerLost(f"the answer of {service} is too large")
        answer.release()
        return answer.status, body

    def context(self, caller: Caller, service: str, facts: RequestFacts, deadline: float) -> Headers:
        """What the gateway itself tells a service: who asks, in which trace, until when (on `time.monotonic()`)."""
        remaining = max(0.0, deadline - time.monotonic() - _MARGIN_S)
        return [
            ("Authorization", "Bearer " + self._tokens.token(caller.person, service)),
            ("X-Request-Id", facts.request_id),
            ("traceparent", current_traceparent() or facts.traceparent),
            ("X-Deadline-Ms", str(int(remaining * 1000))),
        ]


async def _body(scope: Scope, receive: Receive, headers: Headers) -> bytes | StreamedBody | None:
    announced: bytes | None = None
    chunked = False
    for name, value in scope["headers"]:
        if name == b"content-length":
            announced = value
        elif name == b"transfer-encoding":
            chunked = True
    if announced is None and not chunked:
        return None
    first = await receive()
    if first["type"] == "http.disconnect":
        raise ClientDisconnect
    if not first.get("more_body", False):
        return first.get("body", b"")
    if announced is not None:
        headers.append(("Content-Length", announced.decode("latin-1")))
    return StreamedBody(_parts(first, receive))


async def _parts(first: Message, receive: Receive) -> AsyncIterator[bytes]:
    message = first
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if body := message.get("body", b""):
            yield body
        if not message.get("more_body", False):
            return
        message = await receive()


async def _pass_back(answer: aiohttp.ClientResponse, service: str, method: str, send: Send) -> None:
    start: Message = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": outwards(answer.raw_headers),
    }
    length = answer.content_length
    if method == "HEAD" or answer.status in (204, 304):
        await send(start)
        await send({"type": "http.response.body", "body": b""})
    elif length is not None and length <= _AT_ONCE:
        try:
            body = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as failure:
            raise AnswerLost(f"the connection to {service} broke", retry_after=1) from failure
        await send(start)
        await send({"type": "http.response.body", "body": body})
    else:
        await send(start)
        async for part in answer.content.iter_any():
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
