"""Which service answers which path."""

import pytest
from gateway.routing.table import NOUNS, SERVICES, service_of


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
