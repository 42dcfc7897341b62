"""What happened lately at one institution, for whoever may see it."""

from datetime import date, timedelta

import pytest
from analytics.marts.file import MartFile
from analytics.queries.account_summary import account_summary
from chassis.refusals import NotFound
from chassis.testing.principals import a_rep, an_hq

from tests.analytics.histories import TERRITORIES, apply_all, company

TODAY = date(2026, 6, 30)


def test_the_last_365_days_include_today_and_no_earlier_day():
    history = company()
    for number, (days, units) in enumerate([(0, 1), (364, 2), (365, 4)]):
        history.visit(
            f"vis_{number}",
            account_id="acc_1a",
            on=TODAY - timedelta(days=days),
            attendees=("con_1a", "con_1b")[: number + 1],
            materials=(("lot_1", "con_1a", units),),
        )
    history.visit("vis_open", account_id="acc_1a", on=TODAY, until="returned")
    file = MartFile(None)
    apply_all(file, history.records)
    assert account_summary(file.reader(), "acc_1a", an_hq(), today=TODAY) == {
        "account_id": "acc_1a",
        "from": date(2025, 7, 1),
        "to": date(2026, 7, 1),
        "visits": 2,
        "contacts_reached": 2,
        "materials_dropped": 3,
        "last_visit_on": TODAY,
    }


def test_an_institution_without_visits_has_no_last_visit():
    file = MartFile(None)
    apply_all(file, company().records)
    found = account_summary(file.reader(), "acc_1b", a_rep(TERRITORIES[0]), today=TODAY)
    assert (found["visits"], found["materials_dropped"], found["last_visit_on"]) == (0, 0, None)


@pytest.mark.parametrize("account_id", ["acc_3a", "acc_absent"])
def test_an_institution_out_of_scope_is_as_good_as_absent(account_id: str):
    file = MartFile(None)
    apply_all(file, company().records)
    with pytest.raises(NotFound) as refused:
        account_summary(file.reader(), account_id, a_rep(TERRITORIES[0]), today=TODAY)
    assert str(refused.value) == f"{account_id} does not exist"
