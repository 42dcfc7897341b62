"""Institutions near a point."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chassis.cursors import InvalidCursor
from chassis.reads import Paging, Reads
from chassis.refusals import BadRequest
from contracts.values import GeoPoint

from customer.accounts.model import Account

_EARTH_RADIUS_KM = 6378.1
_MAX_KM = 2_000
_FIRST_RING_KM = 5.0
MOST_LOOKED_AT = 20_000
"""Points that one page may compare; more within one ring than that cannot be told apart by distance here."""


@dataclass(frozen=True)
class Circle:
    """A point and the kilometres around it."""

    point: GeoPoint
    km: float

    @classmethod
    def parse(cls, text: str) -> "Circle":
        """The circle of `latitude,longitude,kilometres`. Raises: BadRequest."""
        try:
            lat, lon, km = (float(part) for part in text.split(","))
            point = GeoPoint(lat=lat, lon=lon)
        except ValueError as wrong:
            raise BadRequest("near is latitude,longitude,kilometres such as 39.9,116.4,5", field="near") from wrong
        if not 0 < km <= _MAX_KM:
            raise BadRequest(f"near reaches more than 0 and at most {_MAX_KM} kilometres", field="near")
        return cls(point, km)

    def where(self, km: float | None = None) -> dict[str, Any]:
        """The filter of points within the circle, or a smaller one around the same point."""
        reach = self.km if km is None else km
        return {"$geoWithin": {"$centerSphere": [[self.point.lon, self.point.lat], reach / _EARTH_RADIUS_KM]}}

    def distance_to(self, point: GeoPoint) -> float:
        """Kilometres along the great circle."""
        ours, theirs = math.radians(self.point.lat), math.radians(point.lat)
        height = math.sin((theirs - ours) / 2) ** 2
        width = math.sin(math.radians(point.lon - self.point.lon) / 2) ** 2
        return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(height + math.cos(ours) * math.cos(theirs) * width))

    def holds(self, point: GeoPoint | None) -> bool:
        """True for a point within."""
        return point is not None and self.distance_to(point) <= self.km


async def by_distance(
    read: Reads, where: dict[str, Any], circle: Circle, page: Paging, out: Callable[[Account], Any]
) -> dict[str, Any]:
    """One page in scope, nearest first. The ring that is looked at grows until it holds the page.

    Raises: InvalidCursor; BadRequest when too many lie too close together.
    """
    mark = read.mark(["distance", where, circle.point.lat, circle.point.lon, circle.km])
    after = (-1.0, "")
    if page.cursor:
        content = read.open_cursor(page.cursor)
        if content.get("m") != mark:
            raise InvalidCursor("the cursor belongs to another list", field="cursor")
        after = (float(content["d"]), str(content["i"]))
    reach = min(circle.km, max(_FIRST_RING_KM, after[0] * 1.5))
    while True:
        ring = {**where, "point": circle.where(reach)}
        rows = await read.sketches(Account, ring, ["location"], limit=MOST_LOOKED_AT + 1)
        if len(rows) > MOST_LOOKED_AT:
            raise BadRequest("too many institutions lie there to sort them; narrow the list", field="near")
        ranked = sorted((round(circle.distance_to(GeoPoint(**row["location"])), 6), row["_id"]) for row in rows)
        # A point at the rim may fall on either side by a rounding: what lies there is left to the next ring.
        safe = [entry for entry in ranked if entry > after and (reach >= circle.km or entry[0] <= reach * 0.999)]
        if len(safe) > page.limit or reach >= circle.km:
            break
        reach = min(circle.km, reach * 2)
    shown = safe[: page.limit]
    found = await read.find(Account, {"_id": {"$in": [identifier for _, identifier in shown]}}, limit=page.limit)
    by_id = {account.id: account for account in found}
    following = None
    if len(safe) > page.limit:
        following = read.cursor({"m": mark, "d": shown[-1][0], "i": shown[-1][1]})
    return {"items": [out(by_id[one]) for _, one in shown if one in by_id], "next": following}
