"""Checking in."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.refusals import NotFound, RuleBroken, Stale
from chassis.testing import FakeUnitOfWork, a_manager, a_rep, run_in
from chassis.testing.principals import SOUTH
from chassis.work import IfMatch
from contracts.events.visits import VisitCheckedIn
from contracts.values import VisitState
from visits.visits.check_in_visit import CheckInVisit, check_in_visit
from visits.visits.check_out_visit import CheckOutVisit, check_out_visit
from visits.visits.entities import VisitFlag
from visits.visits.refusals import AnotherVisitOpen, NotTheAuthor

from tests.visits.builders import HOSPITAL_POINT, NOW, TODAY, a_visit, checked_in, north_of


def an_arrival(visit_id: str = "vis_1", **more: Any) -> CheckInVisit:
    fields: dict[str, Any] = {"at": NOW, "lat": HOSPITAL_POINT.lat, "lon": HOSPITAL_POINT.lon, "accuracy_m": 10}
    return CheckInVisit(visit_id=visit_id, **fields | more)


async def test_arriving_at_the_door_raises_no_flag(work: FakeUnitOfWork):
    await work.given(a_visit())
    visit = await run_in(work, check_in_visit, an_arrival())
    assert (visit.state, visit.visited_on, visit.distance_m, visit.allowed_m) == (VisitState.CHECKED_IN, TODAY, 0, 510)
    assert visit.flags == []
    assert [type(event) for event in work.emitted] == [VisitCheckedIn]


async def test_a_second_open_visit_is_refused_by_the_index_and_nothing_is_stored(work: FakeUnitOfWork):
    await work.given(a_visit("vis_1"))
    await work.given(a_visit("vis_2"))
    await run_in(work, check_in_visit, an_arrival("vis_1"))
    second = work.next()
    with pytest.raises(AnotherVisitOpen) as refused:
        await run_in(second, check_in_visit, an_arrival("vis_2"))
    assert refused.value.status == 409
    assert second.fake.rows("visits")["vis_2"]["state"] == VisitState.PLANNED


async def test_a_closed_visit_lets_the_next_begin(work: FakeUnitOfWork):
    await work.given(a_visit("vis_1"))
    await work.given(a_visit("vis_2"))
    await run_in(work, check_in_visit, an_arrival("vis_1"))
    await run_in(work.next(), check_out_visit, CheckOutVisit(visit_id="vis_1", at=NOW + timedelta(minutes=5)))
    visit = await run_in(work.next(), check_in_visit, an_arrival("vis_2", at=NOW + timedelta(minutes=6)))
    assert visit.state is VisitState.CHECKED_IN


async def test_the_last_check_out_before_the_arrival_is_what_speed_is_reckoned_from(work: FakeUnitOfWork):
    for name, minutes, metres in (("vis_far", 60, 200_000), ("vis_near", 30, 1_000)):
        await work.given(a_visit(name, planned_at=NOW))
        at = NOW - timedelta(minutes=minutes)
        there = north_of(HOSPITAL_POINT, metres)
        await run_in(work.next(), check_in_visit, an_arrival(name, at=at, lat=there.lat, lon=there.lon))
        await run_in(work.next(), check_out_visit, CheckOutVisit(visit_id=name, at=at))
    await work.given(a_visit("vis_1"))
    from_near = await check_in_visit(an_arrival("vis_1"), work.next())
    assert VisitFlag.TELEPORT not in from_near.flags
    away = work.fake.rows("visits").pop("vis_near")
    from_far = await check_in_visit(an_arrival("vis_1"), work.next())
    assert VisitFlag.TELEPORT in from_far.flags, "200 km in one hour"
    assert away["flags"][-1:] == [VisitFlag.TELEPORT], "198 km in half an hour"


async def test_a_device_too_far_ahead_is_refused(work: FakeUnitOfWork):
    await work.given(a_visit())
    with pytest.raises(RuleBroken) as refused:
        await check_in_visit(an_arrival(at=NOW + timedelta(minutes=16)), work)
    assert [(v.field, v.code) for v in refused.value.violations] == [("at", "device_time_ahead")]
    taken = await check_in_visit(an_arrival(at=NOW + timedelta(minutes=14)), work.next())
    assert VisitFlag.CLOCK_AHEAD in taken.flags


async def test_a_manager_sees_the_visit_and_may_not_change_it(work: FakeUnitOfWork):
    await work.given(a_visit())
    with pytest.raises(NotTheAuthor):
        await check_in_visit(an_arrival(), work.next(principal=a_manager()))


async def test_another_region_does_not_even_find_it(work: FakeUnitOfWork):
    await work.given(a_visit())
    with pytest.raises(NotFound):
        await check_in_visit(an_arrival(), work.next(principal=a_rep(path=SOUTH, employee_id="emp_rep2")))


async def test_a_stale_version_is_refused_when_it_is_sent(work: FakeUnitOfWork):
    await work.given(a_visit())
    with pytest.raises(Stale):
        await check_in_visit(an_arrival(), work.next(if_match=IfMatch("vis_1", 7)))
    assert await check_in_visit(an_arrival(), work.next(if_match=IfMatch("vis_1", 1)))


async def test_points_are_kept_with_the_visit_and_nowhere_in_the_journal(work: FakeUnitOfWork):
    await work.given(a_visit())
    await run_in(work, check_in_visit, an_arrival(lat=39.987654))
    assert work.fake.rows("visits")["vis_1"]["check_in_fix"]["point"]["lat"] == 39.987654
    assert "39.987654" not in str(work.journal())


async def test_checking_in_again_is_refused_before_anything_else(work: FakeUnitOfWork):
    await work.given(checked_in())
    with pytest.raises(Exception, match="cannot take check_in") as refused:
        await check_in_visit(an_arrival(at=NOW + timedelta(days=9)), work)
    assert refused.value.status == 409  # pyright: ignore
