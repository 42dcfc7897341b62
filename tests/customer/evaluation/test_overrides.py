"""Overrides: asked for by one, decided by another, over by themselves."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.refusals import NotFound, RuleBroken, Stale
from chassis.testing import FakeUnitOfWork, a_manager, a_rep, run_in
from chassis.testing.principals import NORTH, SOUTH
from chassis.work import IfMatch
from contracts.events.customer import ScoreOverrideApproved, ScoreOverrideRejected, ScoreOverrideRequested
from contracts.values import OverrideStatus, Tier
from customer.erasure.erase_contact import EraseContact, erase_contact
from customer.erasure.model import Erased
from customer.evaluation.decide_override import ApproveOverride, RejectOverride, approve_override, reject_override
from customer.evaluation.overrides import (
    OverrideDecided,
    OverrideExpired,
    OverridePending,
    OwnRequest,
    ScoreOverride,
    holding_on,
)
from customer.evaluation.request_override import RequestOverride, request_override

from tests.customer.builders import TODAY, a_contact, day

UNTIL = day("2026-06-01")


async def requested(work: FakeUnitOfWork, **more: Any) -> ScoreOverride:
    body = {"subject": "account", "subject_id": "acc_A", "tier": "A", "reason": "A new wing opens", "expires_on": UNTIL}
    return await run_in(work.next(principal=a_rep(NORTH)), request_override, RequestOverride(**body | more))


async def approved(work: FakeUnitOfWork, override: ScoreOverride, **more: Any) -> ScoreOverride:
    step = work.next(principal=a_manager(NORTH))
    return await run_in(step, approve_override, ApproveOverride(override_id=override.id, **more))


async def test_an_override_holds_from_its_approval_until_it_expires(work: FakeUnitOfWork):
    override = await requested(work)
    assert (override.state, override.requested_by) == (OverrideStatus.REQUESTED, "emp_rep")
    assert not override.holds_on(TODAY)
    step = work.next(principal=a_manager(NORTH))
    override = await run_in(step, approve_override, ApproveOverride(override_id=override.id))
    assert [override.holds_on(day(on)) for on in ("2026-02-28", "2026-03-01", "2026-05-31", "2026-06-01")] == [
        False,
        True,
        True,
        False,
    ]
    (event,) = step.emitted
    assert isinstance(event, ScoreOverrideApproved)
    assert (event.override.tier, event.override.decided_by) == (Tier.A, "emp_manager")
    entries = work.journal()
    assert [entry["events"][0]["unit_paths"] for entry in entries] == [[NORTH], [NORTH]]
    assert "new wing" not in str(entries)


async def test_nobody_decides_the_own_request(work: FakeUnitOfWork):
    own = work.next(principal=a_manager(NORTH))
    body = {"subject": "account", "subject_id": "acc_A", "tier": "A", "reason": "x", "expires_on": UNTIL}
    override = await run_in(own, request_override, RequestOverride(**body))
    for use_case, command in (
        (approve_override, ApproveOverride(override_id=override.id)),
        (reject_override, RejectOverride(override_id=override.id, reason="x")),
    ):
        with pytest.raises(OwnRequest) as refused:
            await run_in(own.next(), use_case, command)
        assert refused.value.status == 403


async def test_an_override_is_decided_once_and_one_waits_at_a_time(work: FakeUnitOfWork):
    override = await requested(work)
    with pytest.raises(OverridePending):
        await requested(work, tier="B")
    step = work.next(principal=a_manager(NORTH))
    rejected = await run_in(step, reject_override, RejectOverride(override_id=override.id, reason="No"))
    assert [type(event) for event in step.emitted] == [ScoreOverrideRejected]
    assert (rejected.state, rejected.holds_on(TODAY)) == (OverrideStatus.REJECTED, False)
    with pytest.raises(OverrideDecided):
        await approved(work, override)
    await requested(work, tier="B")


async def test_scope_and_versions_are_kept(work: FakeUnitOfWork):
    override = await requested(work)
    with pytest.raises(NotFound):
        await run_in(work.next(principal=a_manager(SOUTH)), approve_override, ApproveOverride(override_id=override.id))
    with pytest.raises(NotFound):
        await requested(work, subject_id="acc_B")
    stale = work.next(principal=a_manager(NORTH), if_match=IfMatch(override.id, 7))
    with pytest.raises(Stale):
        await run_in(stale, approve_override, ApproveOverride(override_id=override.id))


async def test_what_has_expired_is_not_asked_for_nor_approved(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await requested(work, expires_on=TODAY)
    assert refused.value.code == "not_in_the_future"
    override = await requested(work, expires_on=TODAY + timedelta(days=1))
    work.clock.advance(timedelta(days=1))
    with pytest.raises(OverrideExpired):
        await approved(work, override)


async def test_of_several_overrides_the_one_approved_last_counts(work: FakeUnitOfWork):
    for tier in ("A", "C"):
        await approved(work, await requested(work, tier=tier))
        work.clock.advance(timedelta(hours=1))
    overrides = await work.next().survey(ScoreOverride, {})
    assert holding_on(overrides, TODAY)["acc_A"].tier is Tier.C
    assert holding_on(overrides, UNTIL) == {}


async def test_with_a_person_the_words_of_overrides_are_erased(work: FakeUnitOfWork):
    await work.given(a_contact())
    override = await requested(work, subject="contact", subject_id="con_1", reason="Dr Wang's new post")
    await approved(work, override, reason="Wang it is")
    await run_in(work.next(), erase_contact, EraseContact(contact_id="con_1", reason="asked for"))
    (found,) = await work.next().survey(ScoreOverride, {})
    assert (found.reason, found.decision_reason, found.tier) == (None, None, Tier.A)
    assert "Wang" not in str(work.fake.collections)
    with pytest.raises(Erased):
        await requested(work, subject="contact", subject_id="con_1")


async def test_a_request_is_told_to_those_who_see_the_subject(work: FakeUnitOfWork):
    step = work.next(principal=a_rep(NORTH))
    body = {"subject": "account", "subject_id": "acc_A", "tier": "B", "reason": "x", "expires_on": UNTIL}
    await run_in(step, request_override, RequestOverride(**body))
    (event,) = step.emitted
    assert isinstance(event, ScoreOverrideRequested)
    assert event.override.subject_id == "acc_A"
