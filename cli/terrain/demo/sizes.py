"""How large a demonstration company is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Counts of one size; `offices` are spread over `regions`, `reps` over the offices."""

    regions: int
    offices: int
    reps: int
    hospitals: int
    contacts: int
    visits: int


SIZES = {
    "small": Size(regions=2, offices=2, reps=6, hospitals=30, contacts=300, visits=1_000),
    "medium": Size(regions=4, offices=8, reps=60, hospitals=300, contacts=3_000, visits=10_000),
    "large": Size(regions=7, offices=50, reps=600, hospitals=3_000, contacts=30_000, visits=20_000),
}
"""`large` has the reference company's shape: 50 offices, 3,000 hospitals, 600 representatives."""
