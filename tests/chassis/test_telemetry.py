"""One trace from the request through the journal and the topic to the reaction. On a real broker and database."""

import asyncio
import types
from collections.abc import Iterator

import pytest
from chassis.kafka import Kafka, ensure_topics
from chassis.reactions import reacts_to
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import a_steward
from chassis.testing.service import as_principal, running
from chassis.work import UnitOfWork
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from chassis import telemetry
from tests.chassis.http.notes_service import router
from tests.chassis.notes import Note, NoteWritten

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE_ID = int("0af7651916cd43dd8448eb211c80319c", 16)


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    spans = InMemorySpanExporter()
    set_up = telemetry.set_up
    monkeypatch.setattr(telemetry, "set_up", lambda *_: None)
    set_up("notes", processor=SimpleSpanProcessor(spans))
    yield spans
    telemetry.shut_down()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        TRACE.upper(),
        TRACE + "-extra",
        "ff" + TRACE[2:],
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
    ],
)
def test_a_trace_that_is_none_is_replaced_by_a_new_one(header: str | None):
    made = telemetry.accept_traceparent(header)
    assert made != header
    assert telemetry.accept_traceparent(made) == made


def test_without_an_exporter_the_trace_still_travels():
    assert telemetry.current_traceparent() is None
    with telemetry.span("outer", TRACE) as opened:
        assert not opened.is_recording()
        assert telemetry.current_traceparent() == TRACE
        with telemetry.span("inner"):
            assert telemetry.current_traceparent() == TRACE
    assert telemetry.current_traceparent() is None


def test_spans_lie_within_each_other(exporter: InMemorySpanExporter):
    with telemetry.span("outer", TRACE), telemetry.span("inner"):
        pass
    inner, outer = exporter.get_finished_spans()
    assert outer.context.trace_id == inner.context.trace_id == TRACE_ID
    assert outer.parent is not None
    assert outer.parent.span_id == int("b7ad6b7169203331", 16)
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id


@pytest.mark.stack
async def test_request_journal_event_and_reaction_are_one_trace(
    exporter: InMemorySpanExporter, database_uri: str, database_name: str, broker_address: str, topic_prefix: str
):
    reacted = asyncio.Event()
    traces: list[str | None] = []
    module = types.ModuleType("note_reactions")

    @reacts_to(NoteWritten)
    async def remember(event: NoteWritten, work: UnitOfWork) -> None:  # type: ignore[valid-type]
        traces.extend((work.cause.traceparent, telemetry.current_traceparent()))
        reacted.set()

    remember.__module__ = module.__name__
    module.remember = remember  # type: ignore[attr-defined]
    await ensure_topics(Kafka(broker_address, topic_prefix), ["test.note"])
    service = Service(name="test", settings=ServiceSettings, aggregates=[Note], routers=[router], reactions=[module])
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topic_prefix,
        relay=True,
        reactions=True,
    ) as client:
        answer = await client.post(
            "/api/v1/notes",
            json={"note_id": "nte_1", "text": "Wang"},
            headers={"traceparent": TRACE, **as_principal(a_steward())},
        )
        assert answer.status_code == 201
        async with asyncio.timeout(30):
            await reacted.wait()
    spans = {span.kind: span for span in exporter.get_finished_spans()}
    request, reaction = spans[SpanKind.SERVER], spans[SpanKind.CONSUMER]
    assert {request.context.trace_id, reaction.context.trace_id} == {TRACE_ID}
    assert {int(trace[3:35], 16) for trace in traces if trace} == {TRACE_ID}
    assert (reaction.parent and reaction.parent.span_id) == request.context.span_id
    assert request.name == "POST /notes"
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 201
    assert not any("Wang" in span.to_json() for span in exporter.get_finished_spans())


def test_the_kit_records_readable_spans(exporter: InMemorySpanExporter):
    with telemetry.span("one", attributes={"rows": 3}):
        pass
    (span,) = exporter.get_finished_spans()
    assert isinstance(span, ReadableSpan)
    assert dict(span.attributes or {}) == {"rows": 3}
