"""Figures of institutions that turn out to be one: facts keep their ids and are read as the survivor's."""

from datetime import date

from analytics.marts.file import MartFile
from analytics.queries.account_summary import account_summary
from analytics.queries.question import Dimension, Filters, Question
from analytics.queries.visits import visit_figures
from chassis.testing.principals import a_rep, an_hq
from contracts.events.customer import AccountMerged, AccountUnmerged

from tests.analytics.histories import TERRITORIES, History, apply_all, company

TODAY = date(2026, 6, 30)


def visited(*account_ids: str) -> History:
    history = company()
    for number, account_id in enumerate(account_ids):
        history.visit(f"vis_{number}", account_id=account_id, on=TODAY, attendees=("con_1a",))
    return history


def merge(history: History, gone: str, survivor: str | None, path: str) -> None:
    state = {
        "account_id": gone,
        "name": f"Hospital {gone[4:]}",
        "kind": "hospital",
        "grade": "3A",
        "unit_id": path.rstrip("/").rsplit("/", 1)[1],
        "unit_path": path,
        "stage": "merged" if survivor else "active",
        "survivor_of": survivor,
    }
    if survivor:
        event = AccountMerged.model_validate({"account": state, "merge_id": "mrg_1", "on": "2026-06-01"})
    else:
        event = AccountUnmerged.model_validate({"account": state, "merge_id": "mrg_1", "was_survivor_id": "acc_1a"})
    history.emit(event, gone, path)


def visits_of(history: History, account_id: str) -> int:
    file = MartFile(None)
    apply_all(file, history.records)
    return account_summary(file.reader(), account_id, an_hq(), today=TODAY)["visits"]


def test_visits_at_what_was_merged_count_for_its_survivor_by_either_id():
    history = visited("acc_1a", "acc_1b", "acc_1b")
    merge(history, "acc_1b", "acc_1a", TERRITORIES[0])
    assert visits_of(history, "acc_1a") == visits_of(history, "acc_1b") == 3


def test_a_chain_of_merges_leads_to_its_end():
    history = visited("acc_1a", "acc_1b", "acc_3a")
    merge(history, "acc_1b", "acc_1a", TERRITORIES[0])
    merge(history, "acc_1a", "acc_3a", TERRITORIES[0])
    assert visits_of(history, "acc_3a") == 3


def test_after_the_undoing_everything_is_as_it_was():
    history = visited("acc_1a", "acc_1b")
    merge(history, "acc_1b", "acc_1a", TERRITORIES[0])
    merge(history, "acc_1b", None, TERRITORIES[0])
    assert (visits_of(history, "acc_1a"), visits_of(history, "acc_1b")) == (1, 1)


def test_figures_by_institution_have_one_row_for_both():
    history = visited("acc_1a", "acc_1b")
    merge(history, "acc_1b", "acc_1a", TERRITORIES[0])
    file = MartFile(None)
    apply_all(file, history.records)
    for principal in (an_hq(), a_rep(TERRITORIES[0])):
        figures = visit_figures(file.reader(), Question(Filters(), by=(Dimension.ACCOUNT,)), principal, limit=10).items
        assert [(row["account_id"], row["visits"]) for row in figures] == [("acc_1a", 2)]
