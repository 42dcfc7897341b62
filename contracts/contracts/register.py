"""The customer register of any day, as it was known at any instant, rebuilt from the topics alone.

    register = Register()
    for record in …:                                          # of REGISTER_TOPICS, from the beginning, in any order
        envelope = decode_headers(record.headers)
        register.take(envelope, decode_event(envelope, record.value))
    view = register.at(date(2026, 3, 1))                      # what holds on that day, as it is known now
    view = register.at(date(2026, 3, 1), known_at=instant)    # … as it was known then

Two times are kept apart. A *business date* asks what held in the world on that day: every state carries whole timelines,
what is planned too. *Known at* asks what had been recorded by an instant: the last state recorded by then counts, later
corrections do not. The fold is pure; it needs no order, drops what comes twice and ignores events that it has no use for.
It is a register of facts: people's names and numbers, notes and reasons in words are on no topic.
"""

from bisect import insort
from dataclasses import dataclass, field
from datetime import date, datetime

from contracts.envelope import Envelope
from contracts.events import Event
from contracts.events.base import State
from contracts.events.customer import (
    AccountMerged,
    AccountState,
    AccountUnmerged,
    AlignmentState,
    ContactMerged,
    ContactState,
    ContactUnmerged,
    EmployeeState,
    LineState,
    UnitState,
)
from contracts.register_views import MergeEntry, View

REGISTER_TOPICS = (
    "customer.account",
    "customer.alignment",
    "customer.contact",
    "customer.employee",
    "customer.line",
    "customer.unit",
)
"""What has to be read for a whole register, every topic from its beginning."""

_STATES: dict[str, type[State]] = {
    "account": AccountState,
    "alignment": AlignmentState,
    "contact": ContactState,
    "employee": EmployeeState,
    "line": LineState,
    "unit": UnitState,
}
"""The field of an event that carries the state, and what it is."""


class Gap(ValueError):
    """Events of an aggregate are missing in between: its records have not all been read yet."""


@dataclass(frozen=True, order=True)
class _Version:
    sequence: int
    recorded_at: datetime = field(compare=False)
    state: State = field(compare=False)


class Register:
    """Everything that the customer service has told, version by version."""

    def __init__(self) -> None:
        self._seen: dict[str, set[int]] = {}
        self._versions: dict[str, list[_Version]] = {}
        self._merges: dict[str, list[tuple[int, Envelope, Event]]] = {}

    def take(self, envelope: Envelope, event: Event) -> bool:
        """Take in an event; False when it was there already or tells nothing that the register keeps."""
        if event.TOPIC not in REGISTER_TOPICS:
            return False
        seen = self._seen.setdefault(envelope.subject, set())
        if envelope.sequence in seen:
            return False
        seen.add(envelope.sequence)
        told = ((getattr(event, name, None), kind) for name, kind in _STATES.items())
        state = next((found for found, kind in told if isinstance(found, kind)), None)
        if state is None:
            return False
        version = _Version(envelope.sequence, envelope.recorded_at or envelope.time, state)
        insort(self._versions.setdefault(envelope.subject, []), version)
        if isinstance(event, AccountMerged | AccountUnmerged | ContactMerged | ContactUnmerged):
            self._merges.setdefault(event.merge_id, []).append((envelope.sequence, envelope, event))
        return True

    def check(self) -> None:
        """Make sure that nothing is missing in between. Raises: Gap."""
        for subject, seen in self._seen.items():
            if max(seen) != len(seen):
                raise Gap(f"events of {subject} are missing")

    def at(self, day: date, *, known_at: datetime | None = None) -> View:
        """The register on a business date, as it is known now or was known at an instant (which carries an offset)."""
        states: dict[str, State] = {}
        for subject, versions in self._versions.items():
            known = [one for one in versions if known_at is None or one.recorded_at <= known_at]
            if known:
                states[subject] = known[-1].state
        merges = [one for one in self._merged(known_at) if one.undone_at is None]
        return View(day, states, merges)

    def merges(self) -> list[MergeEntry]:
        """All merges, those that were undone too, in the order in which they were recorded."""
        return self._merged(None)

    def _merged(self, known_at: datetime | None) -> list[MergeEntry]:
        found: list[MergeEntry] = []
        for merge_id, told in self._merges.items():
            known = [
                (event, envelope.recorded_at or envelope.time)
                for _, envelope, event in sorted(told, key=lambda one: one[0])
                if known_at is None or (envelope.recorded_at or envelope.time) <= known_at
            ]
            merged = next(
                ((event, at) for event, at in known if isinstance(event, AccountMerged | ContactMerged)), None
            )
            if merged is None:
                continue
            event, at = merged
            kind, state = ("account", event.account) if isinstance(event, AccountMerged) else ("contact", event.contact)
            undone = next((at for event, at in known if isinstance(event, AccountUnmerged | ContactUnmerged)), None)
            merged_id = state.account_id if isinstance(state, AccountState) else state.contact_id
            found.append(MergeEntry(merge_id, kind, state.survivor_of or "", merged_id, event.on, at, undone))
        return sorted(found, key=lambda one: (one.merged_at, one.merge_id))
