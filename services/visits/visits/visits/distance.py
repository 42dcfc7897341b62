"""Distances and speeds on the earth."""

from datetime import timedelta
from math import asin, cos, radians, sin, sqrt

from contracts.values import GeoPoint

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth (IUGG R1), in metres."""


def distance_m(a: GeoPoint, b: GeoPoint) -> int:
    """Great-circle distance of two points by the haversine formula, in whole metres."""
    dlat, dlon = radians(b.lat - a.lat), radians(b.lon - a.lon)
    h = sin(dlat / 2) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(dlon / 2) ** 2
    return round(2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h))))


def speed_kmh(metres: float, taken: timedelta) -> float:
    """Mean speed in km/h; infinite when a distance was covered in no time, 0 when there was none to cover."""
    if metres <= 0:
        return 0.0
    seconds = taken.total_seconds()
    return metres / seconds * 3.6 if seconds > 0 else float("inf")
