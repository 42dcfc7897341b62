"""Going on in the life cycle."""

import pytest
from chassis.refusals import NotFound, RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from contracts.events.customer import AccountStageChanged
from contracts.values import Stage
from customer.accounts.change_stage import ChangeStage, change_stage
from customer.accounts.life_cycle import IllegalTransition, StageBeforeLast

from tests.customer.builders import NOW, TODAY, day


def change(stage: str = "developing", account_id: str = "acc_A", **more: object) -> ChangeStage:
    return ChangeStage(account_id=account_id, stage=stage, reason="they called us", **more)


async def test_a_change_is_effective_today_and_tells_both_stages(work: FakeUnitOfWork):
    account = await run_in(work, change_stage, change())
    entry = account.stages[-1]
    assert (entry.stage, entry.on, entry.reason, entry.recorded) == (Stage.DEVELOPING, TODAY, "they called us", NOW)
    (event,) = work.emitted
    assert isinstance(event, AccountStageChanged)
    assert (event.from_stage, event.to_stage, event.on, event.account.stage) == (
        Stage.PROSPECT,
        Stage.DEVELOPING,
        TODAY,
        Stage.DEVELOPING,
    )
    journal = work.journal()[-1]
    assert (journal["valid_from"], journal["reason"]) == (TODAY.isoformat(), "they called us")


async def test_a_planned_change_does_not_hold_today(work: FakeUnitOfWork):
    account = await run_in(work, change_stage, change(on="2026-09-01"))
    assert account.stage_on(TODAY) is Stage.PROSPECT
    assert account.stage_on(day("2026-09-01")) is Stage.DEVELOPING
    assert work.emitted[0].account.stage is Stage.PROSPECT
    assert work.emitted[0].on == day("2026-09-01")


async def test_the_next_change_follows_the_planned_one(work: FakeUnitOfWork):
    await run_in(work, change_stage, change(on="2026-09-01"))
    with pytest.raises(StageBeforeLast):
        await run_in(work.next(), change_stage, change("active"))
    await run_in(work.next(), change_stage, change("active", on="2026-09-01"))


async def test_a_change_in_the_past_is_taken_when_nothing_follows_it(work: FakeUnitOfWork):
    account = await run_in(work, change_stage, change(on="2025-06-01"))
    assert account.stage_on(day("2025-05-31")) is Stage.PROSPECT
    assert account.stage_on(day("2025-06-01")) is Stage.DEVELOPING


@pytest.mark.parametrize("stage", ["prospect", "active", "dormant", "merged"])
async def test_a_prospect_does_not_jump(work: FakeUnitOfWork, stage: str):
    with pytest.raises(IllegalTransition) as refused:
        await run_in(work, change_stage, change(stage))
    assert refused.value.status == 409


@pytest.mark.parametrize("stage", list(Stage))
async def test_what_is_closed_stays_closed(work: FakeUnitOfWork, stage: Stage):
    with pytest.raises(IllegalTransition):
        await run_in(work, change_stage, change(stage, account_id="acc_C"))


async def test_a_plan_for_the_next_century_is_a_slip(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(work, change_stage, change(on="2126-01-01"))
    assert (refused.value.code, refused.value.violations[0].field) == ("too_far_ahead", "on")


async def test_an_institution_of_another_region_is_absent(work: FakeUnitOfWork):
    with pytest.raises(NotFound):
        await run_in(work.next(principal=a_manager()), change_stage, change(account_id="acc_B"))
