"""An edit made after a merge, against an oracle that replays what was said on two entries that were never one."""

from typing import Any

from customer.merging.fields import divide
from customer.merging.model import Side
from hypothesis import given
from hypothesis import strategies as st

_values = st.sampled_from(["a", "b", "c", None])


def oracle(survivor: Any, merged: Any, survived: Side, edits: list[Any]) -> tuple[Any, Any]:
    """Whoever's value is seen is the one who is edited; when both show the same, both are."""
    seen = survivor if survived == "survivor" else merged
    both = survivor == merged
    after = edits[-1] if edits else seen
    if after == seen:
        return survivor, merged
    if both or survived == "survivor":
        merged = after if both else merged
        return after, merged
    return survivor, after


@given(_values, _values, st.sampled_from(["survivor", "merged"]), st.lists(_values, max_size=4))
def test_an_edit_goes_to_the_side_whose_value_it_replaced(survivor: Any, merged: Any, survived: Side, edits: list[Any]):
    present = edits[-1] if edits else survivor if survived == "survivor" else merged
    divided = divide(survivor, merged, survived, present)
    assert (divided.survivor, divided.merged) == oracle(survivor, merged, survived, edits)


def test_the_answer_says_where_an_edit_went():
    assert divide("a", "b", "survivor", "c").edit_to == "survivor"
    assert divide("a", "b", "merged", "c").edit_to == "merged"
    assert divide("a", "a", "merged", "c").edit_to == "both"
    assert divide("a", "b", "merged", "b").edit_to is None
