"""Order per aggregate, decided by the log alone."""

import itertools

from chassis.sequencing import Record, Sequencer
from contracts.envelope import Envelope
from hypothesis import given
from hypothesis import strategies as st

from tests.chassis.messages.stage import NOW
from tests.chassis.notes import NoteState, NoteWritten


def a_record(sequence: int, offset: int, *, note: str = "nte_a", partition: int = 0, at_ms: int = 0) -> Record:
    envelope = Envelope(f"evt_{offset}", "/terrain/test", NoteWritten.TYPE, note, NOW, sequence)
    event = NoteWritten(note=NoteState(note_id=note, text=str(sequence)))
    return Record(envelope, event, "test.note", partition, offset, at_ms)


def sequences(records: list[Record]) -> list[int]:
    return [record.envelope.sequence for record in records]


def test_what_was_applied_before_is_dropped():
    sequencer = Sequencer()
    ready, reached = sequencer.order([a_record(2, 0), a_record(3, 1)], {"nte_a": 2})
    assert sequences(ready) == [3]
    assert reached == {"nte_a": 3}
    assert sequencer.duplicates == 1


def test_what_is_ahead_is_held_until_the_missing_one_has_come_and_its_offset_is_not_passed():
    sequencer = Sequencer()
    assert sequencer.order([a_record(1, 0), a_record(3, 1), a_record(4, 2)], {})[0] == [a_record(1, 0)]
    assert sequencer.barrier(("test.note", 0)) == 1
    ready, reached = sequencer.order([a_record(2, 3)], {"nte_a": 1})
    assert sequences(ready) == [2, 3, 4]
    assert reached == {"nte_a": 4}
    assert sequencer.barrier(("test.note", 0)) is None


def test_other_aggregates_pass_a_held_one():
    sequencer = Sequencer()
    ready, _ = sequencer.order([a_record(2, 0), a_record(1, 1, note="nte_b")], {})
    assert [record.envelope.subject for record in ready] == ["nte_b"]


def test_a_missing_event_is_given_up_when_the_log_has_gone_on_for_long():
    sequencer = Sequencer(patience_ms=1000)
    sequencer.order([a_record(2, 0, at_ms=0)], {})
    assert sequencer.order([a_record(1, 1, note="nte_b", at_ms=1000)], {})[0] != []
    ready, reached = sequencer.order([a_record(2, 2, note="nte_b", at_ms=1001)], {"nte_b": 1})
    assert [(r.envelope.subject, r.envelope.sequence) for r in ready] == [("nte_a", 2), ("nte_b", 2)]
    assert reached == {"nte_a": 2, "nte_b": 2}
    assert sequencer.given_up == 1


def test_a_missing_event_is_given_up_after_many_records():
    sequencer = Sequencer(longest=10)
    sequencer.order([a_record(2, 0)], {})
    ready, _ = sequencer.order([a_record(1, 11, note="nte_b")], {})
    assert sequences(ready) == [2, 1]


@given(
    order=st.permutations([1, 2, 3, 4, 5]),
    doubled=st.lists(st.sampled_from([1, 2, 3, 4, 5]), max_size=4),
    cuts=st.lists(st.integers(0, 9), max_size=3),
)
def test_any_order_with_duplicates_in_any_batches_is_applied_once_and_in_order(
    order: list[int], doubled: list[int], cuts: list[int]
):
    log = [a_record(sequence, offset) for offset, sequence in enumerate([*order, *doubled])]
    sequencer, progress, applied = Sequencer(), {}, []
    edges = [0, *sorted(cuts), len(log)]
    for start, end in itertools.pairwise(edges):
        ready, reached = sequencer.order(log[start:end], progress)
        applied += sequences(ready)
        progress.update(reached)
    assert applied == [1, 2, 3, 4, 5]
    assert sequencer.barrier(("test.note", 0)) is None
