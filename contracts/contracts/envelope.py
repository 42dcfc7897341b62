"""The envelope: CloudEvents 1.0 in Kafka's binary content mode, headers `ce_*`, the value is the event as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from contracts.events import REGISTRY, Event

Headers = list[tuple[str, bytes]]


class Undecodable(ValueError):
    """A record that is no event of ours: a header is missing or broken, the type is unknown, the value does not fit."""


@dataclass(frozen=True)
class Envelope:
    """What the headers of a record say.

    `sequence` counts the events of one aggregate from 1 without gaps; consumers apply sequence n after n − 1 and drop
    what they have already applied. `unit_paths` and `lines` say who may see the event. `time` is when it happened by the
    business clock, `recorded_at` when the service came to know it: the instant that `known_at` of the interface compares.
    Records from before that was told do not have it.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int
    unit_paths: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    traceparent: str | None = None
    recorded_at: datetime | None = None

    def headers(self) -> Headers:
        """The record's headers."""
        pairs = [
            ("ce_specversion", "1.0"),
            ("ce_id", self.id),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_subject", self.subject),
            ("ce_time", _text_of(self.time)),
            ("ce_sequence", f"{self.sequence:020d}"),
            ("ce_unitpath", ",".join(self.unit_paths)),
            ("ce_line", ",".join(self.lines)),
            ("content-type", "application/json"),
        ]
        if self.recorded_at:
            pairs.append(("ce_recordedat", _text_of(self.recorded_at)))
        if self.traceparent:
            pairs.append(("traceparent", self.traceparent))
        return [(name, value.encode()) for name, value in pairs]


def decode_headers(headers: Sequence[tuple[str, bytes]] | None) -> Envelope:
    """Read an envelope from a record's headers.

    Raises: Undecodable.
    """
    texts: dict[str, str] = {}
    for name, raw in headers or ():
        try:
            texts[name] = (raw or b"").decode()
        except UnicodeDecodeError as broken:
            raise Undecodable(f"header {name} is not UTF-8") from broken
    missing = [n for n in ("ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_sequence") if not texts.get(n)]
    if missing:
        raise Undecodable(f"headers missing: {', '.join(missing)}")
    if texts.get("ce_specversion") != "1.0":
        raise Undecodable("ce_specversion is not 1.0")
    digits = texts["ce_sequence"]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20 and int(digits) >= 1):
        raise Undecodable(f"ce_sequence is not a positive number: {digits[:40]!r}")
    time, recorded_at = _instant(texts, "ce_time"), texts.get("ce_recordedat")
    return Envelope(
        id=texts["ce_id"],
        source=texts["ce_source"],
        type=texts["ce_type"],
        subject=texts["ce_subject"],
        time=time,
        recorded_at=_instant(texts, "ce_recordedat") if recorded_at else None,
        sequence=int(digits),
        unit_paths=tuple(p for p in texts.get("ce_unitpath", "").split(",") if p),
        lines=tuple(p for p in texts.get("ce_line", "").split(",") if p),
        traceparent=texts.get("traceparent") or None,
    )


def _instant(texts: dict[str, str], name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(texts[name])
    except ValueError as broken:
        raise Undecodable(f"{name} is not an RFC 3339 instant") from broken
    if instant.tzinfo is None:
        raise Undecodable(f"{name} has no offset")
    return instant


def _text_of(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def decode_event(envelope: Envelope, value: bytes | None) -> Event:
    """Read the event out of a record's value.

    Raises: Undecodable.
    """
    model = REGISTRY.get(envelope.type)
    if model is None:
        raise Undecodable(f"unknown event type {envelope.type[:100]!r}")
    if value is None:
        raise Undecodable("the record has no value")
    try:
        return model.model_validate_json(value)
    except ValidationError as broken:
        first = broken.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Undecodable(f"{envelope.type} does not fit its schema: {where}: {first['msg']}") from broken
