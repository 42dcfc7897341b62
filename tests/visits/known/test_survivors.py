"""Ids of what was merged are kept as recorded and read as the survivor's."""

from typing import Any

import pytest
from chassis.journal import Cause
from chassis.principal import SystemPrincipal
from chassis.refusals import Refusal
from chassis.restamping import restamp_batch
from chassis.testing import FakeUnitOfWork, a_manager
from chassis.testing.principals import SOUTH
from contracts.events.customer import AccountMerged, AccountUnmerged
from contracts.values import Stage, VisitState
from visits.known import reactions as known
from visits.known.model import KnownAccount, KnownContact
from visits.known.survivors import also_known_as, survivor
from visits.visits import reactions
from visits.visits.affiliation import check_affiliated
from visits.visits.model import Visit
from visits.visits.restamp_visits import VISITS

from tests.visits.builders import TODAY, a_contact, a_visit, account_state, an_account


@pytest.fixture
def system(work: FakeUnitOfWork) -> FakeUnitOfWork:
    unit = work.next(principal=SystemPrincipal("visits.reactions"))
    unit.cause = Cause(command="test", sequence=9)
    return unit


def merged(gone: str, into: str | None) -> Any:
    stage = Stage.MERGED if into else Stage.ACTIVE
    state = account_state(account_id=gone).model_copy(update={"survivor_of": into, "stage": stage})
    if into:
        return AccountMerged(account=state, merge_id="mrg_1", on=TODAY)
    return AccountUnmerged(account=state, merge_id="mrg_1", was_survivor_id="acc_B")


async def test_an_id_leads_to_the_end_of_a_chain_and_back(system: FakeUnitOfWork):
    await known.follow_merge(merged("acc_A", "acc_B"), system)
    await known.follow_merge(merged("acc_B", "acc_south"), system)
    end = await survivor(KnownAccount, "acc_A", system)
    assert end is not None
    assert end.id == "acc_south"
    assert await also_known_as("acc_south", system) == ["acc_south", "acc_B", "acc_A"]
    await known.follow_undone_merge(merged("acc_B", None), system)
    end = await survivor(KnownAccount, "acc_A", system)
    assert end is not None
    assert end.id == "acc_B"


async def test_a_doctor_of_the_survivor_can_be_met_at_a_visit_planned_at_what_was_merged(work: FakeUnitOfWork):
    await work.put(an_account("acc_A", stage=Stage.MERGED, survivor_of="acc_B"))
    unit = work.next()
    await check_affiliated(unit, ["con_B"], account_id="acc_A", on=TODAY, field="attendees")
    unit.check()
    await check_affiliated(unit, ["con_1"], account_id="acc_A", on=TODAY, field="attendees")
    with pytest.raises(Refusal):
        unit.check()


async def test_a_merged_contact_is_met_as_its_survivor(work: FakeUnitOfWork):
    gone = a_contact("con_gone", at="acc_closed")
    gone.survivor_of = "con_1"
    await work.put(gone)
    unit = work.next()
    assert (await survivor(KnownContact, "con_gone", unit)) is not None
    await check_affiliated(unit, ["con_gone"], account_id="acc_A", on=TODAY, field="attendees")
    unit.check()


async def test_visits_at_what_was_merged_are_seen_by_who_sees_the_survivor(system: FakeUnitOfWork):
    await system.given(a_visit(state=VisitState.PLANNED))
    stranger = a_manager(SOUTH)
    for event, follow, keep, seen in (
        (merged("acc_A", "acc_south"), reactions.follow_merge, known.follow_merge, True),
        (merged("acc_A", None), reactions.follow_undone_merge, known.follow_undone_merge, False),
    ):
        await keep(event, system)
        await follow(event, system)
        await restamp_batch([VISITS], system)
        (visit,) = await system.survey(Visit, {})
        assert stranger.sees(visit.visible) is seen
