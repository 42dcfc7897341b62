"""The history of affiliations against a calendar that a child could keep: one box per day."""

from datetime import date, timedelta

import pytest
from customer.contacts.affiliations import (
    Affiliation,
    MoveBeforeStart,
    SharesExceedWhole,
    TwoPrimaries,
    in_order,
    moved,
    primary_on,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.customer.builders import day

START = date(2026, 1, 1)
DAYS = 30
PLACES = ["acc_A", "acc_B", "acc_C"]
Move = tuple[str, int]

moves = st.lists(st.tuples(st.sampled_from(PLACES), st.integers(-3, DAYS - 1)), max_size=12)


def on(number: int) -> date:
    return START + timedelta(days=number)


class Calendar:
    """The oracle: where the contact works, day by day. A stay is a run of days at one place."""

    def __init__(self) -> None:
        self.boxes = ["acc_A"] * DAYS

    def move(self, to: str, number: int) -> str:
        """`moved`, `unchanged` or `refused`."""
        if number < 0:
            return "refused"
        if self.boxes[number] == to:
            return "unchanged"
        if number == 0 or self.boxes[number - 1] != self.boxes[number]:
            return "refused"
        left = self.boxes[number]
        while number < DAYS and self.boxes[number] == left:
            self.boxes[number] = to
            number += 1
        return "moved"


def first() -> list[Affiliation]:
    return [Affiliation(id="aff_1", account_id="acc_A", valid_from=START)]


def play(timeline: list[Affiliation], to: str, number: int) -> tuple[str, list[Affiliation]]:
    current = primary_on(timeline, on(number))
    if current is not None and current.is_at(to, None, None):
        return "unchanged", timeline
    try:
        return "moved", moved(timeline, account_id=to, department_id=None, role=None, on=on(number), evidence=None)
    except MoveBeforeStart:
        return "refused", timeline


@settings(max_examples=400, deadline=None)
@given(moves)
@example([("acc_B", 20), ("acc_B", 10)])
@example([("acc_B", 20), ("acc_C", 10), ("acc_B", 15)])
@example([("acc_B", 10), ("acc_A", 20), ("acc_C", 10)])
def test_any_sequence_of_moves_leaves_what_the_calendar_shows(sequence: list[Move]):
    calendar, timeline = Calendar(), first()
    for to, number in sequence:
        outcome, timeline = play(timeline, to, number)
        assert outcome == calendar.move(to, number)
        for asked in range(DAYS):
            holding = [one for one in timeline if one.primary and one.holds_on(on(asked))]
            assert [one.account_id for one in holding] == [calendar.boxes[asked]]
        assert primary_on(timeline, on(-1)) is None
        assert all(one.valid_to is None or one.valid_from < one.valid_to for one in timeline)
        assert [one.valid_to for one in timeline[:-1]] == [one.valid_from for one in timeline[1:]]


@settings(deadline=None)
@given(moves)
def test_a_stay_keeps_its_id_when_its_dates_change(sequence: list[Move]):
    timeline = first()
    for to, number in sequence:
        before = {one.id: one.account_id for one in timeline}
        _, timeline = play(timeline, to, number)
        after = {one.id: one.account_id for one in timeline}
        assert len(after) == len(timeline)
        assert all(after.get(identifier, place) == place for identifier, place in before.items())
        assert len(after.keys() - before.keys()) <= 1


def test_an_earlier_date_for_the_next_place_brings_it_forward():
    timeline = moved(first(), account_id="acc_B", department_id=None, role="head", on=on(20), evidence="letter")
    timeline = moved(timeline, account_id="acc_B", department_id=None, role="head", on=on(10), evidence="call")
    assert [(one.account_id, one.valid_from, one.valid_to) for one in timeline] == [
        ("acc_A", on(0), on(10)),
        ("acc_B", on(10), None),
    ]


def test_the_evidence_and_the_share_go_with_the_new_place():
    half = [first()[0].model_copy(update={"share": 50})]
    _, new = moved(half, account_id="acc_B", department_id="dep_B1", role="head", on=on(5), evidence="letter")
    assert (new.share, new.evidence, new.department_id, new.role) == (50, "letter", "dep_B1", "head")


def a_side_job(start: str, end: str | None, share: int = 20, primary: bool = False) -> Affiliation:
    return Affiliation(
        id=f"aff_{start}".replace("-", ""),
        account_id="acc_S",
        primary=primary,
        share=share,
        valid_from=day(start),
        valid_to=day(end) if end else None,
    )


def test_a_move_leaves_side_jobs_alone():
    half = first()[0].model_copy(update={"share": 50})
    side = a_side_job("2026-01-03", None)
    timeline = moved([half, side], account_id="acc_B", department_id=None, role=None, on=on(10), evidence=None)
    assert side in timeline
    assert primary_on(timeline, on(12)).account_id == "acc_B"


def test_two_primaries_at_one_instant_are_refused():
    with pytest.raises(TwoPrimaries):
        in_order([a_side_job("2026-01-01", None, primary=True), a_side_job("2026-06-01", "2026-06-02", primary=True)])


def test_primaries_may_follow_one_another():
    one, other = a_side_job("2026-01-01", "2026-06-01", primary=True), a_side_job("2026-06-01", None, primary=True)
    assert in_order([other, one]) == [one, other]


def test_shares_add_up_to_the_whole_at_most():
    whole = a_side_job("2026-01-01", None, share=80, primary=True)
    assert len(in_order([whole, a_side_job("2026-02-01", None, share=20)])) == 2
    with pytest.raises(SharesExceedWhole):
        in_order([whole, a_side_job("2026-02-01", "2026-02-02", share=21)])


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 100), st.integers(0, 9), st.integers(1, 10)), min_size=1, max_size=5
    )
)
def test_the_rules_hold_at_every_instant_or_the_timeline_is_refused(parts: list[tuple[bool, int, int, int]]):
    affiliations = [
        Affiliation(
            id=f"aff_{number}",
            account_id="acc_A",
            primary=primary,
            share=share,
            valid_from=on(start),
            valid_to=on(start + length),
        )
        for number, (primary, share, start, length) in enumerate(parts)
    ]
    together = [[one for one in affiliations if one.holds_on(on(number))] for number in range(20)]
    good = all(
        sum(one.primary for one in holding) <= 1 and sum(one.share for one in holding) <= 100 for holding in together
    )
    try:
        in_order(affiliations)
    except (TwoPrimaries, SharesExceedWhole):
        assert not good
    else:
        assert good
