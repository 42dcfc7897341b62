"""Rules on the values that a visit is given."""

from datetime import timedelta

import pytest
from contracts.values import GeoPoint
from visits.visits.entities import Drop, Fix, PlacedFix
from visits.visits.rules import (
    LOOK_BACK,
    device_time,
    drops_to_attendees,
    no_repeats,
    not_before,
    sane_instant,
    too_fast,
)

from tests.visits.builders import HOSPITAL_POINT, NOW, north_of

SECOND = timedelta(seconds=1)


def test_an_instant_more_than_two_years_away_is_absurd():
    assert not list(sane_instant("planned_at", NOW + timedelta(days=731), NOW))
    assert not list(sane_instant("planned_at", NOW - timedelta(days=731), NOW))
    for at in (NOW + timedelta(days=731) + SECOND, NOW - timedelta(days=731) - SECOND):
        assert [(v.code, v.field) for v in sane_instant("planned_at", at, NOW)] == [("absurd_date", "planned_at")]


def test_a_device_may_be_fifteen_minutes_ahead_and_no_more():
    assert not list(device_time("at", NOW + timedelta(minutes=15), NOW))
    late = list(device_time("at", NOW + timedelta(minutes=15) + SECOND, NOW))
    assert [v.code for v in late] == ["device_time_ahead"]


def test_the_same_instant_does_not_lie_before():
    assert not list(not_before("out_before_in", "at", NOW, NOW))
    assert not list(not_before("out_before_in", "at", NOW, None))
    assert [v.code for v in not_before("out_before_in", "at", NOW - SECOND, NOW)] == ["out_before_in"]


def test_every_repetition_is_named_at_its_place():
    assert [v.field for v in no_repeats("attendees", ["a", "b", "a", "a"])] == ["attendees[2]", "attendees[3]"]
    assert [v.field for v in no_repeats("products[].product", ["p", "p"])] == ["products[1].product"]


def test_materials_go_to_attendees_only():
    drops = [Drop(lot_id="lot_1", contact_id="con_1", quantity=1), Drop(lot_id="lot_1", contact_id="con_2", quantity=1)]
    assert [v.field for v in drops_to_attendees(drops, ["con_1"])] == ["materials[1].contact_id"]


@pytest.mark.parametrize(("metres", "flagged"), [(149_000, False), (151_000, True)])
def test_faster_than_150_kmh_is_too_fast(metres: float, flagged: bool):
    assert too_fast(_fix(HOSPITAL_POINT), _fix(north_of(HOSPITAL_POINT, metres), after=timedelta(hours=1))) is flagged


def test_uncertainty_of_both_fixes_is_taken_off_the_distance():
    here, there = _fix(HOSPITAL_POINT, accuracy=60), _fix(north_of(HOSPITAL_POINT, 110), accuracy=60)
    assert not too_fast(here, there), "two visits in one building, one second apart, are no teleport"
    assert too_fast(_fix(HOSPITAL_POINT), _fix(north_of(HOSPITAL_POINT, 110), after=SECOND))


def _fix(point: GeoPoint, *, after: timedelta = timedelta(0), accuracy: float = 0) -> PlacedFix:
    return PlacedFix(at=NOW + after, fix=Fix(point=point, accuracy_m=accuracy))


def test_nobody_is_too_fast_for_the_time_that_is_looked_back():
    antipode = GeoPoint(lat=-HOSPITAL_POINT.lat, lon=HOSPITAL_POINT.lon - 180)
    assert not too_fast(_fix(antipode), _fix(HOSPITAL_POINT, after=LOOK_BACK))
