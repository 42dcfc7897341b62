"""Reactions on a real broker and database: applied once and in order, or set aside; nothing else."""

import asyncio
from typing import Any

import pytest
from chassis.dead_letters import State, drop, list_dead_letters, request_redrive, show
from chassis.intake import Intake
from chassis.kafka import Message
from chassis.redrive import Redriver
from pymongo.errors import AutoReconnect

from chassis import progress, works
from tests.chassis.messages.stage import CONSUMER, LETTERS, TOPIC, Stage, until

pytestmark = pytest.mark.stack


async def settled(stage: Stage, reactions: Any, count: int) -> None:
    """Everything on the topic has been taken in: the group's offsets stand at the end."""

    def all_seen() -> bool:
        lag = reactions.lag()
        return sum(reactions._seen.values()) >= count and not sum(lag.values())

    await until(all_seen)


async def test_a_record_that_comes_again_is_dropped(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (1, 2, 1, 2, 2, 3, 1)])
    async with stage.reacting():
        await until(lambda: _sequence(stage, "nte_a", 3))
    assert await stage.kept("nte_a") == ["1", "2", "3"]
    assert await stage.letters() == []


async def test_an_event_that_is_ahead_parks_its_aggregate_until_the_missing_one_has_come(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (1, 3, 4)], stage.event("nte_b", 1))
    async with stage.reacting():
        await until(lambda: _letters(stage, 2))
        await until(lambda: _sequence(stage, "nte_b", 1))
        assert await stage.kept("nte_a") == ["1"]
        assert [(x["sequence"], x["error"]["kind"]) for x in await stage.letters()] == [(3, "gap"), (4, "follows")]
        await stage.send(stage.event("nte_a", 2), stage.event("nte_a", 5))
        await until(lambda: _unparked_at(stage, "nte_a", 5))
    assert await stage.kept("nte_a") == ["1", "2", "3", "4", "5"]
    assert await list_dead_letters(stage.reader) == []


async def test_a_shuffled_stream_ends_applied_once_and_in_order(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (2, 1, 4, 4, 3, 6, 5, 1, 6)])
    async with stage.reacting():
        await until(lambda: _unparked_at(stage, "nte_a", 6))
    assert await stage.kept("nte_a") == ["1", "2", "3", "4", "5", "6"]
    assert await list_dead_letters(stage.reader) == []


def poisons(stage: Stage) -> dict[str, Message]:
    """Records that are no events of ours, none of which may stop nte_a, whose next sequence is 2."""
    return {
        "a header that is not UTF-8": stage.record("nte_a", 2, ce_type=b"\xff\xfe"),
        "no headers": stage.record("nte_a", 2, headers=[]),
        "no sequence": stage.record("nte_a", 2, without="ce_sequence"),
        "a sequence that is no number": stage.record("nte_a", 2, ce_sequence=b"two"),
        "a sequence beyond all numbers": stage.record("nte_a", 10**19),
        "no type": stage.record("nte_a", 2, without="ce_type"),
        "a time that is none": stage.record("nte_a", 2, ce_time=b"yesterday"),
        "a time before all time": stage.record("nte_a", 9, ce_time=b"0001-01-01T00:00:00+14:00", value=b"{"),
        "another version of CloudEvents": stage.record("nte_a", 2, ce_specversion=b"0.3"),
        "a subject that is not the key": stage.record("nte_a", 2, key=b"nte_b"),
        "no key": stage.record("nte_a", 2, key=None),
        "no value and foreign headers": stage.record("nte_a", 2, value=None, headers=[("hello", b"world")]),
        "a source that does not own the topic": stage.record("nte_a", 2, ce_source=b"/terrain/customer"),
        "a type of another topic": stage.record("nte_a", 2, ce_type=b"customer.unit-created.v1"),
        "a reply address": stage.record("nte_a", 2, headers=[("reply_to", stage.kafka.topic(TOPIC).encode())]),
        "broken JSON of an old sequence": stage.record("nte_a", 1, value=b'{"note":'),
        "broken JSON far ahead": stage.record("nte_a", 900, value=b'{"note":'),
        "a huge value": stage.record("nte_a", 2, value=b"x" * 1_000_000, headers=[("a", b"b" * 1000)]),
    }


async def test_poison_is_set_aside_with_its_origin_and_the_partition_goes_on(stage: Stage):
    found = poisons(stage)
    await stage.send(stage.event("nte_a", 1))
    await stage.send(*found.values())
    await stage.send(stage.event("nte_a", 2))
    async with stage.reacting():
        await until(lambda: _unparked_at(stage, "nte_a", 2))
        await until(lambda: _letters(stage, len(found)))
    assert await stage.kept("nte_a") == ["1", "2"]
    letters = await stage.letters()
    assert {letter["error"]["kind"] for letter in letters} == {"undecodable"}
    assert {letter["state"] for letter in letters} == {"open"}
    copies = await stage.records(LETTERS)
    assert len(copies) == len(found)
    sent = {(record.partition, record.offset): record for record in await stage.records()}
    for copy in copies:
        told = dict(copy.headers)
        assert told["dl_topic"] == TOPIC.encode()
        origin = sent[int(told["dl_partition"]), int(told["dl_offset"])]
        assert told["dl_error"]
        if "dl_omitted" not in told:
            assert copy.value == origin.value
            assert list(copy.headers)[: len(origin.headers)] == list(origin.headers)
    for letter in letters:
        origin = sent[letter["partition"], letter["offset"]]
        assert (letter["value"], letter["key"]) == (origin.value, origin.key)
        assert [tuple(pair) for pair in letter["headers"]] == list(origin.headers)


@pytest.mark.parametrize("value", [b'{"note":', b"{}", None, b"\xff\xfe", b'{"note": {"note_id": 7, "text": []}}'])
async def test_a_broken_value_of_the_next_event_parks_its_aggregate_and_later_ones_follow(stage: Stage, value: Any):
    await stage.send(
        stage.event("nte_a", 1),
        stage.record("nte_a", 2, value=value),
        stage.event("nte_a", 3),
        stage.event("nte_b", 1),
        stage.event("nte_a", 4),
    )
    async with stage.reacting():
        await until(lambda: _letters(stage, 3))
        await until(lambda: _sequence(stage, "nte_b", 1))
        kinds = [(x["sequence"], x["error"]["kind"]) for x in await stage.letters()]
        assert kinds == [(2, "undecodable"), (3, "follows"), (4, "follows")]
        assert await stage.kept("nte_a") == ["1"]
        assert [dict(record.headers)["ce_sequence"][-1:] for record in await stage.records(LETTERS)] == [
            b"2",
            b"3",
            b"4",
        ]
        await stage.send(stage.event("nte_a", 2))  # the real one
        await until(lambda: _unparked_at(stage, "nte_a", 4))
    assert await stage.kept("nte_a") == ["1", "2", "3", "4"]
    assert [x["sequence"] for x in await list_dead_letters(stage.reader)] == [2]


async def test_a_broken_record_far_ahead_keeps_no_aggregate_parked(stage: Stage):
    await stage.send(
        stage.event("nte_a", 1),
        stage.record("nte_a", 2, value=b"{"),
        stage.record("nte_a", 900, value=b"{"),
        stage.event("nte_a", 2),
        stage.event("nte_a", 3),
    )
    async with stage.reacting():
        await until(lambda: _unparked_at(stage, "nte_a", 3))
    assert await stage.kept("nte_a") == ["1", "2", "3"]
    assert [letter["sequence"] for letter in await list_dead_letters(stage.reader)] == [2, 900]


async def test_giving_up_what_never_came_does_not_skip_to_a_broken_record_far_ahead(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (1, 4)], stage.record("nte_a", 900, value=b"{"))
    async with stage.reacting():
        await until(lambda: _letters(stage, 2))
        await request_redrive(stage.reader, "nte_a", by="op", why="lost for good", over_gap=True)
        await until(lambda: _unparked_at(stage, "nte_a", 4))
        await stage.send(stage.event("nte_a", 5))
        await until(lambda: _sequence(stage, "nte_a", 5))
    assert await stage.kept("nte_a") == ["1", "4", "5"]


async def test_giving_up_what_never_came_does_not_give_up_what_came_broken(stage: Stage):
    broken = stage.record("nte_a", 5, value=b"{")
    await stage.send(stage.event("nte_a", 1), stage.event("nte_a", 4), broken, stage.event("nte_a", 6))
    async with stage.reacting():
        await until(lambda: _letters(stage, 3))
        await request_redrive(stage.reader, "nte_a", by="op", why="lost for good", over_gap=True)
        await until(lambda: _parked_sequence(stage, "nte_a", 5))
    assert await stage.kept("nte_a") == ["1", "4"]


async def test_a_redrive_that_comes_to_a_broken_letter_names_it(stage: Stage):
    stage.fail = lambda note, sequence: KeyError("a bug") if sequence == 1 else None
    await stage.send(stage.event("nte_a", 1), stage.record("nte_a", 2, value=b"{"), stage.event("nte_a", 3))
    async with stage.reacting():
        await until(lambda: _letters(stage, 3))
        stage.fail = lambda note, sequence: None
        await request_redrive(stage.reader, "nte_a", by="op", why="fixed")
        await until(lambda: _parked_sequence(stage, "nte_a", 2))
        assert (await stage.progress("nte_a"))["parked"]["kind"] == "undecodable"
    assert await stage.kept("nte_a") == ["1"]


async def test_a_failing_reaction_is_tried_three_times_and_parks_its_aggregate(stage: Stage):
    tries: list[int] = []

    def fail(note: str, sequence: int) -> Exception | None:
        if note == "nte_a" and sequence == 2:
            tries.append(sequence)
            return KeyError("a bug")
        return None

    stage.fail = fail
    await stage.send(*[stage.event(note, n) for n in (1, 2, 3, 4) for note in ("nte_a", "nte_b")])
    async with stage.reacting():
        await until(lambda: _sequence(stage, "nte_b", 4))
        await until(lambda: _letters(stage, 3))
    assert len(tries) == 3
    assert await stage.kept("nte_a") == ["1"]
    letters = await stage.letters()
    assert [(x["sequence"], x["error"]["kind"]) for x in letters] == [(2, "handler"), (3, "follows"), (4, "follows")]
    assert "a bug" in letters[0]["error"]["detail"]
    parked = (await stage.progress("nte_a"))["parked"]
    assert (parked["kind"], parked["sequence"], parked["letters"]) == ("handler", 2, 3)


async def test_a_redrive_replays_in_order_and_unparks(stage: Stage):
    stage.fail = lambda note, sequence: KeyError("a bug") if (note, sequence) == ("nte_a", 2) else None
    await stage.send(*[stage.event("nte_a", n) for n in (1, 2, 3, 4)])
    async with stage.reacting():
        await until(lambda: _letters(stage, 3))
        assert await request_redrive(stage.reader, "nte_a", by="op", why="try") == [f"{CONSUMER}/{TOPIC}/nte_a"]
        await until(lambda: _no_request(stage, "nte_a"))
        assert await stage.kept("nte_a") == ["1"]  # the bug is still there
        assert (await stage.progress("nte_a"))["parked"]["kind"] == "handler"

        stage.fail = lambda note, sequence: KeyError("another") if (note, sequence) == ("nte_a", 3) else None
        await request_redrive(stage.reader, "nte_a", by="op", why="fixed")
        await until(lambda: _parked_sequence(stage, "nte_a", 3))
        assert await stage.kept("nte_a") == ["1", "2"]
        assert "another" in (await stage.progress("nte_a"))["parked"]["detail"]

        stage.fail = lambda note, sequence: None
        await stage.send(stage.event("nte_a", 5))
        await until(lambda: _letters(stage, 4))
        await request_redrive(stage.reader, "nte_a", by="op", why="fixed again")
        await until(lambda: _unparked_at(stage, "nte_a", 5))
        await stage.send(stage.event("nte_a", 6))
        await until(lambda: _sequence(stage, "nte_a", 6))
    assert await stage.kept("nte_a") == ["1", "2", "3", "4", "5", "6"]
    assert {x["state"] for x in await stage.letters()} == {"redriven"}


async def test_records_that_come_during_a_redrive_keep_their_order(stage: Stage):
    stage.fail = lambda note, sequence: KeyError("a bug") if sequence == 1 else None
    await stage.send(*[stage.event("nte_a", n) for n in range(1, 21)])
    async with stage.reacting():
        await until(lambda: _letters(stage, 20))
        stage.fail = lambda note, sequence: None
        await request_redrive(stage.reader, "nte_a", by="op", why="fixed")
        for n in range(21, 61):
            await stage.send(stage.event("nte_a", n))
        await until(lambda: _unparked_at(stage, "nte_a", 60), 30)
    assert await stage.kept("nte_a") == [str(n) for n in range(1, 61)]


async def test_a_record_that_comes_while_a_redrive_gives_up_waiting_for_it_unparks(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    stay, came = Redriver._stay, False

    async def let_it_come_first(*arguments: Any) -> None:
        nonlocal came
        if not came:
            came = True
            await stage.send(stage.event("nte_a", 2))
            await until(lambda: _sequence(stage, "nte_a", 2))
        await stay(*arguments)

    monkeypatch.setattr(Redriver, "_stay", let_it_come_first)
    await stage.send(stage.event("nte_a", 1), stage.record("nte_a", 2, value=b"{"))
    async with stage.reacting():
        await until(lambda: _letters(stage, 1))
        await request_redrive(stage.reader, "nte_a", by="op", why="try")
        await until(lambda: _unparked_at(stage, "nte_a", 2))
    assert came
    assert await stage.kept("nte_a") == ["1", "2"]


async def test_a_dropped_letter_is_skipped_and_what_waited_behind_it_is_replayed(stage: Stage):
    stage.fail = lambda note, sequence: KeyError("a bug") if sequence == 2 else None
    await stage.send(*[stage.event("nte_a", n) for n in (1, 2, 3)])
    async with stage.reacting():
        await until(lambda: _letters(stage, 2))
        (letter, _) = await stage.letters()
        await drop(stage.reader, letter["_id"], by="op", why="agreed with the office")
        await until(lambda: _unparked_at(stage, "nte_a", 3))
    assert await stage.kept("nte_a") == ["1", "3"]
    kept = await show(stage.reader, letter["_id"])
    assert kept is not None
    assert (kept["state"], kept["closed"]["by"], kept["closed"]["why"]) == (
        State.DROPPED,
        "op",
        "agreed with the office",
    )
    with pytest.raises(LookupError):
        await drop(stage.reader, letter["_id"], by="op", why="again")


async def test_an_operator_may_give_up_what_never_came(stage: Stage):
    await stage.send(*[stage.event("nte_a", n) for n in (1, 4, 5)])
    async with stage.reacting():
        await until(lambda: _letters(stage, 2))
        await request_redrive(stage.reader, "nte_a", by="op", why="look")
        await until(lambda: _no_request(stage, "nte_a"))
        assert await stage.kept("nte_a") == ["1"]
        await request_redrive(stage.reader, "nte_a", by="op", why="lost for good", over_gap=True)
        await until(lambda: _unparked_at(stage, "nte_a", 5))
    assert await stage.kept("nte_a") == ["1", "4", "5"]


async def test_while_the_infrastructure_is_away_nothing_is_set_aside_and_nothing_is_lost(stage: Stage):
    calls: list[int] = []

    def fail(note: str, sequence: int) -> Exception | None:
        calls.append(sequence)
        return AutoReconnect("the database is away") if len(calls) <= 6 else None

    stage.fail = fail
    await stage.send(*[stage.event("nte_a", n) for n in (1, 2, 3)])
    async with stage.reacting() as reactions:
        await until(lambda: reactions.paused)
        assert reactions.stuck() is None
        await until(lambda: _sequence(stage, "nte_a", 3), 30)
        assert not reactions.paused
    assert calls[:7] == [1] * 7
    assert await stage.kept("nte_a") == ["1", "2", "3"]
    assert await stage.letters() == []


async def test_records_that_together_take_longer_than_a_unit_may_are_taken_one_by_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(works, "_DEADLINE_S", 1.0)

    async def slow() -> None:
        await asyncio.sleep(0.3)

    stage.before_return = slow
    await stage.send(*[stage.event("nte_a", n) for n in range(1, 9)])
    async with stage.reacting():
        await until(lambda: _sequence(stage, "nte_a", 8))
    assert await stage.kept("nte_a") == [str(n) for n in range(1, 9)]


async def test_while_the_infrastructure_is_away_no_further_record_is_begun(stage: Stage):
    begun: list[str] = []

    def fail(note: str, sequence: int) -> Exception | None:
        begun.append(note)
        return AutoReconnect("the database is away") if len(begun) < 4 else None

    stage.fail = fail
    notes = [f"nte_{n}" for n in range(30)]
    await stage.send(stage.record("nte_x", 1, headers=[]), *[stage.event(note, 1) for note in notes])
    async with stage.reacting(stage.reactions(lanes=2)) as reactions:
        await until(lambda: reactions.paused)
        assert len(begun) <= 3
        for note in notes:
            await until(lambda note=note: _sequence(stage, note, 1), 30)
    assert len(await stage.letters()) == 1


async def test_a_worker_that_stops_in_the_middle_of_a_record_loses_nothing(stage: Stage):
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        reached.set()
        await never.wait()

    stage.before_return = hang
    await stage.send(*[stage.event(note, n) for n in (1, 2) for note in ("nte_a", "nte_b", "nte_c")])
    async with stage.reacting(stage.reactions(drain_s=0.2)):
        await asyncio.wait_for(reached.wait(), 15)
    assert await stage.kept("nte_a") == []
    stage.before_return = None
    async with stage.reacting():
        for note in ("nte_a", "nte_b", "nte_c"):
            await until(lambda note=note: _sequence(stage, note, 2))
    for note in ("nte_a", "nte_b", "nte_c"):
        assert await stage.kept(note) == ["1", "2"]


async def test_two_workers_share_the_partitions_and_apply_everything_once(stage: Stage):
    notes = [f"nte_{n}" for n in range(12)]
    async with stage.reacting():
        for sequence in (1, 2, 3):
            await stage.send(*[stage.event(note, sequence) for note in notes])
        async with stage.reacting():
            for sequence in (4, 5, 6):
                await stage.send(*[stage.event(note, sequence) for note in notes])
            for note in notes:
                await until(lambda note=note: _unparked_at(stage, note, 6), 40)
    for note in notes:
        assert await stage.kept(note) == ["1", "2", "3", "4", "5", "6"]
    assert await list_dead_letters(stage.reader) == []


async def test_without_the_progress_guard_repetition_would_show(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """The tests above can fail: with the guard planted away, a record that comes again is applied again."""
    at = 0

    async def forgetful(store: Any, key: progress.Key) -> progress.Progress:
        nonlocal at
        at += 1
        return progress.Progress(sequence=[0, 0, 1][at - 1])

    async def careless(*_: Any) -> None:
        return

    async def never_together(*_: Any) -> bool:
        return False

    monkeypatch.setattr(Intake, "take_together", never_together)
    monkeypatch.setattr(progress, "read", forgetful)
    monkeypatch.setattr(progress, "advance", careless)
    await stage.send(*[stage.event("nte_a", n) for n in (1, 1, 2)])
    async with stage.reacting():
        await until(lambda: len(stage.told) == 3)
    assert await stage.kept("nte_a") == ["1", "1", "2"]


async def test_without_the_progress_guard_a_batch_that_comes_again_would_show(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    async def forgetful(store: Any, keys: Any) -> dict[progress.Key, progress.Progress]:
        return {key: progress.Progress() for key in keys}

    async def careless(*_: Any) -> None:
        return

    monkeypatch.setattr(progress, "read_many", forgetful)
    monkeypatch.setattr(progress, "advance_many", careless)
    async with stage.reacting():
        await stage.send(*[stage.event("nte_a", n) for n in (1, 2)])
        await until(lambda: len(stage.told) == 2)
        await stage.send(*[stage.event("nte_a", n) for n in (1, 2)])
        await until(lambda: len(stage.told) == 4)
    assert await stage.kept("nte_a") == ["1", "2", "1", "2"]


async def test_a_batch_that_comes_again_changes_nothing(stage: Stage):
    async with stage.reacting():
        await stage.send(*[stage.event("nte_a", n) for n in (1, 2)])
        await until(lambda: len(stage.told) == 2)
        await stage.send(*[stage.event("nte_a", n) for n in (1, 2, 2, 3)])
        await until(lambda: _sequence(stage, "nte_a", 3))
    assert await stage.kept("nte_a") == ["1", "2", "3"]


async def _sequence(stage: Stage, note: str, sequence: int) -> bool:
    return (await stage.progress(note)).get("sequence") == sequence


async def _unparked_at(stage: Stage, note: str, sequence: int) -> bool:
    found = await stage.progress(note)
    return found.get("sequence") == sequence and "parked" not in found


async def _parked_sequence(stage: Stage, note: str, sequence: int) -> bool:
    parked = (await stage.progress(note)).get("parked", {})
    return parked.get("sequence") == sequence and "redrive" not in parked


async def _no_request(stage: Stage, note: str) -> bool:
    return "redrive" not in (await stage.progress(note)).get("parked", {})


async def _letters(stage: Stage, count: int) -> bool:
    return len(await stage.letters()) == count
