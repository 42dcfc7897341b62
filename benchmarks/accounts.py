"""Institutions as the benchmarks register them."""

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from benchmarks.clients import Request
from benchmarks.installation import Installation


def body(unit_id: str) -> dict[str, Any]:
    """An institution that nobody has registered before, with what is usually known of one."""
    return {
        "name": f"测试医院 {secrets.token_hex(6)}",
        "kind": "hospital",
        "unit_id": unit_id,
        "grade": "3A",
        "division_code": "110105",
        "address": "朝阳区工人体育场南路 8 号",
        "location": {"lat": 39.9, "lon": 116.4},
        "beds": 1200,
        "outpatient_visits": 900_000,
        "departments": [
            {"name": name, "specialty": specialty, "outpatient_visits": 40_000, "discharges": 2_000}
            for name, specialty in (("心内科", "cardiology"), ("消化内科", "gastroenterology"), ("儿科", "paediatrics"))
        ],
    }


def registrations(unit_id: str, count: int) -> Sequence[Request]:
    """Commands, each under an Idempotency-Key of its own."""
    return [Request("POST", "/api/v1/accounts", body(unit_id), {"idempotency-key": uuid4().hex}) for _ in range(count)]


async def some(installation: Installation, count: int) -> list[str]:
    """Ids of institutions in the territory, registered through the gateway."""
    clerk = installation.clerks[0]
    unit_id = installation.territory_id
    return [(await installation.call(clerk, "POST", "/accounts", body(unit_id)))["id"] for _ in range(count)]
