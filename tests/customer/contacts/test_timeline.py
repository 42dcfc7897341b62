"""The timeline of affiliations against a diary that is kept day by day: one set of employments for every day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from chassis.refusals import Refusal
from customer.contacts import timeline
from customer.contacts.affiliations import Affiliation, MoveBeforeStart, moved, primary_on
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.customer.builders import day

START = date(2026, 1, 1)
DAYS = 24
"""The last day stands for all that follow."""
TODAY = 8
PLACES = ["acc_A", "acc_B", "acc_C"]
ROLES = ["physician", "head", None]

places, roles, numbers = st.sampled_from(PLACES), st.sampled_from(ROLES), st.integers(0, DAYS - 2)
ends = st.one_of(st.none(), st.integers(1, DAYS - 1))
shares = st.sampled_from([20, 50, 80, 100])


def on(number: int) -> date:
    return START + timedelta(days=number)


def number_of(when: date | None) -> int:
    """The day's number; without an end it lasts beyond the last day."""
    return DAYS if when is None else (when - START).days


@dataclass
class Stay:
    """The oracle's employment: what it is, and the days on which it holds."""

    place: str
    role: str | None
    primary: bool
    share: int
    days: set[int]
    came_from: str | None = None

    @property
    def last(self) -> int:
        return max(self.days) + 1


Diary = dict[str, Stay]


def deserved(diary: Diary) -> set[str]:
    """What is wrong with a diary, looked at day by day; any of it may be the refusal."""
    wrong: set[str] = set()
    for number in range(DAYS):
        today = [stay for stay in diary.values() if number in stay.days]
        if sum(stay.primary for stay in today) > 1:
            wrong.add("two_primary_affiliations")
        if sum(stay.share for stay in today) > 100:
            wrong.add("shares_exceed_whole")
    return wrong


class Employments(RuleBasedStateMachine):
    """Any sequence of commands, on the timeline and in the diary."""

    def __init__(self) -> None:
        super().__init__()
        self.timeline: list[Affiliation] = []
        self.diary: Diary = {}
        self.numbers = count()

    @initialize(place=places, share=shares)
    def begin(self, place: str, share: int) -> None:
        first = Affiliation(id="aff_0", account_id=place, role=None, share=share, valid_from=on(2))
        self.timeline = timeline.affiliated([], first)
        self.diary = {"aff_0": Stay(place, None, True, share, set(range(2, DAYS)))}

    def attempt(self, act: Callable[[], Any]) -> str:
        """`done`, `unchanged` or the refusal's code."""
        before = list(self.timeline)
        try:
            after = act()
        except Refusal as refusal:
            assert self.timeline == before
            return refusal.code
        if after is None:
            return "unchanged"
        self.timeline = after
        return "done"

    def expect(self, outcome: str, diary: Diary) -> None:
        """The outcome that the changed diary deserves; it is kept when it is legal."""
        wanted = deserved(diary)
        if wanted:
            assert outcome in wanted
            return
        assert outcome == "done", outcome
        self.diary = diary

    def pick(self, choice: int) -> str:
        return sorted(self.diary)[choice % len(self.diary)]

    def fresh(self) -> str:
        """The id that the timeline has and the diary has not yet."""
        (new,) = {one.id for one in self.timeline} - self.diary.keys()
        return new

    @rule(place=places, role=roles, primary=st.booleans(), share=shares, start=numbers, end=ends)
    def take_up(self, place: str, role: str | None, primary: bool, share: int, start: int, end: int | None) -> None:
        new = Affiliation(
            id=f"aff_x{next(self.numbers)}",
            account_id=place,
            role=role,
            primary=primary,
            share=share,
            valid_from=on(start),
            valid_to=None if end is None else on(end),
        )
        outcome = self.attempt(lambda: timeline.affiliated(self.timeline, new))
        if end is not None and end <= start:
            assert outcome == "ends_before_it_starts"
            return
        days = set(range(start, DAYS if end is None else end))
        if start < min(min(stay.days) for stay in self.diary.values()):
            assert outcome == "before_first_affiliation"
        elif any(stay.place == place and stay.days & days for stay in self.diary.values()):
            assert outcome == "already_affiliated"
        else:
            self.expect(outcome, {**self.diary, new.id: Stay(place, role, primary, share, days)})

    @rule(choice=st.integers(0, 9), number=st.integers(0, DAYS - 1))
    def end(self, choice: int, number: int) -> None:
        identifier = self.pick(choice)
        stay = self.diary[identifier]
        outcome = self.attempt(lambda: timeline.ended(self.timeline, identifier, on(number)))
        if stay.last < DAYS and number == stay.last:
            assert outcome == "unchanged"
        elif number <= min(stay.days):
            assert outcome == "ends_before_it_starts"
        elif number >= stay.last:
            assert outcome == "affiliation_ended"
        else:
            kept = {each for each in stay.days if each < number}
            self.expect(outcome, {**self.diary, identifier: Stay(**{**vars(stay), "days": kept})})

    @rule(choice=st.integers(0, 9), role=roles, share=st.one_of(st.none(), shares), number=numbers)
    def change_role(self, choice: int, role: str | None, share: int | None, number: int) -> None:
        identifier = self.pick(choice)
        stay = self.diary[identifier]

        def act() -> list[Affiliation] | None:
            after = timeline.with_role(self.timeline, identifier, role=role, share=share, on=on(number))
            return after and after[0]

        outcome = self.attempt(act)
        changed = {"role": role, "share": share or stay.share}
        if number not in stay.days:
            assert outcome == "outside_affiliation"
        elif (stay.role, stay.share) == (changed["role"], changed["share"]):
            assert outcome == "unchanged"
        elif number == min(stay.days):
            self.expect(outcome, {**self.diary, identifier: Stay(**{**vars(stay), **changed})})
        else:
            before, after = {each for each in stay.days if each < number}, {e for e in stay.days if e >= number}
            identity = self.fresh() if outcome == "done" else "none"
            diary = {
                key: Stay(**{**vars(each), "came_from": identity if each.came_from == identifier else each.came_from})
                for key, each in self.diary.items()
            }
            diary[identifier] = Stay(**{**vars(diary[identifier]), "days": before})
            diary[identity] = Stay(**{**vars(stay), **changed, "days": after, "came_from": identifier})
            self.expect(outcome, diary)

    @rule(choice=st.integers(0, 9), share=st.one_of(st.none(), shares), start=st.one_of(st.none(), numbers), end=ends)
    def correct(self, choice: int, share: int | None, start: int | None, end: int | None) -> None:
        identifier = self.pick(choice)
        stay = self.diary[identifier]
        facts: dict[str, Any] = {"valid_to": None if end is None else on(end)}
        facts |= {} if share is None else {"share": share}
        facts |= {} if start is None else {"valid_from": on(start)}
        outcome = self.attempt(lambda: timeline.corrected(self.timeline, identifier, facts)[0])
        first, last = min(stay.days) if start is None else start, DAYS if end is None else end
        if last <= first:
            assert outcome == "ends_before_it_starts"
            return
        changed = {"share": share or stay.share, "days": set(range(first, last))}
        self.expect(outcome, {**self.diary, identifier: Stay(**{**vars(stay), **changed})})

    @rule(choice=st.integers(0, 9))
    def cancel(self, choice: int) -> None:
        identifier = self.pick(choice)
        stay = self.diary[identifier]
        outcome = self.attempt(lambda: timeline.cancelled(self.timeline, identifier, on(TODAY)))
        if min(stay.days) <= TODAY:
            assert outcome == "already_in_force"
        elif len(self.diary) == 1:
            assert outcome == "only_affiliation"
        else:
            before = self.diary.get(stay.came_from or "")
            adjacent = before is not None and before.last == min(stay.days)
            diary = {
                key: Stay(
                    **{
                        **vars(each),
                        "came_from": (stay.came_from if adjacent else None)
                        if each.came_from == identifier
                        else each.came_from,
                    }
                )
                for key, each in self.diary.items()
                if key != identifier
            }
            if adjacent and stay.came_from:
                diary[stay.came_from].days = diary[stay.came_from].days | stay.days
            self.expect(outcome, diary)

    @rule(place=places, number=numbers)
    @precondition(lambda self: any(stay.primary for stay in self.diary.values()))
    def move(self, place: str, number: int) -> None:
        current = next((k for k, s in self.diary.items() if s.primary and number in s.days), None)
        if current is not None and (self.diary[current].place, self.diary[current].role) == (place, "mover"):
            return

        def act() -> list[Affiliation]:
            return moved(
                self.timeline, account_id=place, department_id=None, role="mover", on=on(number), evidence=None
            )

        outcome = self.attempt(act)
        if current is None or number == min(self.diary[current].days):
            assert outcome == MoveBeforeStart.code
            return
        stay = self.diary[current]
        diary = {key: Stay(**vars(each)) for key, each in self.diary.items()}
        diary[current].days = {each for each in stay.days if each < number}
        after = next((k for k, s in self.diary.items() if s.primary and stay.last in s.days and k != current), None)
        rest = {each for each in stay.days if each >= number}
        if after is not None and (diary[after].place, diary[after].role) == (place, "mover"):
            diary[after].days = diary[after].days | rest
        else:
            identity = self.fresh() if outcome == "done" else "none"
            diary[identity] = Stay(place, "mover", True, stay.share, rest, current)
            if after is not None and diary[after].came_from == current:
                diary[after].came_from = identity
        self.expect(outcome, diary)

    @invariant()
    def every_day_is_as_the_diary_says(self) -> None:
        for number in range(DAYS):
            told = {
                (one.id, one.account_id, one.role, one.primary, one.share)
                for one in self.timeline
                if one.holds_on(on(number))
            }
            written = {
                (key, stay.place, stay.role, stay.primary, stay.share)
                for key, stay in self.diary.items()
                if number in stay.days
            }
            assert told == written
        assert {one.id: one.follows for one in self.timeline if one.follows in self.diary} == {
            key: stay.came_from for key, stay in self.diary.items() if stay.came_from in self.diary
        }
        assert self.timeline == sorted(self.timeline, key=lambda one: (one.valid_from, not one.primary, one.id))


TestEmployments = Employments.TestCase
TestEmployments.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)


def a_doctor() -> list[Affiliation]:
    return [Affiliation(id="aff_1", account_id="acc_A", role="physician", share=80, valid_from=day("2024-01-01"))]


def a_plan() -> list[Affiliation]:
    return moved(a_doctor(), account_id="acc_B", department_id=None, role=None, on=day("2026-09-01"), evidence="letter")


def test_a_cancelled_move_leaves_the_contact_where_it_was():
    plan = a_plan()
    assert timeline.cancelled(plan, plan[1].id, day("2026-08-31")) == a_doctor()


def test_a_move_that_has_come_into_force_cannot_be_cancelled():
    plan = a_plan()
    with pytest.raises(timeline.AlreadyInForce) as refused:
        timeline.cancelled(plan, plan[1].id, day("2026-09-01"))
    assert (refused.value.status, refused.value.code) == (409, "already_in_force")


def test_of_two_planned_moves_the_first_can_be_cancelled_and_the_second_still_comes():
    plan = moved(a_plan(), account_id="acc_C", department_id=None, role=None, on=day("2026-10-01"), evidence=None)
    left = timeline.cancelled(plan, plan[1].id, day("2026-03-01"))
    assert [(one.account_id, one.valid_from, one.valid_to) for one in left] == [
        ("acc_A", day("2024-01-01"), day("2026-10-01")),
        ("acc_C", day("2026-10-01"), None),
    ]
    assert left[1].follows == "aff_1"
    assert timeline.cancelled(left, left[1].id, day("2026-03-01")) == a_doctor()


def test_a_role_changes_at_the_same_place_and_keeps_the_share():
    after, later = timeline.with_role(a_doctor(), "aff_1", role="head", share=None, on=day("2026-01-01")) or ([], None)
    assert [(one.account_id, one.role, one.share, one.primary) for one in after] == [
        ("acc_A", "physician", 80, True),
        ("acc_A", "head", 80, True),
    ]
    assert (after[1], after[1].follows, primary_on(after, day("2026-01-01"))) == (later, "aff_1", later)


def test_a_role_on_the_first_day_is_a_correction():
    after, _ = timeline.with_role(a_doctor(), "aff_1", role="head", share=None, on=day("2024-01-01")) or ([], None)
    assert [(one.id, one.role) for one in after] == [("aff_1", "head")]


def test_an_affiliation_that_is_not_there_is_absent():
    for act in (
        lambda: timeline.ended(a_doctor(), "aff_9", day("2026-01-01")),
        lambda: timeline.cancelled(a_doctor(), "aff_9", day("2026-01-01")),
        lambda: timeline.corrected(a_doctor(), "aff_9", {}),
        lambda: timeline.with_role(a_doctor(), "aff_9", role=None, share=None, on=day("2026-01-01")),
    ):
        with pytest.raises(timeline.NoSuchAffiliation) as refused:
            act()
        assert refused.value.status == 404
