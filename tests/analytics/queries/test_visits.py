"""Figures about visits agree with plain Python for every question, caller and page; and no row outside is in them."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from analytics.marts.file import MartFile
from analytics.queries.question import (
    NO_PRODUCT,
    Dimension,
    Filters,
    PeriodEndsBeforeItStarts,
    Question,
    read_dimensions,
)
from analytics.queries.visit_rows import Place, visit_rows
from analytics.queries.visits import visit_coverage, visit_figures
from chassis.principal import Principal
from chassis.testing.principals import a_manager, a_rep, an_hq

from tests.analytics.histories import HQ, NORTH, SOUTH, TERRITORIES, apply_all, busy_company, company
from tests.analytics.oracle import Oracle, keyed

HISTORY = busy_company(random.Random(7), 150)
ORACLE = Oracle(HISTORY.records)
CALLERS = [
    an_hq(),
    a_manager(NORTH),
    a_manager(SOUTH),
    a_rep(TERRITORIES[0]),
    a_rep(TERRITORIES[2]),
    replace(a_rep(TERRITORIES[0]), paths=(TERRITORIES[0], SOUTH)),
    replace(a_rep(TERRITORIES[0]), paths=()),
    replace(a_rep(TERRITORIES[0]), paths=("/unt_hq/unt_north/unt_n",)),
]


@pytest.fixture(scope="module")
def file() -> MartFile:
    made = MartFile(None)
    apply_all(made, HISTORY.records)
    return made


def a_question(chooser: random.Random) -> Question:
    """Any dimensions in any order, and now and then each filter."""

    def perhaps(*values: str) -> str | None:
        return chooser.choice(values) if chooser.random() < 0.25 else None

    start = date(2025, 12, 15) + timedelta(days=chooser.randrange(70)) if chooser.random() < 0.5 else None
    end = (start or date(2026, 1, 1)) + timedelta(days=chooser.randrange(40)) if chooser.random() < 0.5 else None
    return Question(
        Filters(
            start=start,
            end=end,
            unit_id=perhaps("unt_n1", "unt_north", "unt_absent"),
            within_unit_id=perhaps("unt_north", "unt_hq", "unt_n"),
            account_id=perhaps("acc_1a", "acc_2b"),
            employee_id=perhaps("emp_1", "emp_2"),
            product_id=perhaps("prd_1", "prd_3", NO_PRODUCT),
            grade=perhaps("3A", "2B"),
            kind=perhaps("hospital", "clinic"),
        ),
        tuple(chooser.sample(list(Dimension), chooser.choice([0, 1, 2, 3, 9]))),
    )


@pytest.mark.parametrize("seed", range(120))
def test_figures_agree_with_the_oracle(file: MartFile, seed: int):
    chooser = random.Random(seed)
    question, caller = a_question(chooser), CALLERS[seed % len(CALLERS)]
    answer = visit_figures(file.reader(), question, caller, limit=10_000)
    found = keyed(question, answer.items)
    assert found == ORACLE.figures(question, caller)
    assert len(found) == len(answer.items)
    assert answer.last is None


@pytest.mark.parametrize("seed", range(40))
def test_rows_add_up_to_the_figures(file: MartFile, seed: int):
    chooser = random.Random(seed)
    question, caller = replace(a_question(chooser), by=()), CALLERS[seed % len(CALLERS)]
    rows, place = visit_rows(file.reader(), question.filters, caller, limit=10_000)
    assert place is None
    (total,) = visit_figures(file.reader(), question, caller, limit=1).items
    reached = {contact for row in rows if row["visits"] for contact in row["attendees"]}
    assert (
        sum(row["visits"] for row in rows),
        len(reached),
        sum(row["materials_dropped"] for row in rows),
    ) == (total["visits"], total["contacts_reached"], total["materials_dropped"])
    assert all(ORACLE.visible(ORACLE.visits[row["visit_id"]], caller) for row in rows)


def test_pages_of_figures_follow_one_another_without_gap_or_overlap(file: MartFile):
    question = Question(by=read_dimensions("product,unit,week"))
    whole = visit_figures(file.reader(), question, an_hq(), limit=10_000).items
    pages, after = [], None
    while True:
        answer = visit_figures(file.reader(), question, an_hq(), limit=7, after=after)
        pages.append(answer.items)
        after = answer.last
        if after is None:
            break
    assert [item for page in pages for item in page] == whole
    assert {len(page) for page in pages[:-1]} == {7}


def test_pages_of_rows_follow_one_another_without_gap_or_overlap(file: MartFile):
    whole, _ = visit_rows(file.reader(), Filters(), an_hq(), limit=10_000)
    found: list[str] = []
    after: Place | None = None
    while True:
        rows, after = visit_rows(file.reader(), Filters(), an_hq(), limit=9, after=after)
        found += [row["visit_id"] for row in rows]
        if after is None:
            break
    assert found == [row["visit_id"] for row in whole]
    assert len(set(found)) == len(found) > 50


def test_a_visit_is_seen_by_its_unit_and_by_whoever_has_the_institution_today():
    history = company()
    history.visit("vis_1", account_id="acc_1a", path=TERRITORIES[0])
    file = MartFile(None)
    apply_all(file, history.records)

    def visits(caller: Principal) -> int:
        return visit_figures(file.reader(), Question(), caller, limit=1).items[0]["visits"]

    author, south = a_rep(TERRITORIES[0]), a_rep(TERRITORIES[2])
    assert (visits(author), visits(south)) == (1, 0)
    history.account("acc_1a", TERRITORIES[2])
    apply_all(file, history.records[-1:])
    assert (visits(author), visits(south)) == (1, 1)
    history.account("acc_1a", TERRITORIES[1])
    apply_all(file, history.records[-1:])
    assert (visits(author), visits(south), visits(a_rep(TERRITORIES[1]))) == (1, 0, 1)


def test_a_period_includes_its_first_day_and_excludes_its_last(file: MartFile):
    history = company()
    for day in (1, 2, 3):
        history.visit(f"vis_{day}", account_id="acc_1a", on=date(2026, 3, day))
    marts = MartFile(None)
    apply_all(marts, history.records)
    period = Filters(start=date(2026, 3, 1), end=date(2026, 3, 3))
    assert [row["visit_id"] for row in visit_rows(marts.reader(), period, an_hq(), limit=9)[0]] == ["vis_1", "vis_2"]
    with pytest.raises(PeriodEndsBeforeItStarts):
        Filters(start=date(2026, 3, 3), end=date(2026, 3, 1))


def test_only_confirmed_visits_count_and_coverage_says_how_many_others_there_were():
    history = company()
    for position, state in enumerate(["planned", "cancelled", "checked_in", "returned", "submitted", "confirmed"]):
        history.visit(f"vis_{position}", account_id="acc_1a", until=state, attendees=("con_1a",))
    file = MartFile(None)
    apply_all(file, history.records)
    (total,) = visit_figures(file.reader(), Question(), an_hq(), limit=1).items
    assert total == {"visits": 1, "contacts_reached": 1, "materials_dropped": 0}
    assert visit_coverage(file.reader(), Question(), an_hq()) == {"held": 4, "counted": 1, "share": 0.25}


def test_coverage_of_nothing_is_unknown_and_not_zero():
    assert visit_coverage(MartFile(None).reader(), Question(), an_hq()) == {"held": 0, "counted": 0, "share": None}


def test_a_material_counts_under_the_product_it_promotes_even_when_another_was_detailed():
    history = company()
    history.visit(
        "vis_1",
        account_id="acc_1a",
        attendees=("con_1a",),
        products=(("prd_2", None), ("prd_2", "use")),
        materials=(("lot_1", "con_1a", 3), ("lot_0", "con_1a", 2)),
    )
    file = MartFile(None)
    apply_all(file, history.records)
    question = Question(by=(Dimension.PRODUCT,))
    assert keyed(question, visit_figures(file.reader(), question, an_hq(), limit=9).items) == {
        (None,): (0, 0, 2),
        ("prd_1",): (0, 0, 3),
        ("prd_2",): (1, 1, 0),
    }


def test_names_stand_beside_ids():
    history = company()
    history.visit("vis_1", account_id="acc_1a", products=(("prd_1", None),))
    file = MartFile(None)
    apply_all(file, history.records)
    (item,) = visit_figures(
        file.reader(), Question(by=read_dimensions("unit,month,product,account,employee")), an_hq(), limit=9
    ).items
    assert item == {
        "unit_id": "unt_n1",
        "unit": "Unit unt_n1",
        "month": "2026-01",
        "product_id": "prd_1",
        "product": "Product 1",
        "account_id": "acc_1a",
        "account": "Hospital 1a",
        "employee_id": "emp_1",
        "employee": "user.1",
        "visits": 1,
        "contacts_reached": 0,
        "materials_dropped": 0,
    }


def test_an_event_of_a_dimension_may_come_after_the_facts_that_name_it():
    history = company()
    history.visit("vis_1", account_id="acc_1a", attendees=("con_1a",), materials=(("lot_1", "con_1a", 3),))
    file = MartFile(None)
    visit = [record for record in history.records if record[0].subject == "vis_1"]
    apply_all(file, visit)
    question = Question(by=(Dimension.PRODUCT, Dimension.GRADE))
    assert visit_figures(file.reader(), question, a_rep(TERRITORIES[0]), limit=9).items[0]["materials_dropped"] == 3
    apply_all(file, [record for record in history.records if record not in visit])
    found = keyed(question, visit_figures(file.reader(), question, a_rep(TERRITORIES[0]), limit=9).items)
    assert found == {(None, "3A"): (1, 1, 0), ("prd_1", "3A"): (0, 0, 3)}


def test_the_head_office_path_covers_all_units(file: MartFile):
    everything = visit_figures(file.reader(), Question(), an_hq(), limit=1).items
    assert visit_figures(file.reader(), Question(), a_manager(HQ), limit=1).items == everything


def test_sums_have_no_largest_value():
    history = company()
    for number in range(3):
        history.visit(f"vis_{number}", account_id="acc_1a", materials=(("lot_1", "con_1a", 2**62),))
    file = MartFile(None)
    apply_all(file, history.records)
    (total,) = visit_figures(file.reader(), Question(), an_hq(), limit=1).items
    assert total["materials_dropped"] == 3 * 2**62
    (row, *_), _ = visit_rows(file.reader(), Filters(product_id="prd_1"), an_hq(), limit=9)
    assert row["materials_dropped"] == 2**62
