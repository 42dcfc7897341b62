"""The outermost layer of a service, in plain ASGI: request id, trace, deadline, limits, counting, last resort."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.trace import Span, SpanKind, StatusCode
from prometheus_client import Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import metrics
from chassis.http.facts import SCOPE_KEY, RequestFacts, wait_of
from chassis.http.problems import MULTIPART, BodyTooLarge, problem_of
from chassis.ids import new_id
from chassis.logs import logger
from chassis.refusals import Unavailable
from chassis.telemetry import accept_traceparent, span

OPERATIONS = frozenset({"/livez", "/readyz", "/metrics"})
_REQUEST_ID = re.compile(r"^[0-9A-Za-z_.:-]{1,100}$")


class Overloaded(Unavailable):
    """Too many requests are in flight; nothing was done."""

    code = "overloaded"
    title = "Too many requests at the moment"


class ShuttingDown(Unavailable):
    """The process is being ended; nothing was done."""

    code = "shutting_down"
    title = "This process is shutting down"


@dataclass
class InFlight:
    """Counts the requests being answered, so that a process can refuse early and end without breaking any."""

    limit: int
    count: int = 0
    draining: bool = False
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self) -> None:
        """Take a place. Raises: Overloaded, ShuttingDown."""
        if self.draining:
            raise ShuttingDown(retry_after=1)
        if self.count >= self.limit:
            raise Overloaded(retry_after=1)
        self.count += 1

    def leave(self) -> None:
        """Give the place back."""
        self.count -= 1
        if self.count == 0:
            self._idle.set()

    async def drained(self, within_s: float) -> bool:
        """Take no more, and wait until all are answered; False when some are still running after `within_s`."""
        self.draining = True
        try:
            async with asyncio.timeout(within_s):
                while self.count:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True)
class Allowance:
    """More than other requests get: for a path that takes files."""

    method: str
    path: re.Pattern[str]
    max_body_bytes: int
    within_s: float


class EdgeMiddleware:
    """Wraps the application of a service."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        in_flight: InFlight,
        deadline_s: float,
        max_body_bytes: int,
        operations: frozenset[str] = OPERATIONS,
        allowances: Sequence[Allowance] = (),
    ) -> None:
        self._app = app
        self._service = service
        self._in_flight = in_flight
        self._deadline_s = deadline_s
        self._max_body = max_body_bytes
        self._allowances = allowances
        self._operations = operations
        self._histograms: dict[tuple[str, str, int], Histogram] = {}
        self._gauge = metrics.HTTP_IN_FLIGHT.labels(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in self._operations:
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        headers = _wanted(scope)
        deadline_s, max_body = self._limits(scope, headers)
        facts = RequestFacts(
            request_id=_request_id(headers.get(b"x-request-id")),
            traceparent=accept_traceparent(headers.get(b"traceparent", b"").decode("latin-1")),
            deadline=started + _patience(headers.get(b"x-deadline-ms"), deadline_s),
            wait_s=wait_of(headers.get(b"prefer", b"").decode("latin-1")),
        )
        scope[SCOPE_KEY] = facts
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", facts.request_id.encode())]
            await send(message)

        try:
            self._in_flight.enter()
        except Unavailable as refusal:
            metrics.HTTP_SHED.labels(self._service).inc()
            await problem_of(refusal, facts.request_id)(scope, receive, answer)
            self._observe(scope["method"], "shed", status, started)
            return
        self._gauge.set(self._in_flight.count)
        facts.release = _once(self._in_flight.leave)
        try:
            await self._answer(scope, _limited(receive, headers, max_body), answer, facts)
        finally:
            facts.release()
            self._gauge.set(self._in_flight.count)
            self._observe(scope["method"], facts.route, status, started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, facts: RequestFacts) -> None:
        begun = 0

        async def note(message: Message) -> None:
            nonlocal begun
            begun = begun or message["status"]
            await send(message)

        with span(scope["method"], facts.traceparent, kind=SpanKind.SERVER) as opened:
            try:
                await self._app(scope, receive, note)
            except ClientDisconnect:
                logger("http").info("client_went_away", request_id=facts.request_id, route=facts.route)
            except Exception as failure:
                if begun:
                    logger("http").error("answer_broken_off", request_id=facts.request_id, exc_info=failure)
                    raise
                await problem_of(failure, facts.request_id)(scope, receive, note)
            finally:
                if opened.is_recording():
                    _describe(opened, scope["method"], facts.route, begun)

    def _limits(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[float, int]:
        """Seconds and bytes for this request."""
        if headers.get(b"content-type", b"")[:19].lower() == MULTIPART.encode():
            for one in self._allowances:
                if one.method == scope["method"] and one.path.fullmatch(scope["path"]):
                    return one.within_s, one.max_body_bytes
        return self._deadline_s, self._max_body

    def _observe(self, method: str, route: str, status: int, started: float) -> None:
        key = (method, route, status)
        histogram = self._histograms.get(key)
        if histogram is None:
            histogram = metrics.HTTP_SECONDS.labels(self._service, method, route, str(status))
            self._histograms[key] = histogram
        histogram.observe(time.monotonic() - started)


def _patience(header: bytes | None, limit_s: float) -> float:
    """Seconds for a request: what the caller grants in `X-Deadline-Ms`, at most the process's own limit."""
    if header is not None and header.isdigit() and len(header) <= 9:
        return min(limit_s, int(header) / 1000)
    return limit_s


def _describe(opened: Span, method: str, route: str, status: int) -> None:
    """OpenTelemetry's semantic conventions for HTTP servers; the address itself is left out: it may name people."""
    opened.update_name(f"{method} {route}")
    opened.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status or 499}
    )
    if status >= 500:
        opened.set_status(StatusCode.ERROR)


def _once(action: Callable[[], None]) -> Callable[[], None]:
    done = False

    def act() -> None:
        nonlocal done
        if not done:
            done = True
            action()

    return act


_NAMES = frozenset({b"x-request-id", b"traceparent", b"x-deadline-ms", b"content-length", b"content-type", b"prefer"})


def _wanted(scope: Scope) -> dict[bytes, bytes]:
    pairs: list[tuple[bytes, bytes]] = scope["headers"]
    return {name: value for name, value in pairs if name in _NAMES}


def _request_id(header: bytes | None) -> str:
    text = (header or b"").decode("latin-1")
    return text if _REQUEST_ID.match(text) else new_id("req")


def _limited(receive: Receive, headers: dict[bytes, bytes], limit: int) -> Receive:
    """`receive` that refuses a body beyond `limit`, announced or not, as soon as the application reads it."""
    announced: Any = headers.get(b"content-length", b"0")
    too_large = announced.isdigit() and int(announced) > limit
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        if too_large:
            raise BodyTooLarge(f"at most {limit} bytes")
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge(f"at most {limit} bytes")
        return message

    return limited
