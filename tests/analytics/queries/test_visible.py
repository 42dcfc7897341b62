"""Who sees figures: the unit a visit is credited to, and whoever has its institution today."""

from dataclasses import replace
from datetime import date

import pytest
from analytics.marts.file import MartFile
from analytics.queries.account_summary import account_summary
from chassis.principal import Principal
from chassis.refusals import NotFound
from chassis.testing.principals import a_rep

from tests.analytics.histories import TERRITORIES, apply_all, company

TODAY = date(2026, 6, 30)
OWNER, COVERING, ELSEWHERE = (a_rep(path) for path in TERRITORIES[:3])


@pytest.fixture
def file() -> MartFile:
    """An institution of the first territory, visited there, and covered by the second one for a line since then."""
    history = company()
    history.visit("vis_1", account_id="acc_1a", on=TODAY)
    stamps = [{"line": "*", "path": TERRITORIES[0]}, {"line": "lin_1", "path": TERRITORIES[1]}]
    history.account("acc_1a", TERRITORIES[0], visible=stamps)
    file = MartFile(None)
    apply_all(file, history.records)
    return file


def visits(file: MartFile, principal: Principal) -> int | None:
    """How many visits to the institution somebody is shown; None when there is no such institution."""
    try:
        return account_summary(file.reader(), "acc_1a", principal, today=TODAY)["visits"]
    except NotFound:
        return None


def test_the_owner_and_the_covering_territory_see_the_figures_and_nobody_else(file: MartFile):
    assert [visits(file, person) for person in (OWNER, COVERING, ELSEWHERE)] == [1, 1, None]


def test_a_caller_of_one_line_sees_what_that_line_or_every_line_shows(file: MartFile):
    assert visits(file, replace(COVERING, lines=("lin_1",))) == 1
    assert visits(file, replace(COVERING, lines=("lin_2",))) is None
    assert visits(file, replace(OWNER, lines=("lin_2",))) == 1
