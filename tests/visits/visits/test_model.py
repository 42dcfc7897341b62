"""The visit's own rules."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from contracts.events.promotion import RefusalReason
from contracts.events.visits import VisitConfirmed, VisitReturned, VisitSubmitted
from contracts.values import GeoPoint, Stamp, VisitState
from visits.visits.entities import CancellationReason, Detail, Drop, Fix, PlacedFix, VisitFlag
from visits.visits.model import Visit
from visits.visits.refusals import IllegalTransition, NotTheAuthor, SubmissionTooLate

from tests.visits.builders import (
    HOSPITAL_POINT,
    NOW,
    TERRITORY,
    TODAY,
    a_visit,
    checked_in,
    checked_out,
    in_state,
    north_of,
    reported,
    submitted,
)

DUE = timedelta(hours=48)
STATES = [state for state in VisitState if state not in (VisitState.LOCKED, VisitState.MISSED)]


def arrive(visit: Visit, fix: Fix, *, institution: GeoPoint | None = HOSPITAL_POINT, **more: object) -> None:
    given: dict[str, object] = {"at": NOW, "now": NOW, "previous": None, "radius_m": 500} | more
    visit.check_in(on=TODAY, fix=fix, institution=institution, **given)  # pyright: ignore


COMMANDS: dict[str, tuple[Callable[[Visit], object], set[VisitState]]] = {
    "check_in": (lambda v: arrive(v, Fix(point=HOSPITAL_POINT, accuracy_m=5)), {VisitState.PLANNED}),
    "check_out": (lambda v: v.check_out(at=NOW, fix=None, now=NOW), {VisitState.CHECKED_IN}),
    "report": (
        lambda v: v.write_report(attendees=["con_1"], products=[], feedback=None, materials=[], next_step=None),
        {VisitState.CHECKED_IN, VisitState.CHECKED_OUT, VisitState.RETURNED},
    ),
    "submit": (
        lambda v: v.submit(at=NOW + timedelta(hours=1), now=NOW + timedelta(hours=1), due_within=DUE),
        {VisitState.CHECKED_OUT, VisitState.RETURNED},
    ),
    "cancel": (lambda v: v.cancel(CancellationReason.OTHER, "why"), {VisitState.PLANNED}),
}


@pytest.mark.parametrize("state", STATES, ids=lambda s: s.value)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_taken_from_its_own_states_only(command: str, state: VisitState):
    act, allowed = COMMANDS[command]
    visit = in_state(state)
    if state in allowed:
        act(visit)
        return
    with pytest.raises(IllegalTransition) as refused:
        act(visit)
    assert refused.value.status == 409
    assert refused.value.facts["state"] == state.value
    assert set(refused.value.facts["allowed_from"]) == {s.value for s in allowed}  # pyright: ignore
    assert visit.state is state


@pytest.mark.parametrize(
    ("accuracy", "metres", "exception"),
    [(0, 499, False), (0, 502, True), (100, 598, False), (100, 602, True), (1_000, 698, False), (1_000, 702, True)],
)
def test_accuracy_widens_the_radius_by_200_metres_at_most(accuracy: float, metres: float, exception: bool):
    visit = a_visit()
    arrive(visit, Fix(point=north_of(HOSPITAL_POINT, metres), accuracy_m=accuracy))
    assert visit.distance_m == pytest.approx(metres, abs=1)
    assert (VisitFlag.LOCATION_EXCEPTION in visit.flags) is exception
    assert visit.state is VisitState.CHECKED_IN, "an exception is kept for the manager, not refused"


def test_an_institution_without_a_point_cannot_be_missed():
    visit = a_visit()
    arrive(visit, Fix(point=HOSPITAL_POINT, accuracy_m=5), institution=None)
    assert (visit.distance_m, visit.flags) == (None, [VisitFlag.LOCATION_UNKNOWN])


def test_a_device_ahead_of_the_server_is_flagged_once():
    visit = a_visit()
    arrive(visit, Fix(point=HOSPITAL_POINT, accuracy_m=5), at=NOW + timedelta(minutes=10))
    visit.check_out(at=NOW + timedelta(minutes=11), fix=None, now=NOW)
    assert visit.flags == [VisitFlag.CLOCK_AHEAD]


def test_a_representative_who_was_far_away_a_moment_ago_is_flagged():
    previous = PlacedFix(
        at=NOW - timedelta(minutes=30),
        fix=Fix(point=north_of(HOSPITAL_POINT, 100_000), accuracy_m=10),
    )
    visit = a_visit()
    arrive(visit, Fix(point=HOSPITAL_POINT, accuracy_m=5), previous=previous)
    assert visit.flags == [VisitFlag.TELEPORT]


def test_where_the_representative_left_is_the_check_out_or_else_the_check_in():
    visit = checked_in()
    assert visit.left() is None
    visit.check_out(at=NOW, fix=Fix(point=GeoPoint(lat=1, lon=2), accuracy_m=3), now=NOW)
    assert visit.left() == PlacedFix(at=NOW, fix=Fix(point=GeoPoint(lat=1, lon=2), accuracy_m=3))
    without_point = checked_out().left()
    assert without_point is not None
    assert without_point.fix.point == HOSPITAL_POINT


def test_a_submission_needs_a_report_and_somebody_met():
    assert [v.code for v in checked_out().submission_violations()] == ["report_missing"]
    draft = checked_in()
    draft.write_report(attendees=[], products=[], feedback=None, materials=[], next_step=None)
    assert [v.code for v in draft.submission_violations()] == ["attendees_missing"]
    assert reported().submission_violations() == []


def test_the_first_submission_is_due_48_hours_after_the_check_out():
    visit = reported()
    left = visit.checked_out_at
    assert left is not None
    with pytest.raises(SubmissionTooLate):
        visit.submit(at=left + DUE + timedelta(seconds=1), now=left + DUE, due_within=DUE)
    visit.submit(at=left + DUE, now=left + DUE, due_within=DUE)
    assert visit.state is VisitState.SUBMITTED


def test_a_later_attempt_is_never_too_late():
    visit = submitted()
    visit.give_back(1, [RefusalReason(line=0, code="short", detail="only 3 left")])
    event = visit.submit(at=NOW + timedelta(days=30), now=NOW + timedelta(days=30), due_within=DUE)
    assert (visit.attempt, event.visit.attempt, visit.return_reasons) == (2, 2, [])


def test_a_report_handed_in_offline_is_flagged_and_judged_by_the_device():
    visit = reported()
    visit.submit(at=NOW + timedelta(hours=1), now=NOW + timedelta(hours=80), due_within=DUE)
    assert visit.flags == [VisitFlag.SUBMITTED_OFFLINE]
    assert visit.submitted_at == NOW + timedelta(hours=80)


def test_promotion_answers_confirm_or_return_the_attempt_that_waits():
    visit = submitted()
    assert isinstance(visit.confirm(1, NOW), VisitConfirmed)
    assert visit.state is VisitState.CONFIRMED
    visit = submitted()
    event = visit.give_back(1, [RefusalReason(line=0, code="short", detail="only 3 left")])
    assert isinstance(event, VisitReturned)
    assert (visit.state, visit.return_reasons[0].code) == (VisitState.RETURNED, "short")


@pytest.mark.parametrize("attempt", [0, 2])
def test_answers_to_other_attempts_change_nothing(attempt: int):
    visit = submitted()
    assert visit.confirm(attempt, NOW) is None
    assert visit.give_back(attempt, []) is None
    assert visit.state is VisitState.SUBMITTED


def test_a_second_answer_changes_nothing():
    visit = submitted()
    visit.confirm(1, NOW)
    assert visit.give_back(1, []) is None
    assert visit.state is VisitState.CONFIRMED


def test_contacts_leave_planned_visits_only_and_are_remembered():
    visit = a_visit(contact_ids=("con_1", "con_2"))
    event = visit.drop_contacts(["con_2", "con_9"])
    assert event is not None
    assert (event.removed, visit.contact_ids, visit.removed_contact_ids) == (["con_2"], ["con_1"], ["con_2"])
    assert visit.drop_contacts(["con_2"]) is None
    assert checked_in().drop_contacts(["con_1"]) is None


def test_a_repeated_plan_is_recognised_even_when_a_contact_has_left_since():
    visit = a_visit(contact_ids=("con_1", "con_2"))
    visit.drop_contacts(["con_2"])
    assert visit.same_plan("acc_A", NOW, ["con_2", "con_1"])
    assert not visit.same_plan("acc_A", NOW, ["con_1"])
    assert not visit.same_plan("acc_B", NOW, ["con_1", "con_2"])
    assert not visit.same_plan("acc_A", NOW + timedelta(minutes=1), ["con_1", "con_2"])


def test_a_visit_is_seen_by_credited_unit_present_unit_and_institution():
    visit = a_visit()
    assert [stamp.path for stamp in visit.visible] == [TERRITORY], "equal stamps are kept once"
    assert visit.stamp("/unt_hq/unt_x/", [Stamp(path="/unt_hq/unt_y/")])
    assert [stamp.path for stamp in visit.visible] == [TERRITORY, "/unt_hq/unt_x/", "/unt_hq/unt_y/"]
    assert not visit.stamp("/unt_hq/unt_x/", [Stamp(path="/unt_hq/unt_y/")])
    visit.state = VisitState.CONFIRMED
    visit.stamp("/unt_hq/unt_x/", [Stamp(path="/unt_hq/unt_y/")])
    assert [stamp.path for stamp in visit.visible] == [TERRITORY, "/unt_hq/unt_y/"]


def test_only_the_author_changes_a_visit():
    visit = a_visit()
    visit.require_author("emp_rep")
    for other in ("emp_manager", None):
        with pytest.raises(NotTheAuthor) as refused:
            visit.require_author(other)
        assert refused.value.status == 403


def test_points_and_words_are_in_no_event_and_not_in_the_journal():
    visit = checked_in(a_visit())
    visit.check_out(at=NOW, fix=Fix(point=GeoPoint(lat=12.345678, lon=98.765432), accuracy_m=77.25), now=NOW)
    visit.write_report(
        attendees=["con_1"],
        products=[Detail(product_id="prd_1", message="said this")],
        feedback="heard that",
        materials=[Drop(lot_id="lot_1", contact_id="con_1", quantity=2)],
        next_step="come back",
    )
    event = visit.submit(at=NOW, now=NOW, due_within=DUE)
    assert isinstance(event, VisitSubmitted)
    assert [m.quantity for m in event.visit.materials] == [2]
    assert [p.product_id for p in event.visit.products] == ["prd_1"]
    for text in (event.model_dump_json(), str(visit.public_state())):
        for secret in ("12.345678", "98.765432", "77.25", "39.9139", "said this", "heard that", "come back"):
            assert secret not in text
    assert {
        "check_in_fix",
        "check_out_fix",
        "products",
        "feedback",
        "next_step",
        "cancellation_words",
    } == visit.PERSONAL
