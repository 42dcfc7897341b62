"""Which service answers which noun under `/api/v1/`."""

import re

from chassis.http.middleware import Allowance

API = "/api/v1/"

NOUNS: dict[str, str] = {
    "units": "customer",
    "employees": "customer",
    "handovers": "customer",
    "lines": "customer",
    "alignments": "customer",
    "realignments": "customer",
    "directory": "customer",
    "accounts": "customer",
    "attributes": "customer",
    "contacts": "customer",
    "imports": "customer",
    "fhir": "customer",
    "influence": "customer",
    "duplicates": "customer",
    "merges": "customer",
    "change-requests": "customer",
    "working-policy": "customer",
    "care-cases": "customer",
    "care-plans": "customer",
    "score-models": "customer",
    "scores": "customer",
    "score-overrides": "customer",
    "visits": "visits",
    "products": "promotion",
    "materials": "promotion",
    "stock": "promotion",
    "locations": "promotion",
    "analytics": "analytics",
}
"""First segment of the path → service. A service adds a noun here when it gets one."""

SERVICES = ("customer", "visits", "promotion", "analytics")


UPLOADS: tuple[Allowance, ...] = (
    Allowance("POST", re.compile("/api/v1/imports"), max_body_bytes=33_619_968, within_s=120.0),
    Allowance("POST", re.compile("/api/v1/accounts/[^/]+/attachments"), max_body_bytes=10_551_296, within_s=120.0),
    Allowance("POST", re.compile(r"/api/v1/change\-requests/evidence"), max_body_bytes=10_551_296, within_s=120.0),
)
"""Paths that take files, with the limits of the services' own routes: bodies pass while they arrive and are never held."""


def service_of(path: str) -> str | None:
    """The service that answers a path as it was sent (not decoded), or None.

    Only the first segment decides, character by character: `/api/v1/%61ccounts` is nobody's.
    """
    if not path.startswith(API):
        return None
    end = path.find("/", len(API))
    return NOUNS.get(path[len(API) :] if end < 0 else path[len(API) : end])
