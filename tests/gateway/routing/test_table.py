"""Which service answers which path."""

import re

import pytest
from chassis.http.application import allowances_of
from chassis.http.middleware import Allowance
from customer.app import service as customer
from fastapi import FastAPI
from gateway.routing.table import NOUNS, SERVICES, UPLOADS, service_of
from promotion.app import service as promotion
from visits.app import service as visits


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/v1/accounts", "customer"),
        ("/api/v1/accounts/acc_1/stage", "customer"),
        ("/api/v1/directory/accounts", "customer"),
        ("/api/v1/visits/vis_1", "visits"),
        ("/api/v1/stock", "promotion"),
        ("/api/v1/analytics/visits", "analytics"),
        ("/api/v1/accountsx", None),
        ("/api/v1/Accounts", None),
        ("/api/v1/", None),
        ("/api/v1", None),
        ("/api/v1/../accounts", None),
        ("/api/v2/accounts", None),
        ("/accounts", None),
        ("/api/v1/%61ccounts", None),
        ("/api/v1/accounts;x", None),
    ],
)
def test_the_first_segment_decides(path: str, service: str | None):
    assert service_of(path) == service


def test_every_noun_belongs_to_a_service():
    assert set(NOUNS.values()) == set(SERVICES)


def as_terms(allowance: Allowance) -> tuple[str, str, int, float]:
    pattern = allowance.path.pattern.removeprefix("^").removesuffix("$")
    return (
        allowance.method,
        re.sub(r"\(\?P<\w+>([^)]+)\)", r"\1", pattern),
        allowance.max_body_bytes,
        allowance.within_s,
    )


def test_files_pass_the_door_wherever_a_service_takes_them_and_nowhere_else():
    app = FastAPI()
    for service in (customer, visits, promotion):
        for router in service.routers:
            app.include_router(router, prefix="/api/v1")
    taken = {as_terms(allowance) for allowance in allowances_of(app)}
    assert taken
    assert {as_terms(allowance) for allowance in UPLOADS} == taken
