"""Positions and their signed text."""

import string

import pytest
from gateway.feed.pages import NAMES
from gateway.feed.position import InvalidPosition, Positions, advanced, only
from hypothesis import given
from hypothesis import strategies as st

POSITIONS = Positions("a secret", "feed", NAMES)
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
OFFSETS = st.lists(st.integers(0, 2**62), min_size=0, max_size=24).map(tuple)


@given(st.dictionaries(st.sampled_from(NAMES), OFFSETS))
def test_a_position_comes_back_as_it_was_written(position: dict[str, tuple[int, ...]]):
    assert POSITIONS.read(POSITIONS.write(position)) == position


def test_the_text_of_a_large_installation_fits_a_header():
    assert len(POSITIONS.write({name: (10_000_000,) * 12 for name in NAMES})) < 1_500


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str):
    with pytest.raises(InvalidPosition):
        POSITIONS.read(text)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_noticed(at: int, by: int):
    import base64

    blob = bytearray(base64.urlsafe_b64decode(POSITIONS.write({NAMES[0]: (5, 6, 7)}) + "=="))
    blob[at % len(blob)] ^= by
    with pytest.raises(InvalidPosition):
        POSITIONS.read(base64.urlsafe_b64encode(blob).decode())


def test_another_spelling_of_the_same_bytes_is_refused():
    text = POSITIONS.write({NAMES[0]: (5, 6, 7)})
    assert len(text) % 4, "the last character has bits to spare"
    last = ALPHABET[ALPHABET.index(text[-1]) + 1]
    for spelling in (text[:-1] + last, f"{text[:5]}!{text[5:]}", f"{text}=", f" {text}", f"{text[:5]}\n{text[5:]}"):
        with pytest.raises(InvalidPosition):
            POSITIONS.read(spelling)


def test_texts_of_other_secrets_and_purposes_are_refused():
    for other in (Positions("another secret", "feed", NAMES), Positions("a secret", "events", NAMES)):
        with pytest.raises(InvalidPosition):
            POSITIONS.read(other.write({NAMES[0]: (1,)}))


def test_topics_that_are_gone_are_left_out():
    old = Positions("a secret", "feed", [*NAMES, "customer.gone"])
    assert POSITIONS.read(old.write({"customer.gone": (1,), NAMES[0]: (2,)})) == {NAMES[0]: (2,)}


def test_a_position_advances_in_one_partition_only():
    before = {"a": (1, 2), "b": (3,)}
    assert advanced(before, "a", 1, 9) == {"a": (1, 9), "b": (3,)}
    assert advanced(before, "c", 2, 4) == {"a": (1, 2), "b": (3,), "c": (0, 0, 4)}
    assert before == {"a": (1, 2), "b": (3,)}


def test_a_part_of_a_position():
    assert only({"a": (1,), "b": (2,)}, frozenset({"b"})) == {"b": (2,)}
    assert only({"a": (1,)}, None) == {"a": (1,)}
