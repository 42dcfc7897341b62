"""Which records a caller may see."""

from datetime import UTC, datetime

import orjson
import pytest
from chassis.principal import Principal
from contracts.envelope import Envelope
from contracts.events.customer import UnitCreated
from gateway.feed.event import Record

VALUE = b'{"unit":{"unit_id":"unt_1","name":"N","kind":"office","parent_id":null,"path":"/unt_1/"}}'


def a_record(*paths: str, lines: tuple[str, ...] = ("*",), value: bytes | None = VALUE) -> Record:
    envelope = Envelope(
        id="evt_1",
        source="/terrain/customer",
        type=UnitCreated.TYPE,
        subject="unt_1",
        time=datetime(2026, 3, 1, tzinfo=UTC),
        sequence=3,
        unit_paths=paths,
        lines=lines,
    )
    return Record("customer.unit", 0, 5, 0, tuple(envelope.headers()), value)


def a_principal(*paths: str, lines: tuple[str, ...] = ("*",)) -> Principal:
    return Principal(subject="emp_1", paths=paths, lines=lines)


@pytest.mark.parametrize(
    ("scope", "rows", "visible"),
    [
        (("/a/b/",), ("/a/b/",), True),
        (("/a/b/",), ("/a/b/c/",), True),
        (("/a/b/",), ("/a/",), False),
        (("/a/b/",), ("/a/bc/",), False),
        (("/a/b/",), ("/x/", "/a/b/c/"), True),
        (("/a/b/", "/x/"), ("/x/y/",), True),
        (("/a/b/",), (), False),
        (("/",), (), True),
        ((), ("/a/",), False),
    ],
)
def test_an_event_is_seen_by_those_whose_subtree_holds_one_of_its_units(
    scope: tuple[str, ...], rows: tuple[str, ...], visible: bool
):
    assert a_record(*rows).visible_to(a_principal(*scope)) is visible


@pytest.mark.parametrize(
    ("mine", "its", "visible"),
    [
        (("*",), ("gastro",), True),
        (("gastro",), ("gastro", "cardio"), True),
        (("gastro",), ("*",), True),
        (("gastro",), ("cardio",), False),
        (("gastro",), (), True),
    ],
)
def test_product_lines_narrow_it_further(mine: tuple[str, ...], its: tuple[str, ...], visible: bool):
    assert a_record("/a/", lines=its).visible_to(a_principal("/a/", lines=mine)) is visible


@pytest.mark.parametrize("value", [None, b"", b"null", b"{", b"\xff", b'{"unit": 1}', b"[]"])
def test_what_does_not_fit_its_schema_is_seen_by_nobody(value: bytes | None):
    assert not a_record("/a/", value=value).visible_to(a_principal("/"))


def test_an_event_is_shown_as_it_lies_on_the_topic():
    shown = orjson.loads(orjson.dumps(a_record("/a/").public()))
    assert shown == {
        "id": "evt_1",
        "type": "customer.unit-created.v1",
        "topic": "customer.unit",
        "subject": "unt_1",
        "sequence": 3,
        "time": "2026-03-01T00:00:00Z",
        "data": orjson.loads(VALUE),
    }
