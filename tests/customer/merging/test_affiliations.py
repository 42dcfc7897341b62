from contracts.ids import AffiliationId
from customer.contacts.affiliations import Affiliation
from customer.merging.affiliations import fit
from hypothesis import given
from hypothesis import strategies as st

from tests.customer.builders import day


def job(
    id: AffiliationId,
    at: str = "acc_A",
    since: str = "2024-01-01",
    until: str | None = None,
    *,
    primary: bool = True,
    share: int = 100,
) -> Affiliation:
    end = day(until) if until else None
    return Affiliation(id=id, account_id=at, primary=primary, share=share, valid_from=day(since), valid_to=end)


def told(affiliations: list[Affiliation]) -> list[tuple[str, bool, int]]:
    return [(one.id, one.primary, one.share) for one in affiliations]


def test_what_does_not_overlap_stands_as_it_was():
    fitted = fit([job("aff_1", until="2025-01-01")], [job("aff_2", "acc_B", "2025-01-01")])
    assert told(fitted.timeline) == [("aff_1", True, 100), ("aff_2", True, 100)]
    assert (fitted.adjustments, fitted.set_aside) == ([], [])


def test_a_second_primary_becomes_a_further_one_with_what_is_left_of_the_share():
    fitted = fit([job("aff_1", share=70)], [job("aff_2", "acc_B", share=50)])
    assert told(fitted.timeline) == [("aff_1", True, 70), ("aff_2", False, 30)]
    (adjustment,) = fitted.adjustments
    assert (adjustment.before, adjustment.after) == ({"primary": True, "share": 50}, {"primary": False, "share": 30})


def test_the_same_place_at_the_same_time_is_set_aside_and_so_is_what_nothing_is_left_for():
    fitted = fit([job("aff_1", share=50)], [job("aff_2", share=50)])
    assert told(fitted.set_aside) == [("aff_2", True, 50)]
    fitted = fit([job("aff_1")], [job("aff_2", "acc_B")])
    assert told(fitted.set_aside) == [("aff_2", True, 100)]


_jobs = st.builds(
    lambda number, at, start, length, primary, share: job(
        f"aff_{number}",
        f"acc_{at}",
        f"20{10 + start}-01-01",
        f"20{10 + start + length}-01-01" if length else None,
        primary=primary,
        share=share,
    ),
    st.uuids().map(lambda one: one.hex),
    st.sampled_from("AB"),
    st.integers(0, 8),
    st.integers(0, 4),
    st.booleans(),
    st.integers(1, 100),
)


@given(st.lists(_jobs, max_size=6), st.lists(_jobs, max_size=6))
def test_whatever_is_fitted_in_the_rules_hold_and_nothing_is_lost(own: list[Affiliation], further: list[Affiliation]):
    base = fit([], own).timeline
    fitted = fit(base, further)
    for one in fitted.timeline:
        together = [other for other in fitted.timeline if other.holds_on(one.valid_from)]
        assert sum(other.primary for other in together) <= 1
        assert sum(other.share for other in together) <= 100
    assert [one for one in fitted.timeline if one in base] == base
    ids = {one.id for one in (*fitted.timeline, *fitted.set_aside)}
    assert ids == {one.id for one in (*base, *further)}
