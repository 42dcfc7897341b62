"""Counting working days, and the policy as a document."""

import pytest
from chassis.refusals import RuleBroken, Stale
from chassis.testing import FakeUnitOfWork
from chassis.testing.fake import run_in
from customer.working_policy.model import Acceptance, WorkingPolicy, policy_of
from customer.working_policy.set_policy import SetPolicy, set_policy
from customer.working_policy.workdays import after_workdays

from tests.customer.builders import day


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-03-02", 0, "2026-03-02"),  # a Monday
        ("2026-03-02", 3, "2026-03-05"),
        ("2026-03-05", 2, "2026-03-09"),  # over a weekend
        ("2026-02-13", 1, "2026-02-14"),  # a Saturday that is worked
        ("2026-02-14", 1, "2026-02-24"),  # the spring festival
    ],
)
def test_weekends_and_holidays_are_not_counted_and_worked_weekends_are(start: str, count: int, due: str):
    holidays = {day(f"2026-02-{number}") for number in range(16, 24)}
    worked = {day("2026-02-14")}
    assert after_workdays(day(start), count, holidays=holidays, workdays=worked) == day(due)


async def test_before_one_is_set_nothing_is_accepted_by_rule(work: FakeUnitOfWork):
    policy = await policy_of(work)
    assert (policy.version, policy.acceptance.enabled) == (0, False)


async def test_a_policy_is_set_against_the_version_that_was_read(work: FakeUnitOfWork):
    first = await run_in(work, set_policy, SetPolicy(request_days=5, expected=0))
    assert first.request_days == 5
    with pytest.raises(Stale):
        await run_in(work.next(), set_policy, SetPolicy(request_days=6, expected=0))
    same = work.next()
    await run_in(same, set_policy, SetPolicy(request_days=5, expected=1))
    assert same.emitted == []


async def test_all_that_is_wrong_with_a_policy_is_told_at_once(work: FakeUnitOfWork):
    rule = Acceptance(fields=["account.unit_id", "contact.move", "account.beds"])
    both = [day("2026-10-01")]
    with pytest.raises(RuleBroken) as refused:
        await run_in(work, set_policy, SetPolicy(acceptance=rule, holidays=both, workdays=both))
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("acceptance.fields[0]", "field_needs_a_person"),
        ("acceptance.fields[1]", "field_needs_a_person"),
        ("workdays[0]", "both_holiday_and_workday"),
    ]


def test_a_policy_names_only_fields_of_a_subject():
    with pytest.raises(ValueError, match="pattern"):
        WorkingPolicy(id="wpo_company", acceptance=Acceptance(fields=["beds"]))
