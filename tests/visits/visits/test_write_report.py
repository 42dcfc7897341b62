"""Writing the report."""

from typing import Any

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, run_in
from contracts.events.visits import VisitReported
from contracts.values import Reaction
from visits.visits.write_report import WriteReport, write_report

from tests.visits.builders import checked_in, checked_out, reported


def a_report(**more: Any) -> WriteReport:
    fields: dict[str, Any] = {
        "attendees": ["con_1"],
        "products": [{"product": "prd_1", "message": "new data", "reaction": "trial"}],
        "feedback": "interested",
        "materials": [{"lot_id": "lot_1", "contact_id": "con_1", "quantity": 2}],
        "next_step": "send the study",
    }
    return WriteReport(visit_id="vis_1", **fields | more)


async def test_the_report_is_kept_whole_and_its_words_are_not_published(work: FakeUnitOfWork):
    await work.given(checked_out())
    visit = await run_in(work, write_report, a_report())
    assert [(p.product_id, p.message, p.reaction) for p in visit.products] == [("prd_1", "new data", Reaction.TRIAL)]
    (event,) = work.emitted
    assert isinstance(event, VisitReported)
    assert [(p.product_id, p.reaction) for p in event.visit.products] == [("prd_1", Reaction.TRIAL)]
    journal = str(work.journal()[-1])
    assert not [words for words in ("new data", "interested", "send the study") if words in journal]


async def test_rewriting_replaces_everything(work: FakeUnitOfWork):
    await work.given(reported())
    visit = await write_report(WriteReport(visit_id="vis_1", attendees=["con_2"]), work)
    assert (visit.attendees, visit.products, visit.materials, visit.feedback, visit.next_step) == (
        ["con_2"],
        [],
        [],
        None,
        None,
    )


async def test_attendees_may_be_others_than_planned_if_they_work_there_that_day(work: FakeUnitOfWork):
    visit = checked_out()
    visit.contact_ids = []
    await work.given(visit)
    assert (await write_report(a_report(attendees=["con_2", "con_1"]), work)).attendees == ["con_2", "con_1"]


async def test_a_draft_during_the_visit_may_name_nobody_yet(work: FakeUnitOfWork):
    await work.given(checked_in())
    visit = await write_report(WriteReport(visit_id="vis_1", feedback="waiting"), work)
    assert (visit.reported, visit.attendees) == (True, [])


async def test_everything_wrong_is_said_at_once(work: FakeUnitOfWork):
    await work.given(checked_out())
    command = a_report(
        attendees=["con_B", "con_south", "con_left", "con_B"],
        products=[{"product": "prd_9"}, {"product": "prd_1"}, {"product": "prd_1"}],
        materials=[
            {"lot_id": "lot_9", "contact_id": "con_B", "quantity": 1},
            {"lot_id": "lot_1", "contact_id": "con_1", "quantity": 1},
        ],
    )
    with pytest.raises(RuleBroken) as refused:
        await write_report(command, work)
    assert {(v.field, v.code) for v in refused.value.violations} == {
        ("attendees[3]", "repeated"),
        ("products[2].product", "repeated"),
        ("materials[1].contact_id", "not_an_attendee"),
        ("attendees[0]", "not_affiliated"),
        ("attendees[1]", "unknown_reference"),
        ("attendees[2]", "not_affiliated"),
        ("attendees[3]", "not_affiliated"),
        ("products[0].product", "unknown_reference"),
        ("materials[0].lot_id", "unknown_reference"),
    }
    assert work.emitted == []


async def test_after_the_visit_somebody_has_to_be_named(work: FakeUnitOfWork):
    await work.given(checked_out())
    with pytest.raises(RuleBroken) as refused:
        await write_report(a_report(attendees=[], materials=[]), work)
    assert [(v.field, v.code) for v in refused.value.violations] == [("attendees", "attendees_missing")]
