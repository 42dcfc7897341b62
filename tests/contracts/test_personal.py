from typing import Annotated

from contracts.events import REGISTRY, State
from contracts.personal import Personal, find_personal


class Inner(State):
    text: Annotated[str | None, Personal] = None


class Outer(State):
    id: str
    items: list[Inner]
    one: Inner | None = None


def test_a_mark_is_found_however_deep_it_lies():
    assert find_personal(Outer) == ["items.text", "one.text"]


def test_no_event_carries_personal_data():
    marked = {kind: found for kind, event in REGISTRY.items() if (found := find_personal(event))}
    assert marked == {}


def test_no_event_has_a_field_that_sounds_personal():
    """A field of an event that is named like personal data was forgotten to be marked and left out."""
    forbidden = {"mobile", "pinyin", "email", "photo", "signature", "licence", "lat", "lon", "feedback", "next_step"}
    for kind, event in REGISTRY.items():
        if kind.startswith("customer.account-"):
            continue  # where an institution stands is public
        text = str(event.model_json_schema())
        assert not [name for name in forbidden if f"'{name}'" in text], kind
