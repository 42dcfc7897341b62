"""Score models: their terms, their versions, and which decides."""

from typing import Any

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, run_in
from contracts.events.customer import ScoreModelActivated, ScoreModelDrafted, ScoreModelRetired
from contracts.values import ScoreModelStatus
from customer.evaluation.activate_model import ActivateModel, RetireModel, activate_model, retire_model
from customer.evaluation.manage_models import AddVersion, DraftModel, add_version, draft_model
from customer.evaluation.model import NothingActive, ScoreModel, UnknownVersion, VersionIsDraft, VersionRetired
from customer.evaluation.runs import RequestRun, RunInProgress, ScoreRun, request_run

from tests.customer.builders import TODAY, day
from tests.customer.evaluation.samples import LIMITS, a_model, an_active_model, weighed


async def refused(work: FakeUnitOfWork, **more: Any) -> list[tuple[str | None, str]]:
    with pytest.raises(RuleBroken) as refusal:
        await run_in(work.next(), draft_model, DraftModel(**a_model(**more)))
    return [(one.field, one.code) for one in refusal.value.violations]


async def test_a_model_is_drafted_with_the_sources_of_its_inputs(work: FakeUnitOfWork):
    step = work.next()
    model = await run_in(step, draft_model, DraftModel(**a_model(population=["kind", "grade_band", "region"])))
    assert [(one.code, one.source) for one in model.newest.terms.inputs] == [
        ("beds", "account"),
        ("discharges", "account"),
    ]
    assert (model.newest.state, model.active) == (ScoreModelStatus.DRAFT, None)
    (event,) = step.emitted
    assert isinstance(event, ScoreModelDrafted)
    assert event.model.versions[0].population == ["kind", "grade_band", "region"]


@pytest.mark.parametrize(
    "inputs", [weighed(beds=60, discharges=39.99), weighed(beds=100, discharges=0.01), weighed(beds=99)]
)
async def test_weights_total_exactly_100(work: FakeUnitOfWork, inputs: list[dict[str, Any]]):
    assert await refused(work, inputs=inputs) == [("inputs", "weights_not_100")]


async def test_weights_may_have_two_decimals(work: FakeUnitOfWork):
    thirds = weighed(beds=33.33, discharges=33.33, grade=33.34)
    await run_in(work.next(), draft_model, DraftModel(**a_model(inputs=thirds)))
    assert ("inputs[0].weight", "weight_too_fine") in await refused(
        work, inputs=weighed(beds=33.333, discharges=66.667)
    )


async def test_everything_wrong_is_told_at_once(work: FakeUnitOfWork):
    inputs = [
        {"code": "beds", "source": "departments", "weight": 50},
        {"code": "beds", "weight": 20},
        {"code": "astrology", "weight": 20},
    ]
    thresholds = {"A": 50, "B": 50, "C": 60}
    assert await refused(work, inputs=inputs, population=["kind", "moon", "kind"], thresholds=thresholds) == [
        ("inputs[0].source", "wrong_source"),
        ("inputs[1].code", "duplicate_input"),
        ("inputs[2].code", "unknown_input"),
        ("inputs", "weights_not_100"),
        ("population[1]", "unknown_trait"),
        ("population[2]", "duplicate_trait"),
        ("thresholds", "thresholds_not_ordered"),
    ]
    assert await refused(work, inputs=[]) == [("inputs", "no_inputs")]


async def test_unknown_inputs_are_refused_with_those_that_there_are(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refusal:
        await run_in(work.next(), draft_model, DraftModel(**a_model(inputs=weighed(role=100))))
    (violation,) = refusal.value.violations
    assert violation.code == "unknown_input"
    assert "beds" in violation.detail
    assert "outpatient_visits" in violation.detail


@pytest.mark.parametrize("code", ["prescriptions", "own_sales", "rx_count", "处方数"])
async def test_no_doctor_is_scored_by_prescriptions_or_sales(work: FakeUnitOfWork, code: str):
    inputs = [*weighed(role=50), {"code": code, "weight": 50}]
    assert await refused(work, subject="contact", inputs=inputs) == [
        ("inputs[1].code", "prescriber_level_data_forbidden")
    ]
    await run_in(work.next(), draft_model, DraftModel(**a_model(inputs=weighed(own_sales=100))))


async def test_one_version_of_one_model_decides_for_a_subject(work: FakeUnitOfWork):
    first = await an_active_model(work)
    doctors = await an_active_model(work, "contact")
    second = await run_in(work.next(), draft_model, DraftModel(**a_model(name="Other")))
    step = work.next()
    await run_in(step, activate_model, ActivateModel(model_id=second.id, reason="better"))
    assert [type(event) for event in step.emitted] == [ScoreModelRetired, ScoreModelActivated]
    states = {one.id: one.versions[0].state.value for one in await work.next().survey(ScoreModel, {})}
    assert states == {first.id: "retired", second.id: "active", doctors.id: "active"}
    again = work.next()
    await run_in(again, activate_model, ActivateModel(model_id=second.id))
    assert again.emitted == []
    with pytest.raises(VersionRetired):
        await run_in(work.next(), activate_model, ActivateModel(model_id=first.id))


async def test_a_new_version_takes_the_place_of_the_one_before(work: FakeUnitOfWork):
    model = await an_active_model(work)
    terms = {"inputs": weighed(grade=100), "population": ["kind"], "thresholds": LIMITS}
    model = await run_in(work.next(), add_version, AddVersion(model_id=model.id, **terms))
    assert [one.state.value for one in model.versions] == ["active", "draft"]
    step = work.next()
    model = await run_in(step, activate_model, ActivateModel(model_id=model.id))
    assert [one.state.value for one in model.versions] == ["retired", "active"]
    assert [type(event) for event in step.emitted] == [ScoreModelRetired, ScoreModelActivated]
    assert model.versions[0].terms.codes == ["beds", "discharges"]
    with pytest.raises(UnknownVersion):
        await run_in(work.next(), activate_model, ActivateModel(model_id=model.id, version=3))


async def test_a_retired_model_decides_nothing(work: FakeUnitOfWork):
    model = await an_active_model(work)
    model = await run_in(work.next(), retire_model, RetireModel(model_id=model.id))
    assert model.active is None
    with pytest.raises(NothingActive):
        await run_in(work.next(), retire_model, RetireModel(model_id=model.id))
    run = await run_in(work.next(), request_run, RequestRun(model_id=model.id, as_of=TODAY))
    assert run.model_version == 1, "past dates can still be scored with it"


async def test_which_runs_can_be_asked_for(work: FakeUnitOfWork):
    draft = await run_in(work.next(), draft_model, DraftModel(**a_model()))
    with pytest.raises(NothingActive):
        await run_in(work.next(), request_run, RequestRun(model_id=draft.id, as_of=TODAY))
    with pytest.raises(VersionIsDraft):
        await run_in(work.next(), request_run, RequestRun(model_id=draft.id, version=1, as_of=TODAY))
    model = await an_active_model(work)
    with pytest.raises(RuleBroken) as refusal:
        await run_in(work.next(), request_run, RequestRun(model_id=model.id, as_of=day("2026-03-02")))
    assert refusal.value.code == "in_the_future"
    run = await run_in(work.next(), request_run, RequestRun(model_id=model.id, as_of=day("2025-01-01")))
    assert (run.on, run.model_version, run.state.value) == (day("2025-01-01"), 1, "queued")
    with pytest.raises(RunInProgress):
        await run_in(work.next(), request_run, RequestRun(model_id=model.id, as_of=day("2025-01-01")))
    await run_in(work.next(), request_run, RequestRun(model_id=model.id, as_of=day("2025-01-02")))
    assert len(await work.next().survey(ScoreRun, {})) == 2
