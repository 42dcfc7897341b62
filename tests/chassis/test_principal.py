"""What a principal sees, judged on a row and asked of a store, is one and the same."""

from chassis.principal import Principal, audience
from chassis.testing.matching import matches
from contracts.values import Stamp
from hypothesis import given
from hypothesis import strategies as st

UNITS = ("hq", "north", "south", "n1", "n2")
LINES = ("*", "gastro", "cardio")

paths = st.lists(st.sampled_from(UNITS), min_size=1, max_size=3, unique=True).map(lambda units: f"/{'/'.join(units)}/")
stamps = st.lists(st.builds(Stamp, path=paths, line=st.sampled_from(LINES)), max_size=3)
principals = st.builds(
    Principal,
    subject=st.just("emp_x"),
    paths=st.lists(paths | st.just("/"), max_size=2).map(tuple),
    lines=st.lists(st.sampled_from(LINES), max_size=2, unique=True).map(tuple),
)


@given(principals, stamps)
def test_a_row_is_seen_exactly_when_a_scoped_query_finds_it(principal: Principal, visible: list[Stamp]):
    row = {"_id": "x_1", "audience": audience(visible)}
    assert principal.sees(visible) is matches(row, principal.scope_filter())


def test_a_unit_keeps_its_rows_while_it_moves():
    """The principal's path has changed at once, the stamps of the rows follow."""
    moved = Principal(subject="emp_x", paths=("/hq/south/n1/",))
    assert moved.sees([Stamp(path="/hq/north/n1/")])
    assert not moved.sees([Stamp(path="/hq/south/")])
