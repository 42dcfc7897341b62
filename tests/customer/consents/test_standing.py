"""How a consent stands on a day, against a reading of the record line by line."""

from datetime import UTC, date, datetime, timedelta

import pytest
from contracts.values import ConsentAct, ConsentStanding
from customer.consents.model import ConsentEntry, ConsentWithdrawn, allowed, standing, with_entry
from hypothesis import given, settings
from hypothesis import strategies as st

START = date(2026, 1, 1)
DAYS = 12

entries = st.lists(
    st.tuples(
        st.sampled_from(ConsentAct),
        st.integers(0, DAYS - 1),
        st.one_of(st.none(), st.integers(1, 5)),
        st.sampled_from(["email", "sms"]),
    ),
    max_size=9,
)
Told = list[tuple[ConsentAct, int, int | None, str]]


def on(number: int) -> date:
    return START + timedelta(days=number)


def an_entry(act: ConsentAct, number: int, lasts: int | None = None, channel: str = "email") -> ConsentEntry:
    expires = on(number + lasts) if lasts and act is ConsentAct.OPT_IN else None
    return ConsentEntry(
        channel=channel,
        purpose="promotion",
        act=act,
        on=on(number),
        expires_on=expires,
        recorded=datetime(2026, 1, 1, tzinfo=UTC),
        by="emp_1",
    )


OPT_IN, WITHDRAWAL, REQUEST = ConsentAct.OPT_IN, ConsentAct.WITHDRAWAL, ConsentAct.REQUEST


@settings(max_examples=400, deadline=None)
@given(entries, st.integers(0, DAYS + 6))
def test_nobody_is_addressed_after_a_withdrawal_without_a_later_opt_in(told: Told, number: int):
    record = [an_entry(*one) for one in told]
    lines = [(position, *one) for position, one in enumerate(told) if one[3] == "email" and one[1] <= number]
    live = False
    last: tuple[int, int] | None = None
    for position, act, when, lasts, _ in lines:
        if act is not OPT_IN:
            continue
        overtaken = any(a is WITHDRAWAL and (p > position or w >= when) for p, a, w, _, _ in lines)
        if not overtaken and (last is None or (when, position) > last):
            last = (when, position)
            live = lasts is None or number < when + lasts
    assert allowed(record, "email", "promotion", on(number)) == live
    state = standing(record, "email", "promotion", on(number)).state
    acts = {act for _, act, _, _, _ in lines}
    if last is None and WITHDRAWAL in acts:
        assert state is ConsentStanding.WITHDRAWN
    elif last is None:
        assert state is (ConsentStanding.PENDING if acts else ConsentStanding.NONE)
    else:
        assert state in ({ConsentStanding.OPTED_IN} if live else {ConsentStanding.EXPIRED, ConsentStanding.PENDING})


@settings(max_examples=200, deadline=None)
@given(entries)
def test_adding_a_withdrawal_of_today_always_ends_it(told: Told):
    record = [*(an_entry(*one) for one in told), an_entry(WITHDRAWAL, DAYS)]
    assert not allowed(record, "email", "promotion", on(DAYS))
    assert standing(record, "email", "promotion", on(DAYS)).state is ConsentStanding.WITHDRAWN


def test_the_states_one_after_another():
    record = [an_entry(REQUEST, 1), an_entry(OPT_IN, 3, lasts=4), an_entry(WITHDRAWAL, 9)]
    states = [standing(record, "email", "promotion", on(number)).state.value for number in range(11)]
    assert states == ["none"] + ["pending"] * 2 + ["opted_in"] * 4 + ["expired"] * 2 + ["withdrawn"] * 2
    assert standing(record, "sms", "promotion", on(10)).state is ConsentStanding.NONE


def test_an_opt_in_of_the_same_day_or_of_before_does_not_undo_a_withdrawal():
    for number in (4, 5):
        assert not allowed([an_entry(WITHDRAWAL, 5), an_entry(OPT_IN, number)], "email", "promotion", on(6))
    assert allowed([an_entry(WITHDRAWAL, 5), an_entry(OPT_IN, 6)], "email", "promotion", on(6))


def test_a_withdrawal_that_becomes_known_late_wins_over_the_opt_in_that_was_recorded_before():
    record = [an_entry(OPT_IN, 6), an_entry(WITHDRAWAL, 2)]
    assert standing(record, "email", "promotion", on(8)).state is ConsentStanding.WITHDRAWN


def test_who_has_withdrawn_is_not_asked_again_and_may_consent_again():
    record = [an_entry(OPT_IN, 1), an_entry(WITHDRAWAL, 3)]
    with pytest.raises(ConsentWithdrawn) as refused:
        with_entry(record, an_entry(REQUEST, 4))
    assert (refused.value.status, refused.value.code) == (409, "consent_withdrawn")
    assert with_entry(record, an_entry(REQUEST, 4, channel="sms")) is not None
    assert allowed(with_entry(record, an_entry(OPT_IN, 4)) or [], "email", "promotion", on(4))


def test_the_same_said_twice_is_recorded_once():
    record = [an_entry(OPT_IN, 1)]
    assert with_entry(record, an_entry(OPT_IN, 1)) is None
    assert with_entry(record, an_entry(OPT_IN, 1, channel="sms")) is not None
