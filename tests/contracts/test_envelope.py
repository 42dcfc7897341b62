from datetime import UTC, datetime

import pytest
from contracts.envelope import Envelope, Undecodable, decode_event, decode_headers
from contracts.events.promotion import ProductCreated, ProductState
from hypothesis import given
from hypothesis import strategies as st


def an_envelope(**changes: object) -> Envelope:
    fields = {
        "id": "evt_1",
        "source": "/terrain/promotion",
        "type": "promotion.product-created.v1",
        "subject": "prd_1",
        "time": datetime(2026, 3, 1, 2, 0, 0, 123456, tzinfo=UTC),
        "sequence": 7,
        "unit_paths": ("/unt_a/", "/unt_b/"),
        "lines": ("*",),
        "traceparent": None,
        "recorded_at": datetime(2026, 3, 1, 2, 0, 1, 654321, tzinfo=UTC),
    }
    return Envelope(**(fields | changes))  # type: ignore[arg-type]


def test_an_envelope_survives_the_headers():
    assert decode_headers(an_envelope().headers()) == an_envelope()


def test_records_from_before_it_was_told_do_not_say_when_they_were_recorded():
    old = an_envelope(recorded_at=None)
    assert "ce_recordedat" not in dict(old.headers())
    assert decode_headers(old.headers()) == old


def test_the_sequence_has_twenty_digits():
    assert dict(an_envelope().headers())["ce_sequence"] == b"00000000000000000007"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"seven"),
        ("ce_sequence", "٧".encode()),
        ("ce_time", b"yesterday"),
        ("ce_recordedat", b"2026-03-01T02:00:00"),
        ("ce_time", b"2026-03-01T00:00:00"),
        ("ce_specversion", b"0.3"),
        ("ce_subject", b"\xff\xfe"),
        ("ce_id", b""),
    ],
)
def test_a_broken_header_is_undecodable(name: str, value: bytes):
    headers = [(n, value if n == name else v) for n, v in an_envelope().headers()]
    with pytest.raises(Undecodable):
        decode_headers(headers)


@given(st.lists(st.tuples(st.sampled_from([n for n, _ in an_envelope().headers()] + ["x"]), st.binary(max_size=40))))
def test_no_headers_whatever_raise_anything_but_undecodable(headers: list[tuple[str, bytes]]):
    try:
        decode_headers(headers)
    except Undecodable:
        return
    assert {"ce_id", "ce_type"} <= {name for name, _ in headers}


def test_an_event_is_read_and_unknown_fields_are_ignored():
    event = decode_event(
        an_envelope(),
        b'{"product":{"product_id":"prd_1","name":"A","line":"gastro","manufacturer":"M","own":true,"new":1},"more":2}',
    )
    assert event == ProductCreated(
        product=ProductState(product_id="prd_1", name="A", line="gastro", manufacturer="M", own=True)
    )


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"{}", b'{"product":null}', b"\xff"])
def test_a_broken_value_is_undecodable(value: bytes | None):
    with pytest.raises(Undecodable):
        decode_event(an_envelope(), value)


def test_an_unknown_type_is_undecodable():
    with pytest.raises(Undecodable):
        decode_event(an_envelope(type="promotion.nothing.v1"), b"{}")
