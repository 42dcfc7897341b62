"""Cursors: what was given out is read, in the spelling it was given out in; everything else is refused."""

import string
from typing import Any

import pytest
from chassis.cursors import InvalidCursor, decode_cursor, encode_cursor
from hypothesis import given
from hypothesis import strategies as st

SECRET = "a secret"
CONTENT: dict[str, Any] = {"m": "accounts", "v": "第一医院", "i": "acc_123"}
CURSOR = encode_cursor(SECRET, CONTENT)
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers(-(2**53), 2**53), max_size=4))
def test_a_cursor_comes_back_as_it_was_given_out(content: dict[str, Any]):
    assert decode_cursor(SECRET, encode_cursor(SECRET, content)) == content


@given(st.text(max_size=80) | st.text(ALPHABET, max_size=80))
def test_any_other_text_is_refused(text: str):
    with pytest.raises(InvalidCursor):
        decode_cursor(SECRET, text)


@pytest.mark.parametrize("place", range(len(CURSOR)))
def test_a_changed_character_is_noticed_wherever_it_stands(place: int):
    """The last one has bits to spare, which another character may carry without changing the bytes."""
    for other in set(ALPHABET) - {CURSOR[place]}:
        with pytest.raises(InvalidCursor):
            decode_cursor(SECRET, CURSOR[:place] + other + CURSOR[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [f"{CURSOR[:5]}!{CURSOR[5:]}", f"{CURSOR}=", f" {CURSOR}", f"{CURSOR}\n", f"é{CURSOR}", CURSOR[:-1], CURSOR * 2],
)
def test_another_spelling_of_the_same_bytes_is_refused(text: str):
    assert len(CURSOR) % 4, "the last character has bits to spare"
    with pytest.raises(InvalidCursor):
        decode_cursor(SECRET, text)


def test_a_cursor_of_another_secret_is_refused():
    with pytest.raises(InvalidCursor):
        decode_cursor(SECRET, encode_cursor("another secret", CONTENT))
