"""A record of a topic as a caller may see it: scope first, then only what is an event of ours."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from chassis.principal import Principal, covers
from contracts.envelope import Envelope, Undecodable, decode_event, decode_headers


class Record:
    """A record as it came from the broker; decoded when somebody first wants to see it.

    `topic` is the name in the contracts. Records that are no events of ours are seen by nobody.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        offset: int,
        timestamp_ms: int,
        headers: tuple[tuple[str, bytes], ...],
        value: bytes | None,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestamp_ms = timestamp_ms
        self.size = 200 + len(value or b"")
        """About how many bytes of memory it holds."""
        self._headers = headers
        self._value = value

    @cached_property
    def _event(self) -> "_Decoded | None":
        try:
            envelope = decode_headers(self._headers)
            decode_event(envelope, self._value)
        except Undecodable:
            return None
        return _Decoded(envelope, orjson.Fragment(self._value or b"null"))

    def visible_to(self, principal: Principal) -> bool:
        """True when one of the event's unit paths lies within one of the principal's, for one of its lines."""
        event = self._event
        if event is None:
            return False
        if principal.sees_everything:
            return True
        lines = event.envelope.lines
        if lines and "*" not in lines and "*" not in principal.lines and not set(lines) & set(principal.lines):
            return False
        return any(covers(path, row) for row in event.envelope.unit_paths for path in principal.paths)

    def public(self) -> dict[str, Any]:
        """What a caller is shown: id, type, topic, subject, sequence, time, data. Only of visible records."""
        event = self._event
        assert event is not None
        envelope = event.envelope
        return {
            "id": envelope.id,
            "type": envelope.type,
            "topic": self.topic,
            "subject": envelope.subject,
            "sequence": envelope.sequence,
            "time": envelope.time.isoformat().replace("+00:00", "Z"),
            "data": event.data,
        }


@dataclass(frozen=True, slots=True)
class _Decoded:
    envelope: Envelope
    data: orjson.Fragment
