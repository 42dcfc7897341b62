"""The way of a realignment from the draft to the alignments."""

from datetime import date, timedelta
from typing import Any

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, run_in
from chassis.testing.principals import NORTH
from contracts.events.customer import (
    RealignmentPublished,
    RealignmentRevised,
    RealignmentSimulated,
    RealignmentStatus,
    RealignmentSuperseded,
)
from contracts.values import Stamp
from customer.accounts.model import Account
from customer.alignments.assign_territory import AssignTerritory, assign_territory
from customer.alignments.change_alignment import ChangeAlignment, change_alignment
from customer.alignments.model import Alignment
from customer.employees.model import Employee
from customer.realignments.draft_realignment import (
    DraftRealignment,
    ReviseRealignment,
    draft_realignment,
    revise_realignment,
)
from customer.realignments.model import (
    AlreadyPublished,
    NotPublishable,
    NotSimulated,
    Realignment,
    SimulationStale,
)
from customer.realignments.publication import Publication, apply_items
from customer.realignments.publish_realignment import PublicationRunning, PublishRealignment, publish_realignment
from customer.realignments.simulate_realignment import SimulateRealignment, simulate_realignment

from tests.customer.alignments.samples import T2, T3, the_field
from tests.customer.builders import TODAY, an_account, day

SOON = TODAY + timedelta(days=7)


@pytest.fixture
async def field(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """Hospitals A and D in the first territory since January, for one line."""
    for stored in (*the_field(), an_account("acc_D")):
        await work.given(stored)
    for account_id in ("acc_A", "acc_D"):
        await run_in(work.next(), assign_territory, assigning(account_id))
    return work


def assigning(account_id: str, **more: Any) -> AssignTerritory:
    body = {"line_id": "lin_1", "unit_id": "unt_t1", "employee_id": "emp_1", "valid_from": day("2026-01-01")}
    return AssignTerritory(**{"account_id": account_id} | body | more)


def an_item(account_id: str = "acc_A", unit: str = "unt_t2", employee: str = "emp_2") -> dict[str, Any]:
    return {"account_id": account_id, "line_id": "lin_1", "to_unit_id": unit, "employee_id": employee}


async def drafted(field: FakeUnitOfWork, *items: dict[str, Any], on: date = SOON) -> Realignment:
    """A draft; hospital A goes to the second territory unless it says otherwise."""
    command = DraftRealignment(name="Spring", effective_on=on, items=list(items) or [an_item()])
    return await run_in(field.next(), draft_realignment, command)


async def simulated(field: FakeUnitOfWork, *items: dict[str, Any], on: date = SOON) -> Realignment:
    draft = await drafted(field, *items, on=on)
    return await run_in(field.next(), simulate_realignment, SimulateRealignment(realignment_id=draft.id))


async def published(field: FakeUnitOfWork, realignment: Realignment) -> FakeUnitOfWork:
    step = field.next()
    await run_in(step, publish_realignment, PublishRealignment(realignment_id=realignment.id))
    return step


async def applied(field: FakeUnitOfWork, realignment: Realignment) -> dict[str, int]:
    """Publish, and do what the job does; what came of the items."""
    await published(field, realignment)
    step = field.next()
    batch = await apply_items(realignment, realignment.items, step)
    await step.commit()
    row = field.fake.rows("publications")[f"pub_{realignment.id[4:]}"]
    row["state"] = "done"
    return dict(batch.counts)


async def alignment_of(field: FakeUnitOfWork, account_id: str) -> Alignment:
    return await field.next().get(Alignment, f"aln_{account_id[4:]}_1")


async def test_a_published_realignment_is_planned_in_the_alignments(field: FakeUnitOfWork):
    realignment = await simulated(field)
    assert realignment.state is RealignmentStatus.SIMULATED
    assert await applied(field, realignment) == {"applied": 1, "unchanged": 0, "failed": 0}
    alignment = await alignment_of(field, "acc_A")
    assert [(one.unit_id, one.valid_from, one.realignment_id) for one in alignment.assignments] == [
        ("unt_t1", day("2026-01-01"), None),
        ("unt_t2", SOON, realignment.id),
    ]
    account = await field.next().get(Account, "acc_A")
    assert Stamp(line="lin_1", path=T2) not in account.visible
    assert alignment.restamp_on == SOON


async def test_one_that_is_in_force_already_shows_the_institution_at_once(field: FakeUnitOfWork):
    realignment = await simulated(field, an_item(unit="unt_t3", employee="emp_3"), on=TODAY)
    await applied(field, realignment)
    account = await field.next().get(Account, "acc_A")
    assert account.visible == [Stamp(path=NORTH), Stamp(line="lin_1", path=T3)]


async def test_applying_again_changes_nothing(field: FakeUnitOfWork):
    realignment = await simulated(field)
    await applied(field, realignment)
    step = field.next()
    batch = await apply_items(realignment, realignment.items, step)
    assert dict(batch.counts) == {"applied": 0, "unchanged": 1, "failed": 0}
    assert step.emitted == []


async def test_a_draft_is_not_published(field: FakeUnitOfWork):
    draft = await drafted(field)
    with pytest.raises(NotSimulated):
        await published(field, draft)


async def test_what_was_simulated_is_stale_once_an_alignment_of_its_territories_changes(field: FakeUnitOfWork):
    realignment = await simulated(field)
    change = ChangeAlignment(alignment_id="aln_D_1", valid_from=SOON, unit_id="unt_t2", employee_id="emp_2")
    await run_in(field.next(), change_alignment, change)
    with pytest.raises(SimulationStale):
        await published(field, realignment)
    await run_in(field.next(), simulate_realignment, SimulateRealignment(realignment_id=realignment.id))
    step = await published(field, realignment)
    assert [type(event) for event in step.emitted] == [RealignmentPublished]


async def test_a_change_elsewhere_leaves_the_simulation_as_good_as_it_was(field: FakeUnitOfWork):
    realignment = await simulated(field)
    await run_in(field.next(), assign_territory, assigning("acc_B", unit_id="unt_t3", employee_id="emp_3"))
    await published(field, realignment)


@pytest.mark.parametrize(
    ("items", "name", "reason"),
    [
        ([an_item(), an_item(unit="unt_t3", employee="emp_3")], "overlaps", "listed_twice"),
        ([an_item(employee="emp_3")], "orphaned", "representative_elsewhere"),
    ],
)
async def test_it_is_not_published_while_something_is_listed(
    field: FakeUnitOfWork, items: list[dict[str, Any]], name: str, reason: str
):
    realignment = await simulated(field, *items)
    with pytest.raises(NotPublishable) as refused:
        await published(field, realignment)
    assert [one["reason"] for one in refused.value.facts[name]] == [reason]
    assert (await field.next().get(Realignment, realignment.id)).state is RealignmentStatus.SIMULATED


async def test_a_gap_forbids_the_publication(field: FakeUnitOfWork):
    end = ChangeAlignment(alignment_id="aln_A_1", valid_from=TODAY + timedelta(days=1), end=True)
    await run_in(field.next(), change_alignment, end)
    realignment = await simulated(field)
    with pytest.raises(NotPublishable) as refused:
        await published(field, realignment)
    (gap,) = refused.value.facts["gaps"]
    assert (gap["since"], gap["until"]) == (str(TODAY + timedelta(days=1)), str(SOON))


async def test_a_representative_who_leaves_after_the_simulation_forbids_the_publication(field: FakeUnitOfWork):
    realignment = await simulated(field)
    row = field.fake.rows("employees")["emp_2"]
    leaver = Employee.load(row)
    assert leaver.unit_id == "unt_t2"
    row["valid_to"] = row["positions"][0]["valid_to"] = str(TODAY + timedelta(days=2))
    with pytest.raises(NotPublishable) as refused:
        await published(field, realignment)
    assert [one["reason"] for one in refused.value.facts["orphaned"]] == ["representative_not_employed"]


async def test_a_rewritten_draft_has_to_be_simulated_again(field: FakeUnitOfWork):
    realignment = await simulated(field)
    step = field.next()
    command = ReviseRealignment(
        realignment_id=realignment.id, name="Spring", effective_on=SOON, items=[an_item("acc_D")]
    )
    revised = await run_in(step, revise_realignment, command)
    assert (revised.state, revised.simulation) == (RealignmentStatus.DRAFT, None)
    assert [type(event) for event in step.emitted] == [RealignmentRevised]
    with pytest.raises(NotSimulated):
        await published(field, realignment)
    same = field.next()
    await run_in(same, revise_realignment, command)
    assert same.emitted == []


async def test_what_is_published_neither_changes_nor_is_published_again(field: FakeUnitOfWork):
    realignment = await simulated(field)
    await applied(field, realignment)
    with pytest.raises(AlreadyPublished):
        await published(field, realignment)
    with pytest.raises(AlreadyPublished):
        await run_in(field.next(), simulate_realignment, SimulateRealignment(realignment_id=realignment.id))
    command = ReviseRealignment(realignment_id=realignment.id, name="x", effective_on=SOON, items=[an_item()])
    with pytest.raises(AlreadyPublished):
        await run_in(field.next(), revise_realignment, command)


async def test_a_later_one_that_covers_everything_supersedes_the_earlier(field: FakeUnitOfWork):
    earlier = await simulated(field)
    await applied(field, earlier)
    later = await simulated(
        field, an_item(unit="unt_t3", employee="emp_3"), an_item("acc_D"), on=SOON - timedelta(days=2)
    )
    step = await published(field, later)
    assert [type(event) for event in step.emitted] == [RealignmentSuperseded, RealignmentPublished]
    replaced = await field.next().get(Realignment, earlier.id)
    assert (replaced.state, replaced.superseded_by) == (RealignmentStatus.SUPERSEDED, later.id)
    unit = field.next()
    await apply_items(later, later.items, unit)
    await unit.commit()
    alignment = await alignment_of(field, "acc_A")
    assert [one.unit_id for one in alignment.assignments] == ["unt_t1", "unt_t3"]


async def test_one_that_covers_a_part_leaves_the_earlier_published(field: FakeUnitOfWork):
    earlier = await simulated(field, an_item(), an_item("acc_D"))
    await applied(field, earlier)
    later = await simulated(field, an_item(unit="unt_t3", employee="emp_3"))
    await applied(field, later)
    assert (await field.next().get(Realignment, earlier.id)).state is RealignmentStatus.PUBLISHED


async def test_one_is_applied_at_a_time(field: FakeUnitOfWork):
    first = await simulated(field)
    await published(field, first)
    second = await simulated(field, an_item("acc_D"))
    with pytest.raises(PublicationRunning):
        await published(field, second)


async def test_what_was_planned_by_hand_since_the_publication_stays_and_is_told(field: FakeUnitOfWork):
    realignment = await simulated(field, an_item(), an_item("acc_D"))
    await published(field, realignment)
    later = SOON + timedelta(days=30)
    change = ChangeAlignment(alignment_id="aln_A_1", valid_from=later, unit_id="unt_t2", employee_id="emp_2")
    await run_in(field.next(), change_alignment, change)
    step = field.next()
    batch = await apply_items(realignment, realignment.items, step)
    await step.commit()
    assert dict(batch.counts) == {"applied": 1, "unchanged": 0, "failed": 1}
    assert [row["account_id"] for row in batch.rows] == ["acc_A"]
    assert [one.valid_from for one in (await alignment_of(field, "acc_A")).assignments] == [day("2026-01-01"), later]


async def test_the_simulation_tells_what_it_found(field: FakeUnitOfWork):
    draft = await drafted(field, an_item(), an_item(unit="unt_t3", employee="emp_3"))
    step = field.next()
    await run_in(step, simulate_realignment, SimulateRealignment(realignment_id=draft.id))
    (event,) = step.emitted
    assert isinstance(event, RealignmentSimulated)
    assert (event.gaps, event.overlaps, event.orphaned, event.realignment.items) == (0, 1, 0, 2)


async def test_everything_unknown_in_a_draft_is_told_at_once(field: FakeUnitOfWork):
    items = [
        an_item(),
        {"account_id": "acc_X", "line_id": "lin_X", "to_unit_id": "unt_X", "employee_id": "emp_X"},
        an_item(unit="unt_north"),
    ]
    with pytest.raises(RuleBroken) as refused:
        await drafted(field, *items, on=day("2099-01-01"))
    assert {(one.field, one.code) for one in refused.value.violations} == {
        ("effective_on", "too_far_ahead"),
        ("items[1].account_id", "unknown_reference"),
        ("items[1].line_id", "unknown_reference"),
        ("items[1].to_unit_id", "unknown_reference"),
        ("items[1].employee_id", "unknown_reference"),
        ("items[2].to_unit_id", "not_a_territory"),
    }


async def test_the_job_remembers_who_asked_for_it(field: FakeUnitOfWork):
    realignment = await simulated(field)
    step = await published(field, realignment)
    job = await step.get(Publication, f"pub_{realignment.id[4:]}")
    assert (job.realignment_id, job.asked_by.subject) == (realignment.id, step.principal.subject)
    assert field.fake.rows("job_progress")[job.id]["total"] == 1
