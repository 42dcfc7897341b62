"""Answers are serialised once and carry what the route knows."""

from datetime import UTC, date, datetime
from decimal import Decimal

from chassis.http import Answer, Page
from pydantic import BaseModel


class Thing(BaseModel):
    id: str
    on: date


def test_models_pages_and_plain_values_are_serialised():
    thing = Thing(id="a", on=date(2026, 3, 1))
    assert Answer(thing).body == b'{"id":"a","on":"2026-03-01"}'
    assert Answer(Page[Thing](items=[thing])).body == b'{"items":[{"id":"a","on":"2026-03-01"}],"next":null}'
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert Answer({"items": [thing], "at": at, "n": Decimal("1.5"), "x": float("nan")}).body == (
        b'{"items":[{"id":"a","on":"2026-03-01"}],"at":"2026-03-01T00:00:00Z","n":"1.5","x":null}'
    )


def test_the_version_is_a_strong_tag():
    assert Answer({}, version=3).headers["etag"] == '"3"'
    assert "etag" not in Answer({}).headers


def test_an_empty_answer_has_no_type():
    answer = Answer(status=204)
    assert (answer.status_code, answer.body) == (204, b"")
    assert "content-type" not in answer.headers


def test_the_route_settles_status_and_address():
    made = Answer({"id": "acc_1"})
    made.settle(201, "/api/v1/accounts", collection=True)
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/accounts/acc_1")
    action = Answer({"id": "acc_1"})
    action.settle(201, "/api/v1/accounts/acc_1/stage", collection=False)
    assert "location" not in action.headers
    own = Answer({"id": "lot_1"}, status=202, location="/api/v1/jobs/1")
    own.settle(201, "/api/v1/lots", collection=True)
    assert own.status_code == 202
