"""Change requests from the draft to what holds."""

import pytest
from chassis.journal import IDENTITIES, JOURNAL
from chassis.refusals import NotFound, Refusal, RuleBroken, UnknownReference
from chassis.testing import FakeUnitOfWork, a_rep, a_steward
from chassis.testing.fake import run_in
from chassis.testing.principals import SOUTH
from contracts.events.customer import (
    AccountCorrected,
    AccountStageChanged,
    ChangeRequestApplied,
    ChangeRequestJudged,
    ContactMoved,
)
from contracts.values import Grade, Stage, Stamp
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.model import Account
from customer.change_requests.base import BaseMoved
from customer.change_requests.calendar import TellOverdueRequests, tell_overdue_requests
from customer.change_requests.judge_request import JudgeRequest, judge_request
from customer.change_requests.model import (
    ChangeRequest,
    IllegalStep,
    Judgement,
    NotTheRequester,
    OwnRequest,
    RequestStatus,
    ReviewedByAnother,
    Verdict,
    outcome_of,
)
from customer.change_requests.revise_request import ReviseRequest, revise_request
from customer.change_requests.submit_request import SubmitRequest, submit_request
from customer.change_requests.take_request import TakeRequest, take_request
from customer.change_requests.withdraw_request import WithdrawRequest, withdraw_request
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.erasure.erase_contact import EraseContact, erase_contact
from customer.working_policy.model import POLICY_ID, Acceptance, WorkingPolicy

from tests.customer.builders import NOW, TODAY, a_contact, day
from tests.customer.change_requests.requests import (
    REP,
    STEWARD,
    a_proposal,
    a_verdict,
    in_review,
    judged,
    proposed,
    submitted,
)

OTHER_REP = a_rep(path=SOUTH + "unt_t9/", employee_id="emp_other")


async def the_account(work: FakeUnitOfWork, account_id: str = "acc_A") -> Account:
    return await work.next(principal=STEWARD).get(Account, account_id)


async def corrected(work: FakeUnitOfWork, **facts: object) -> None:
    await run_in(work.next(), correct_account, CorrectAccount(account_id="acc_A", **facts))


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ("aa", RequestStatus.APPROVED),
        ("ar", RequestStatus.PARTLY),
        ("rr", RequestStatus.REJECTED),
    ],
)
def test_the_outcome_follows_from_the_verdicts(verdicts: str, outcome: RequestStatus):
    words = {"a": Verdict.ACCEPT, "r": Verdict.REJECT}
    assert outcome_of([words[one] for one in verdicts]) is outcome


async def test_what_is_accepted_holds_and_what_is_rejected_does_not(work: FakeUnitOfWork):
    request = await in_review(
        work, a_proposal(fields={"beds": 700, "telephone": "010", "stage": {"stage": "developing"}})
    )
    unit = work.next(principal=STEWARD)
    await run_in(unit, judge_request, a_verdict(request, beds="accept", telephone="reject", stage="accept"))
    account = await the_account(work)
    assert (account.beds, account.telephone, account.stage_on(TODAY)) == (700, None, Stage.DEVELOPING)
    kinds = [type(event) for event in unit.emitted]
    assert kinds == [AccountCorrected, AccountStageChanged, ChangeRequestJudged, ChangeRequestApplied]
    after = await unit.get(ChangeRequest, request.id)
    assert (after.status, after.outcome) == (RequestStatus.APPLIED, RequestStatus.PARTLY)


async def test_a_rejected_request_changes_nothing(work: FakeUnitOfWork):
    request = await judged(work, await in_review(work), beds="reject")
    assert (request.status, request.outcome) == (RequestStatus.REJECTED, RequestStatus.REJECTED)
    assert (await the_account(work)).version == 1


async def test_every_change_that_has_a_date_is_applied_by_its_own_use_case(work: FakeUnitOfWork):
    await work.given(a_contact())
    fields = {
        "title": "Professor",
        "move": {"to_account_id": "acc_B", "on": "2026-02-01"},
        "status": {"status": "inactive"},
    }
    request = await in_review(work, a_proposal("con_1", kind="contact", fields=fields))
    unit = work.next(principal=STEWARD)
    await run_in(unit, judge_request, a_verdict(request, title="accept", move="accept", status="accept"))
    contact = await unit.get(Contact, "con_1")
    assert contact.title == "Professor"
    primary = contact.primary_on(TODAY)
    assert primary is not None
    assert primary.account_id == "acc_B"
    assert contact.status_on(TODAY).value == "inactive"
    assert ContactMoved in [type(event) for event in unit.emitted]
    fields = {"grade": "2A", "regrade": {"grade": "3A", "on": "2026-06-01"}, "parent": {"parent_id": "acc_B"}}
    other = await in_review(work, a_proposal(fields=fields))
    await judged(work, other, grade="accept", regrade="accept", parent="accept")
    account = await the_account(work)
    assert (account.grade_on(TODAY), account.grade_on(day("2026-06-01"))) == (Grade.G2A, Grade.G3A)
    assert account.parent_on(TODAY) == "acc_B"


async def test_something_new_is_registered_when_it_is_accepted(work: FakeUnitOfWork):
    fields = {"name": "New Clinic", "kind": "clinic", "unit_id": "unt_north", "beds": 3}
    request = await in_review(work, a_proposal(None, fields=fields))
    after = await judged(work, request, name="accept", kind="accept", unit_id="accept", beds="reject")
    assert after.subject_id is not None
    account = await the_account(work, after.subject_id)
    assert (account.name, account.beds) == ("New Clinic", None)
    person = {"name": "李雷", "affiliation": {"account_id": "acc_A"}, "qualifications": [{"kind": "licence"}]}
    request = await in_review(work, a_proposal(None, kind="contact", fields=person))
    after = await judged(work, request, name="accept", affiliation="accept", qualifications="accept")
    contact = await work.next(principal=STEWARD).get(Contact, after.subject_id or "")
    assert (contact.name, contact.affiliations[0].account_id) == ("李雷", "acc_A")


async def test_nothing_new_comes_to_be_without_what_it_needs(work: FakeUnitOfWork):
    draft = await proposed(work, a_proposal(None, fields={"name": "New Clinic"}))
    with pytest.raises(RuleBroken) as refused:
        await run_in(work.next(principal=REP), submit_request, SubmitRequest(request_id=draft.id))
    assert {one.field for one in refused.value.violations} == {"fields.kind", "fields.unit_id"}
    fields = {"name": "New Clinic", "kind": "clinic", "unit_id": "unt_north"}
    request = await in_review(work, a_proposal(None, fields=fields))
    with pytest.raises(RuleBroken) as refused:
        await judged(work, request, name="accept", kind="reject", unit_id="accept")
    assert [one.field for one in refused.value.violations] == ["fields.kind"]


async def test_all_that_cannot_be_proposed_is_told_at_once(work: FakeUnitOfWork):
    command = a_proposal(
        "acc_none", fields={"title": "x", "beds": 1, "move": {"to_account_id": "acc_B"}}, evidence=["evd_none"]
    )
    with pytest.raises(RuleBroken) as refused:
        await proposed(work, command)
    assert {(one.field, one.code) for one in refused.value.violations} == {
        ("subject_id", UnknownReference.code),
        ("fields.title", "field_not_proposable"),
        ("fields.move", "field_not_proposable"),
        ("evidence[0]", UnknownReference.code),
    }
    with pytest.raises(RuleBroken) as refused:
        await proposed(work, a_proposal(None, fields={"stage": {"stage": "active"}}, base_version=1))
    assert {one.field for one in refused.value.violations} == {"fields.stage", "base_version"}
    with pytest.raises(RuleBroken) as refused:
        await proposed(work, a_proposal(fields={}))
    assert refused.value.code == "nothing_proposed"


async def test_institutions_of_the_directory_may_be_proposed_upon_contacts_must_be_seen(work: FakeUnitOfWork):
    await work.given(a_contact("con_far", at="acc_B", path=SOUTH))
    request = await proposed(work, a_proposal("acc_B"))
    assert request.subject_id == "acc_B"
    with pytest.raises(RuleBroken) as refused:
        await proposed(work, a_proposal("con_far", kind="contact", fields={"title": "x"}))
    assert refused.value.code == UnknownReference.code


async def test_who_sees_the_subject_and_who_proposed_see_the_request(work: FakeUnitOfWork):
    request = await proposed(work, a_proposal("acc_B"))
    assert request.visible == sorted(
        {Stamp(path=REP.unit_path or ""), Stamp(path=SOUTH)}, key=lambda stamp: (stamp.path, stamp.line)
    )
    with pytest.raises(NotFound):
        await work.next(principal=OTHER_REP).get(ChangeRequest, (await proposed(work)).id)


async def test_only_the_requester_revises_submits_and_withdraws(work: FakeUnitOfWork):
    draft = await proposed(work)
    for use_case, command in (
        (revise_request, ReviseRequest(request_id=draft.id, reason="other words")),
        (submit_request, SubmitRequest(request_id=draft.id)),
        (withdraw_request, WithdrawRequest(request_id=draft.id)),
    ):
        with pytest.raises(NotTheRequester):
            await run_in(work.next(principal=STEWARD), use_case, command)


async def test_a_draft_is_revised_and_nothing_else_is(work: FakeUnitOfWork):
    draft = await proposed(work)
    fields = a_proposal(fields={"discharges": 9}).fields
    after = await run_in(work.next(principal=REP), revise_request, ReviseRequest(request_id=draft.id, fields=fields))
    assert [one.field for one in after.proposals] == ["discharges"]
    unit = work.next(principal=REP)
    await run_in(unit, revise_request, ReviseRequest(request_id=draft.id, fields=fields))
    assert unit.emitted == []
    await run_in(work.next(principal=REP), submit_request, SubmitRequest(request_id=draft.id))
    with pytest.raises(IllegalStep):
        await run_in(work.next(principal=REP), revise_request, ReviseRequest(request_id=draft.id, fields=fields))


async def test_nobody_judges_the_own_request(work: FakeUnitOfWork):
    request = await submitted(work, by=STEWARD)
    with pytest.raises(OwnRequest):
        await run_in(work.next(principal=STEWARD), take_request, TakeRequest(request_id=request.id))
    other = a_steward(employee_id="emp_steward2")
    await run_in(work.next(principal=other), take_request, TakeRequest(request_id=request.id))
    with pytest.raises(OwnRequest):
        await run_in(work.next(principal=STEWARD), judge_request, a_verdict(request, beds="accept"))


async def test_who_has_taken_it_up_judges_it(work: FakeUnitOfWork):
    request = await submitted(work)
    with pytest.raises(IllegalStep):
        await run_in(work.next(principal=STEWARD), judge_request, a_verdict(request, beds="accept"))
    await run_in(work.next(principal=STEWARD), take_request, TakeRequest(request_id=request.id))
    other = a_steward(employee_id="emp_steward2")
    with pytest.raises(ReviewedByAnother):
        await run_in(work.next(principal=other), judge_request, a_verdict(request, beds="accept"))
    await run_in(work.next(principal=other), take_request, TakeRequest(request_id=request.id))
    await run_in(work.next(principal=other), judge_request, a_verdict(request, beds="accept"))
    for use_case, command in (
        (take_request, TakeRequest(request_id=request.id)),
        (judge_request, a_verdict(request, beds="reject")),
    ):
        with pytest.raises(IllegalStep):
            await run_in(work.next(principal=other), use_case, command)
    with pytest.raises(IllegalStep):
        await run_in(work.next(principal=REP), withdraw_request, WithdrawRequest(request_id=request.id))


async def test_every_field_has_a_verdict_and_no_other(work: FakeUnitOfWork):
    request = await in_review(work, a_proposal(fields={"beds": 1, "discharges": 2}))
    with pytest.raises(RuleBroken) as refused:
        await judged(work, request, beds="accept", telephone="reject")
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("fields.discharges", "verdict_missing"),
        ("fields.telephone", "field_not_proposed"),
    ]


async def test_a_moved_base_is_refused_with_the_difference(work: FakeUnitOfWork):
    request = await in_review(work)
    await corrected(work, beds=650)
    with pytest.raises(BaseMoved) as refused:
        await judged(work, request, beds="accept")
    assert refused.value.status == 412
    assert refused.value.facts["difference"] == [{"field": "beds", "base": None, "now": 650, "proposed": 700}]
    assert (await the_account(work)).beds == 650
    seen = JudgeRequest(request_id=request.id, fields={"beds": Judgement(verdict=Verdict.ACCEPT)}, base_version=2)
    await run_in(work.next(principal=STEWARD), judge_request, seen)
    assert (await the_account(work)).beds == 700


async def test_a_base_that_moved_elsewhere_or_in_what_is_rejected_does_no_harm(work: FakeUnitOfWork):
    request = await in_review(work, a_proposal(fields={"beds": 700, "discharges": 5}))
    await corrected(work, telephone="010", discharges=6)
    after = await judged(work, request, beds="accept", discharges="reject")
    assert after.outcome is RequestStatus.PARTLY
    assert (await the_account(work)).beds == 700


async def test_a_stale_base_is_told_when_it_is_proposed_and_without_values_to_who_sees_nothing(work: FakeUnitOfWork):
    await corrected(work, beds=1)
    await corrected(work, beds=2)
    with pytest.raises(BaseMoved) as refused:
        await proposed(work, a_proposal(base_version=2))
    assert refused.value.facts["difference"] == [{"field": "beds", "base": 1, "now": 2, "proposed": 700}]
    with pytest.raises(BaseMoved) as refused:
        await proposed(work, a_proposal(base_version=2), by=OTHER_REP)
    assert refused.value.facts["difference"] == [{"field": "beds"}]
    assert (await proposed(work, a_proposal(base_version=2, fields={"telephone": "1"}))).base_version == 2
    with pytest.raises(RuleBroken) as broken:
        await proposed(work, a_proposal(base_version=9))
    assert broken.value.code == "unknown_version"


async def test_a_move_made_meanwhile_makes_a_proposed_move_stale(work: FakeUnitOfWork):
    await work.given(a_contact())
    fields = {"move": {"to_account_id": "acc_B", "on": "2026-02-01"}}
    request = await in_review(work, a_proposal("con_1", kind="contact", fields=fields))
    await run_in(
        work.next(), move_contact, MoveContact(contact_id="con_1", to_account_id="acc_B", on=day("2026-01-01"))
    )
    with pytest.raises(BaseMoved):
        await judged(work, request, move="accept")


async def test_a_use_case_that_refuses_leaves_the_request_in_review(work: FakeUnitOfWork):
    request = await in_review(work, a_proposal(fields={"beds": 700, "stage": {"stage": "active"}}))
    with pytest.raises(Refusal) as refused:
        await judged(work, request, beds="accept", stage="accept")
    assert refused.value.code == "illegal_transition"
    after = await work.next(principal=STEWARD).get(ChangeRequest, request.id)
    assert after.status is RequestStatus.IN_REVIEW
    assert (await the_account(work)).beds is None


async def a_record(work: FakeUnitOfWork, *, accepted: int, rejected: int) -> None:
    """A proposer with a past."""
    for verdict, count in (("accept", accepted), ("reject", rejected)):
        for number in range(count):
            fields = {"discharges": number + 1 if verdict == "accept" else 99}
            await judged(work, await in_review(work, a_proposal(fields=fields)), discharges=verdict)


@pytest.mark.parametrize(
    ("accepted", "rejected", "rule", "fields", "automatic"),
    [
        (4, 0, {"enabled": True}, {"beds": 700}, True),
        (4, 0, {"enabled": False}, {"beds": 700}, False),
        (3, 0, {"enabled": True}, {"beds": 700}, False),
        (3, 1, {"enabled": True}, {"beds": 700}, False),
        (3, 1, {"enabled": True, "minimum_per_cent": 75}, {"beds": 700}, True),
        (4, 0, {"enabled": True}, {"beds": 700, "telephone": "010"}, False),
    ],
)
async def test_who_has_been_right_is_believed_where_the_policy_says_so(
    work: FakeUnitOfWork,
    accepted: int,
    rejected: int,
    rule: dict[str, object],
    fields: dict[str, object],
    automatic: bool,
):
    await a_record(work, accepted=accepted, rejected=rejected)
    acceptance = Acceptance.model_validate({"minimum_judged": 4, "fields": ["account.beds"], **rule})
    await work.given(WorkingPolicy(id=POLICY_ID, acceptance=acceptance))
    request = await submitted(work, a_proposal(fields=fields))
    assert (request.status is RequestStatus.APPLIED, request.automatic) == (automatic, automatic)
    assert (await the_account(work)).beds == (700 if automatic else None)


async def test_a_rule_lets_nobody_write_what_they_do_not_see(work: FakeUnitOfWork):
    await a_record(work, accepted=1, rejected=0)
    acceptance = Acceptance(enabled=True, minimum_judged=1, fields=["account.beds"])
    await work.given(WorkingPolicy(id=POLICY_ID, acceptance=acceptance))
    assert (await submitted(work, a_proposal("acc_B"))).status is RequestStatus.SUBMITTED


async def test_a_request_is_due_by_working_days_and_told_of_once_when_it_is_late(work: FakeUnitOfWork):
    request = await submitted(work)
    assert request.due_on == day("2026-03-04")  # three working days after a Sunday
    assert not request.is_overdue(day("2026-03-04"))
    assert request.is_overdue(day("2026-03-05"))
    assert await run_in(work.next(), tell_overdue_requests, TellOverdueRequests()) == 0
    late = FakeUnitOfWork(now=NOW.replace(day=5), store=work.fake)
    assert await run_in(late, tell_overdue_requests, TellOverdueRequests()) == 1
    assert [event.TYPE for event in late.emitted] == ["customer.change-request-escalated.v1"]
    assert await run_in(late.next(), tell_overdue_requests, TellOverdueRequests()) == 0


async def test_values_and_words_are_neither_in_the_journal_nor_in_events(work: FakeUnitOfWork):
    await work.given(a_contact())
    command = a_proposal("con_1", kind="contact", fields={"mobile": "13800138000"}, reason="王小明 said so")
    request = await in_review(work, command)
    await judged(work, request, mobile="accept")
    assert "13800138000" not in str(work.fake.rows(JOURNAL))
    assert "王小明" not in str(work.fake.rows(JOURNAL))


async def test_an_erased_person_is_in_no_request(work: FakeUnitOfWork):
    await work.given(a_contact())
    about = await in_review(
        work, a_proposal("con_1", kind="contact", fields={"mobile": "13800138000"}, reason="asked at the desk")
    )
    fresh = {"name": "王小明", "affiliation": {"account_id": "acc_A"}}
    named = await in_review(work, a_proposal(None, kind="contact", fields=fresh))
    unrelated = await proposed(work, a_proposal(None, kind="contact", fields={**fresh, "name": "韩梅梅"}))
    await judged(work, named, name="reject", affiliation="reject")
    await run_in(work.next(), erase_contact, EraseContact(contact_id="con_1", reason="asked for it"))
    left = str(work.fake.rows("change_requests")) + str(work.fake.rows(IDENTITIES)) + str(work.fake.rows(JOURNAL))
    assert "13800138000" not in left
    assert "王小明" not in left
    assert "韩梅梅" in left
    unit = work.next(principal=STEWARD)
    assert (await unit.get(ChangeRequest, about.id)).status is RequestStatus.WITHDRAWN
    assert (await unit.get(ChangeRequest, named.id)).status is RequestStatus.REJECTED
    assert (await unit.get(ChangeRequest, unrelated.id)).status is RequestStatus.DRAFT
