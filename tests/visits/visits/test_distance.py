"""Distances and speeds."""

from datetime import timedelta

import pytest
from contracts.values import GeoPoint
from visits.visits.distance import distance_m, speed_kmh

BEIJING, SHANGHAI = GeoPoint(lat=39.9042, lon=116.4074), GeoPoint(lat=31.2304, lon=121.4737)


def test_a_quarter_of_the_equator_is_a_quarter_of_the_circumference():
    assert distance_m(GeoPoint(lat=0, lon=0), GeoPoint(lat=0, lon=90)) == pytest.approx(10_007_557, abs=2)


def test_beijing_and_shanghai_are_1067_km_apart():
    assert distance_m(BEIJING, SHANGHAI) == pytest.approx(1_067_300, rel=0.001)


def test_distance_is_symmetric_and_zero_for_one_point():
    assert distance_m(BEIJING, SHANGHAI) == distance_m(SHANGHAI, BEIJING)
    assert distance_m(BEIJING, BEIJING) == 0


def test_opposite_points_do_not_leave_the_domain_of_the_arcsine():
    assert distance_m(GeoPoint(lat=0, lon=0), GeoPoint(lat=0, lon=180)) == pytest.approx(20_015_115, abs=2)


@pytest.mark.parametrize(
    ("metres", "taken", "kmh"),
    [
        (150_000, timedelta(hours=1), 150.0),
        (0, timedelta(0), 0.0),
        (1, timedelta(0), float("inf")),
        (1, timedelta(seconds=-5), float("inf")),
    ],
)
def test_speed_in_no_time_is_infinite_unless_nothing_was_covered(metres: float, taken: timedelta, kmh: float):
    assert speed_kmh(metres, taken) == kmh
