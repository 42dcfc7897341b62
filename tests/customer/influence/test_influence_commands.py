"""Recording, confirming and ending influences."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.refusals import NotFound, RuleBroken
from chassis.testing import FakeUnitOfWork, run_in
from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import InfluenceConfirmed, InfluenceEnded, InfluenceRecorded
from customer.influence.confirm_influence import ConfirmInfluence, confirm_influence
from customer.influence.decay import FADED, HALF_LIFE_DAYS
from customer.influence.end_influence import EndInfluence, end_influence
from customer.influence.model import AlreadyConnected, EndsBeforeItStarts, Influence, NotInForce, OnOneself
from customer.influence.record_influence import RecordInfluence, record_influence
from pydantic import ValidationError

from tests.customer.builders import TODAY, a_contact, day


@pytest.fixture
async def placed(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """The unit with a doctor in the north and one in the south."""
    await work.given(a_contact())
    await work.given(a_contact("con_2", at="acc_B", path=SOUTH))
    return work.next()


def an_influence(**more: Any) -> RecordInfluence:
    facts = {"from_contact_id": "con_1", "to_contact_id": "con_2", "type": "teaches", "strength": 4, "source": "survey"}
    return RecordInfluence(**(facts | more))


async def recorded(work: FakeUnitOfWork, **more: Any) -> Influence:
    return await run_in(work, record_influence, an_influence(**more))


async def test_an_influence_is_told_to_both_regions_without_the_words_of_its_source(placed: FakeUnitOfWork):
    influence = await recorded(placed, source="Dr Wang told us", valid_from="2026-01-01")
    (event,) = placed.emitted
    assert isinstance(event, InfluenceRecorded)
    assert (event.influence.influence_id, event.influence.strength) == (influence.id, 4)
    (entry,) = placed.journal()
    assert entry["events"][0]["unit_paths"] == [NORTH, SOUTH]
    assert "Dr Wang" not in str(entry)


@pytest.mark.parametrize("strength", [0, 6])
def test_strength_is_from_one_to_five(strength: int):
    with pytest.raises(ValidationError):
        an_influence(strength=strength)


async def test_what_is_no_influence(placed: FakeUnitOfWork):
    with pytest.raises(OnOneself) as refused:
        await recorded(placed.next(), to_contact_id="con_1")
    assert (refused.value.status, refused.value.violations[0].field) == (422, "to_contact_id")
    with pytest.raises(EndsBeforeItStarts):
        await recorded(placed.next(), valid_from="2026-01-01", valid_to="2026-01-01")
    with pytest.raises(RuleBroken) as unknown:
        await recorded(placed.next(), from_contact_id="con_8", to_contact_id="con_9", valid_from="2126-01-01")
    assert [(one.field, one.code) for one in unknown.value.violations] == [
        ("from_contact_id", "unknown_reference"),
        ("to_contact_id", "unknown_reference"),
        ("valid_from", "too_far_ahead"),
    ]


async def test_an_influence_is_recorded_once_until_it_has_ended(placed: FakeUnitOfWork):
    influence = await recorded(placed, valid_from="2026-01-01")
    with pytest.raises(AlreadyConnected) as refused:
        await recorded(placed.next())
    assert refused.value.status == 409
    await recorded(placed.next(), from_contact_id="con_2", to_contact_id="con_1")
    await recorded(placed.next(), type="refers_to")
    step = placed.next()
    ended = await run_in(step, end_influence, EndInfluence(influence_id=influence.id, on=TODAY, reason="retired"))
    assert (ended.holds_on(TODAY), ended.effective_on(TODAY)) == (False, 0.0)
    assert [type(event) for event in step.emitted] == [InfluenceEnded]
    await recorded(placed.next())


async def test_an_influence_halves_in_a_year_unless_it_is_confirmed(placed: FakeUnitOfWork):
    influence = await recorded(placed, valid_from="2025-03-01")
    assert influence.effective_on(day("2025-03-01")) == 4.0
    assert influence.effective_on(TODAY) == pytest.approx(2.0)
    step = placed.next()
    confirmed = await run_in(step, confirm_influence, ConfirmInfluence(influence_id=influence.id))
    assert confirmed.effective_on(TODAY) == 4.0
    assert confirmed.effective_on(TODAY - timedelta(days=1)) < 2.01
    (event,) = step.emitted
    assert isinstance(event, InfluenceConfirmed)
    assert (event.influence.confirmed_on, event.influence.strength) == (TODAY, 4)
    stronger = ConfirmInfluence(influence_id=influence.id, strength=5)
    assert (await run_in(step.next(), confirm_influence, stronger)).effective_on(TODAY) == 5.0
    again = step.next()
    await run_in(again, confirm_influence, stronger)
    assert again.emitted == []


async def test_confirmations_of_the_past_count_in_the_order_of_their_dates(placed: FakeUnitOfWork):
    influence = await recorded(placed, valid_from="2025-01-01")
    for on, strength in (("2026-01-01", 2), ("2025-06-01", 5)):
        await run_in(
            placed.next(), confirm_influence, ConfirmInfluence(influence_id=influence.id, on=on, strength=strength)
        )
    found = await placed.next().get(Influence, influence.id)
    assert [found.confirmed_by(day(on)).strength for on in ("2025-02-01", "2025-07-01", "2026-02-01")] == [4, 5, 2]


async def test_what_cannot_be_confirmed(placed: FakeUnitOfWork):
    influence = await recorded(placed, valid_from="2026-01-01")
    with pytest.raises(NotInForce):
        await run_in(
            placed.next(), confirm_influence, ConfirmInfluence(influence_id=influence.id, on=day("2025-12-31"))
        )
    tomorrow = ConfirmInfluence(influence_id=influence.id, on=TODAY + timedelta(days=1))
    with pytest.raises(RuleBroken) as refused:
        await run_in(placed.next(), confirm_influence, tomorrow)
    assert refused.value.code == "in_the_future"
    with pytest.raises(NotFound):
        await run_in(placed.next(), confirm_influence, ConfirmInfluence(influence_id="inf_9"))


def test_the_weakest_influence_has_faded_after_one_half_life():
    weakest = Influence(
        id="inf_1", from_contact_id="con_1", to_contact_id="con_2", type="x", strength=1, valid_from=day("2024-01-01")
    )
    last = day("2024-01-01") + timedelta(days=HALF_LIFE_DAYS)
    assert weakest.effective_on(last) == FADED
    assert weakest.effective_on(last + timedelta(days=1)) < FADED
