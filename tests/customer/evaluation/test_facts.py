"""What subjects are scored by on a date."""

import pytest
from contracts.evaluation import speaks_of_prescriptions
from contracts.events.analytics import EvaluationInputState
from contracts.values import Grade, ScoreSubject
from customer.accounts.facts import DepartmentEntry, Indicated
from customer.accounts.timelines import GradeEntry
from customer.contacts.affiliations import Affiliation
from customer.evaluation import facts
from customer.evaluation.inputs import InputValue, value_on
from customer.evaluation.ranks import grade_rank, role_rank, title_rank
from customer.influence.model import Influence
from pydantic import ValidationError

from tests.customer.builders import NOW, TODAY, a_contact, an_account, day


def test_an_institution_is_scored_by_its_facts_and_the_grade_of_the_date():
    account = an_account(beds=500, grade=Grade.G2A, division_code="110101")
    account.grades = [
        GradeEntry(grade=Grade.G2A, on=day("2020-01-01"), until=day("2025-01-01"), recorded=NOW),
        GradeEntry(grade=Grade.G3A, on=day("2025-01-01"), recorded=NOW),
    ]
    before, after = (facts.account_values(account, day(on)) for on in ("2024-12-31", "2025-01-01"))
    assert (before["grade"], after["grade"], after["beds"], after["discharges"]) == (6, 9, 500, None)
    assert facts.account_traits(account, day("2024-12-31")) == {
        "kind": "hospital",
        "grade_band": "2",
        "grade": "2A",
        "region": "unt_north",
        "province": "11",
    }
    assert not facts.account_counts(account, day("2019-12-31"))
    assert not facts.account_counts(an_account(closed_on=day("2026-02-01")), TODAY)
    assert facts.account_counts(an_account(closed_on=day("2026-02-01")), day("2026-01-31"))


def test_departments_that_tell_nothing_are_no_zero():
    account = an_account(departments=("dep_1", "dep_2"))
    values = facts.account_values(account, TODAY)
    assert (values["departments"], values["department_discharges"], values["department_patients"]) == (2, None, None)
    entry = DepartmentEntry(name="Cardiology", discharges=0, patients=[Indicated(indication="I50", patients=30)])
    account.open_department(entry)
    values = facts.account_values(account, TODAY)
    assert (values["department_discharges"], values["department_patients"]) == (0, 30)
    assert facts.account_values(an_account(), TODAY)["departments"] is None


def test_a_doctor_is_scored_by_title_and_role_of_the_date_and_by_influence():
    contact = a_contact(role="physician")
    contact.title = "副主任医师、教授"
    contact.affiliations = [
        contact.affiliations[0].model_copy(update={"valid_to": day("2025-01-01")}),
        Affiliation(id="aff_2", account_id="acc_B", role="科主任", valid_from=day("2025-01-01")),
    ]
    own = Influence(id="inf_1", from_contact_id="con_1", to_contact_id="con_2", type="x", strength=4, valid_from=TODAY)
    values = facts.contact_values(contact, [own], TODAY)
    assert values == {"academic_title": 4, "role": 5, "influence": 4.0, "influenced": 1}
    earlier = facts.contact_values(contact, [own], day("2024-06-01"))
    assert earlier == {"academic_title": 4, "role": 1, "influence": None, "influenced": None}
    on_me = own.model_copy(update={"from_contact_id": "con_3", "to_contact_id": "con_1"})
    assert facts.contact_values(contact, [on_me], TODAY)["influence"] == 0.0
    assert facts.contact_counts(contact, TODAY)
    assert not facts.contact_counts(contact, day("2023-12-31"))


@pytest.mark.parametrize(
    ("title", "rank"),
    [
        ("主任医师", 5),
        ("副主任医师", 4),
        ("Associate Professor", 4),
        ("Professor of internal medicine", 5),
        ("Intern", 1),
        ("internist", None),
        ("", None),
        (None, None),
        ("院士", 6),
    ],
)
def test_titles_have_ranks_or_are_missing(title: str | None, rank: int | None):
    assert title_rank(title) == rank


@pytest.mark.parametrize(
    ("role", "rank"),
    [
        ("院长", 7),
        ("副院长", 6),
        ("科主任", 5),
        ("副主任", 4),
        ("副主任医师", 2),
        ("headache clinic", None),
        ("physician", 1),
    ],
)
def test_roles_have_ranks_or_are_missing(role: str, rank: int | None):
    assert role_rank(role) == rank


def test_grades_rank_from_1c_to_3a():
    assert [grade_rank(grade) for grade in (Grade.G1C, Grade.G3A, Grade.UNGRADED, None)] == [1, 9, None, None]


def a_value(
    value: float | None, period: str, recorded: int, origin: str = "evi_1", code: str = "potential"
) -> InputValue:
    start = day(period)
    return InputValue(
        id=f"{origin}:{recorded}",
        sequence=recorded,
        subject=ScoreSubject.ACCOUNT,
        subject_id="acc_A",
        code=code,
        origin=origin,
        period_from=start,
        period_to=start.replace(year=start.year + 1),
        value=value,
        recorded_us=recorded,
    )


def test_of_a_told_input_the_latest_period_counts_that_has_begun_as_it_was_known():
    rows = [a_value(10, "2024-01-01", 1), a_value(20, "2025-01-01", 2, "evi_2"), a_value(12, "2024-01-01", 3)]
    assert value_on("potential", rows, TODAY) == 20
    assert value_on("potential", rows, day("2024-06-01")) == 12
    assert value_on("potential", rows, day("2024-06-01"), known_us=2) == 10
    assert value_on("potential", rows, day("2023-06-01")) is None
    taken_back = [*rows, a_value(None, "2025-01-01", 4, "evi_2")]
    assert (value_on("potential", taken_back, TODAY), value_on("potential", taken_back, TODAY, known_us=3)) == (12, 20)


def test_visits_of_a_year_are_counted_and_missing_until_the_first():
    rows = [
        a_value(1, on, at, f"vis_{at}", "visits") for at, on in enumerate(["2024-01-01", "2025-06-01", "2025-06-01"])
    ]
    assert value_on("visits", rows, TODAY) == 2
    assert value_on("visits", rows, day("2025-05-31")) == 0
    assert value_on("visits", rows, day("2023-12-31")) is None


@pytest.mark.parametrize(
    "code",
    [
        "rx",
        "trx_2025",
        "rx90",
        "prescriptions",
        "prescribingVolume",
        "own_sales",
        "monthly-sales",
        "packs",
        "处方量",
        "各医生销量",
    ],
)
def test_figures_of_one_prescriber_are_known_by_their_names(code: str):
    assert speaks_of_prescriptions(code)


@pytest.mark.parametrize(
    "code", ["academic_title", "description", "transcripts", "engagement", "salesmanship", "maxrx"]
)
def test_other_words_are_let_through(code: str):
    assert not speaks_of_prescriptions(code)


def test_a_record_with_a_doctors_sales_fits_no_schema():
    told = {
        "input_id": "evi_1",
        "period_from": "2026-01-01",
        "period_to": "2026-04-01",
        "value": 3.0,
        "code": "own_sales",
    }
    of_account = EvaluationInputState(subject=ScoreSubject.ACCOUNT, account_id="acc_A", **told)
    assert of_account.subject_id == "acc_A"
    with pytest.raises(ValidationError, match="prescriber_level_data_forbidden"):
        EvaluationInputState(subject=ScoreSubject.CONTACT, contact_id="con_1", **told)
    with pytest.raises(ValidationError, match="one account or contact"):
        EvaluationInputState(subject=ScoreSubject.CONTACT, account_id="acc_A", **(told | {"code": "access"}))
