"""Traces: one W3C trace context through HTTP → journal → Kafka → reaction.

Without an exporter nothing is recorded, but the context still travels, so that logs and journal entries of one request
can be joined. With `OTEL_EXPORTER_OTLP_ENDPOINT` spans are recorded and sent in batches.
"""

import random
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

_FORMAT = re.compile(r"^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")
_PROPAGATOR = TraceContextTextMapPropagator()

_ids = random.Random()
"""Ids of traces must differ, not be hard to guess; the system's own source would cost two calls of it per request."""
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)
_provider: "TracerProvider | None" = None


def set_up(service: str, endpoint: str | None = None, processor: "SpanProcessor | None" = None) -> None:
    """Record spans and send them to an OTLP/HTTP endpoint (or to `processor`); without either only pass contexts on."""
    global _provider
    if processor is None and endpoint is None:
        return
    # Only here: the recording side holds 10 MB that a process without an exporter has no use for.
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    if processor is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=(endpoint or "").rstrip("/") + "/v1/traces"))
    _provider = TracerProvider(resource=Resource.create({"service.name": service}))
    _provider.add_span_processor(processor)


def shut_down() -> None:
    """Send what is recorded and stop recording."""
    global _provider
    if _provider is not None:
        _provider.shutdown()
        _provider = None


def current_traceparent() -> str | None:
    """The `traceparent` of the work at hand, or None outside of any."""
    return _current.get()


def accept_traceparent(header: str | None) -> str:
    """The caller's `traceparent` when it is well formed, else a fresh one."""
    if header is not None and _FORMAT.match(header):
        return header
    return f"00-{_ids.getrandbits(128) or 1:032x}-{_ids.getrandbits(64) or 1:016x}-01"


@contextmanager
def span(
    name: str,
    traceparent: str | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: dict[str, str | int] | None = None,
) -> Generator[Span, None, None]:
    """Work that belongs to the trace of `traceparent` (or of the surrounding span, or to a new trace).

    Attributes never carry personal data: ids, names of types and counts only.
    """
    parent = accept_traceparent(traceparent or _current.get())
    if _provider is None:
        token = _current.set(parent)
        try:
            yield trace.INVALID_SPAN
        finally:
            _current.reset(token)
        return
    context: Context = _PROPAGATOR.extract({"traceparent": parent})
    tracer = _provider.get_tracer("terrain")
    with tracer.start_as_current_span(name, context=context, kind=kind, attributes=attributes) as opened:
        own = opened.get_span_context()
        token = _current.set(f"00-{own.trace_id:032x}-{own.span_id:016x}-{int(own.trace_flags):02x}")
        try:
            yield opened
        finally:
            _current.reset(token)
