"""What may be an input of a score model, and what subjects may be compared by."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.values import ScoreSubject

VISITS_DAYS = 365
"""Visits count for so many days."""
VISITS = "visits"


class Source(StrEnum):
    """Where an input comes from: the institution's own document, its departments, the contact's affiliations, the influence
    network, or events of the other services.
    """

    ACCOUNT = "account"
    DEPARTMENTS = "departments"
    AFFILIATIONS = "affiliations"
    INFLUENCE = "influence"
    VISITS = "visits"
    OBSERVATIONS = "observations"


EVENT_SOURCES = frozenset({Source.VISITS, Source.OBSERVATIONS})
"""Their values arrive by events and are kept by period."""


@dataclass(frozen=True)
class InputKind:
    """An input that models may weigh; `meaning` says when it is there and what it counts."""

    code: str
    source: Source
    meaning: str


_LATEST = "; the value of the latest period that has begun, missing when there is none"

_ACCOUNT = (
    InputKind("beds", Source.ACCOUNT, "beds"),
    InputKind("outpatient_visits", Source.ACCOUNT, "outpatient visits per year"),
    InputKind("discharges", Source.ACCOUNT, "discharges per year"),
    InputKind("grade", Source.ACCOUNT, "grade of the date, from 1 (1C) to 9 (3A); ungraded is missing"),
    InputKind("departments", Source.DEPARTMENTS, "how many departments are known; missing when none is"),
    InputKind(
        "department_outpatient_visits", Source.DEPARTMENTS, "outpatient visits of the departments that tell them"
    ),
    InputKind("department_discharges", Source.DEPARTMENTS, "discharges of the departments that tell them"),
    InputKind("department_patients", Source.DEPARTMENTS, "patients of all indications of the departments"),
    InputKind(
        VISITS,
        Source.VISITS,
        f"confirmed visits of the {VISITS_DAYS} days to the date; missing until the first one ever",
    ),
    InputKind("potential", Source.OBSERVATIONS, "potential in packs per period" + _LATEST),
    InputKind("own_sales", Source.OBSERVATIONS, "own sales of the institution per period" + _LATEST),
    InputKind("market_sales", Source.OBSERVATIONS, "sales of the market in the institution per period" + _LATEST),
    InputKind("market_share", Source.OBSERVATIONS, "own share of the market, per cent" + _LATEST),
    InputKind("observation_coverage", Source.OBSERVATIONS, "accepted of required observations, per cent" + _LATEST),
)

_CONTACT = (
    InputKind("academic_title", Source.AFFILIATIONS, "rank of the title, from 1 (intern) to 6 (academician)"),
    InputKind(
        "role",
        Source.AFFILIATIONS,
        "rank of the role in the primary affiliation of the date, from 1 (physician) to 7 (president)",
    ),
    InputKind(
        "influence",
        Source.INFLUENCE,
        "effective strengths of the person's influences on others on the date; missing outside of the network",
    ),
    InputKind("influenced", Source.INFLUENCE, "persons influenced on the date; missing outside of the network"),
    InputKind(
        VISITS,
        Source.VISITS,
        f"confirmed visits with the contact in the {VISITS_DAYS} days to the date; missing until the first one ever",
    ),
    InputKind("engagement", Source.OBSERVATIONS, "engagement, as analytics measures it" + _LATEST),
    InputKind("access", Source.OBSERVATIONS, "how accessible the person is, as analytics measures it" + _LATEST),
    InputKind(
        "academic_standing", Source.OBSERVATIONS, "papers, guidelines, chairs, as analytics measures them" + _LATEST
    ),
    InputKind("event_attendance", Source.OBSERVATIONS, "events attended per period" + _LATEST),
)

CATALOGUE: dict[ScoreSubject, dict[str, InputKind]] = {
    ScoreSubject.ACCOUNT: {kind.code: kind for kind in _ACCOUNT},
    ScoreSubject.CONTACT: {kind.code: kind for kind in _CONTACT},
}

TRAITS: dict[ScoreSubject, tuple[str, ...]] = {
    ScoreSubject.ACCOUNT: ("kind", "grade_band", "grade", "region", "province"),
    ScoreSubject.CONTACT: ("specialty", "grade_band", "grade", "region", "province"),
}
"""What may be shared by those that are compared. `grade_band` is the level of the grade, `region` the part of the
organisation below the head office, `province` that of the division code; a contact has those of the primary institution."""
