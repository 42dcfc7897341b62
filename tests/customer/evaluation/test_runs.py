"""What a run comes to, batch by batch, and the inputs that arrive by events."""

from datetime import date
from typing import Any

import pytest
from chassis.testing import FakeUnitOfWork, run_in
from chassis.testing.principals import NORTH
from contracts.events.analytics import EvaluationInputRecorded, EvaluationInputState
from contracts.events.customer import ScoreChanged
from contracts.events.visits import VisitConfirmed, VisitSnapshot
from contracts.values import ScoreSubject, Tier, VisitState
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.evaluation.inputs import InputValue
from customer.evaluation.members import Ask, members_of
from customer.evaluation.model import ScoreModel
from customer.evaluation.reactions import count_visit, keep_input
from customer.evaluation.runs import RequestRun, ScoreRun, ask_of, keep_scores, populations_of, request_run
from customer.evaluation.scores import Score, score_of

from tests.customer.builders import NOW, TODAY, a_contact, an_account, day
from tests.customer.evaluation.samples import an_active_model, weighed


@pytest.fixture
async def ground(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """Four hospitals that tell beds and discharges, and two (A and B) that do not."""
    for number in range(1, 5):
        await work.given(an_account(f"acc_{number}", beds=100 * number, discharges=10 * number))
    return work


async def requested(work: FakeUnitOfWork, model: ScoreModel, on: date = TODAY) -> ScoreRun:
    return await run_in(work.next(), request_run, RequestRun(model_id=model.id, as_of=on))


async def carried_out(work: FakeUnitOfWork, model: ScoreModel, job: ScoreRun, *, without: str = "") -> FakeUnitOfWork:
    version = model.version_of(job.model_version)
    members = [one for one in await members_of(work.fake, ask_of(job.subject, version, job.on)) if one.id != without]
    populations = await populations_of(version, members)
    scores = {one.id: score_of(job.subject, model.id, version, job.on, one, populations) for one in members}
    ids = sorted({*scores, without} - {""})
    step = work.next()
    await keep_scores(job, ids, scores, step)
    await step.commit()
    return step


async def scores_of(work: FakeUnitOfWork) -> dict[str, Score]:
    return {one.subject_id: one for one in await work.next().survey(Score, {})}


async def test_a_run_scores_everybody_who_counts_and_names_what_is_missing(ground: FakeUnitOfWork):
    model = await an_active_model(ground)
    step = await carried_out(ground, model, await requested(ground, model))
    scores = await scores_of(ground)
    assert sorted(scores) == ["acc_1", "acc_2", "acc_3", "acc_4", "acc_A", "acc_B"], "acc_C is closed"
    assert [(scores[f"acc_{n}"].score, scores[f"acc_{n}"].tier) for n in range(1, 5)] == [
        (12.5, Tier.D),
        (37.5, Tier.C),
        (62.5, Tier.B),
        (87.5, Tier.A),
    ]
    assert (scores["acc_A"].score, scores["acc_A"].tier, scores["acc_A"].missing) == (
        None,
        None,
        ["beds", "discharges"],
    )
    assert {type(event) for event in step.emitted} == {ScoreChanged}
    entry = next(one for one in ground.journal() if one["aggregate_id"] == scores["acc_1"].id)
    assert (entry["valid_from"], entry["events"][0]["unit_paths"]) == (TODAY.isoformat(), [NORTH])


async def test_a_repeated_run_writes_only_what_has_become_different(ground: FakeUnitOfWork):
    model = await an_active_model(ground)
    job = await requested(ground, model)
    await carried_out(ground, model, job)
    assert (await carried_out(ground, model, job)).emitted == []
    step = await carried_out(ground, model, job, without="acc_4")
    changed = {event.score.subject_id: event.score for event in step.emitted if isinstance(event, ScoreChanged)}
    assert sorted(changed) == ["acc_1", "acc_2", "acc_3", "acc_4"]
    assert (changed["acc_4"].in_population, changed["acc_4"].score, changed["acc_4"].tier) == (False, None, None)
    assert changed["acc_3"].tier is Tier.A


async def test_what_was_known_at_an_instant_is_what_is_scored(ground: FakeUnitOfWork):
    before = ground.recorded_us
    ground.clock.advance(day("2026-03-02") - TODAY)
    await run_in(ground.next(), correct_account, CorrectAccount(account_id="acc_1", beds=9000))

    async def beds(known_us: int | None) -> float | None:
        ask = Ask(ScoreSubject.ACCOUNT, ("beds",), (), TODAY, known_us)
        return {one.id: one.values["beds"] for one in await members_of(ground.fake, ask)}.get("acc_1")

    assert await beds(None) == 9000
    assert await beds(before) is None, "it was put in place without a journal, and changed since"


def a_visit(visit_id: str = "vis_1", on: str = "2026-01-15") -> VisitConfirmed:
    snapshot = VisitSnapshot(
        visit_id=visit_id,
        account_id="acc_A",
        employee_id="emp_1",
        credited_unit_id="unt_north",
        credited_path=NORTH,
        state=VisitState.CONFIRMED,
        attempt=1,
        planned_at=NOW,
        visited_on=day(on),
        contact_ids=["con_1", "con_2"],
        attendees=["con_1"],
    )
    return VisitConfirmed(visit=snapshot)


async def values(work: FakeUnitOfWork, subject: ScoreSubject, on: str, *codes: str) -> dict[str, dict[str, Any]]:
    ask = Ask(subject, codes, (), day(on))
    return {one.id: dict(one.values) for one in await members_of(work.fake, ask)}


async def test_confirmed_visits_count_for_the_institution_and_whoever_was_met(work: FakeUnitOfWork):
    for stored in (a_contact(), a_contact("con_2")):
        await work.given(stored)
    for event in (a_visit(), a_visit(), a_visit("vis_2", "2026-02-01")):
        step = work.next()
        await count_visit(event, step)
        await step.commit()
    accounts = await values(work, ScoreSubject.ACCOUNT, "2026-03-01", "visits")
    assert (accounts["acc_A"], accounts["acc_B"]) == ({"visits": 2}, {"visits": None})
    contacts = await values(work, ScoreSubject.CONTACT, "2026-01-31", "visits")
    assert contacts == {"con_1": {"visits": 1}, "con_2": {"visits": None}}


async def test_inputs_of_other_services_are_kept_by_period_and_as_they_were_known(work: FakeUnitOfWork):
    for number, value in enumerate([5.0, 7.0, None]):
        step = work.next()
        step.cause = step.cause.__class__(sequence=number + 1)
        told = EvaluationInputState(
            input_id="evi_1",
            subject=ScoreSubject.ACCOUNT,
            account_id="acc_A",
            code="potential",
            period_from=day("2025-01-01"),
            period_to=day("2026-01-01"),
            value=value,
        )
        await keep_input(EvaluationInputRecorded(input=told), step)
        await step.commit()
        found = await values(work, ScoreSubject.ACCOUNT, "2026-03-01", "potential")
        assert found["acc_A"]["potential"] == value
    rows = await work.next().survey(InputValue, {})
    assert [row.value for row in rows] == [5.0, 7.0, None]


async def test_contacts_are_compared_by_specialty_and_the_grade_of_their_hospital(work: FakeUnitOfWork):
    contact = a_contact(role="科主任")
    contact.specialty, contact.title = "Cardiology", "教授"
    await work.given(contact)
    inactive = a_contact("con_2", since="2026-03-02")
    await work.given(inactive)
    model = await an_active_model(work, "contact", population=["specialty", "grade_band"], inputs=weighed(role=100))
    await carried_out(work, model, await requested(work, model))
    (score,) = (await scores_of(work)).values()
    assert (score.subject_id, score.traits) == ("con_1", {"specialty": "cardiology", "grade_band": "ungraded"})
    assert (score.score, score.tier) == (50.0, Tier.B), "alone in the population"
