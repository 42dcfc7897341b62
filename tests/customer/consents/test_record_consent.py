"""Recording consents."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, a_rep, run_in
from chassis.testing.principals import NORTH
from contracts.events.customer import ConsentChanged
from contracts.values import ConsentAct
from customer.consents.record_consent import RecordConsent, record_consent

from tests.customer.builders import TODAY, a_contact


@pytest.fixture
async def placed(work: FakeUnitOfWork) -> FakeUnitOfWork:
    await work.given(a_contact())
    return work.next()


def a_consent(act: str = "opt_in", **more: Any) -> RecordConsent:
    facts = {"contact_id": "con_1", "channel": "email", "purpose": "promotion", "act": act, "evidence": "signed form"}
    return RecordConsent(**(facts | more))


async def test_a_representative_records_what_a_doctor_consents_to(placed: FakeUnitOfWork):
    unit = placed.next(principal=a_rep(path=NORTH))
    expires = TODAY + timedelta(days=30)
    contact = await run_in(unit, record_consent, a_consent(expires_on=expires))
    assert contact.allowed("email", "promotion", expires - timedelta(days=1))
    assert not contact.allowed("email", "promotion", expires)
    assert not contact.allowed("email", "survey", TODAY)
    (event,) = unit.emitted
    assert isinstance(event, ConsentChanged)
    (told,) = event.contact.consents
    assert (told.opted_in_on, told.expires_on, told.withdrawn_on) == (TODAY, expires, None)
    assert "signed form" not in str(unit.journal())
    assert contact.consents[0].by == unit.principal.subject


async def test_after_a_withdrawal_events_tell_that_nobody_may_address_the_contact(placed: FakeUnitOfWork):
    await run_in(placed, record_consent, a_consent(on=TODAY - timedelta(days=5)))
    step = placed.next()
    contact = await run_in(step, record_consent, a_consent("withdrawal", on=TODAY - timedelta(days=1), evidence=None))
    (told,) = step.emitted[0].contact.consents
    assert (told.opted_in_on, told.withdrawn_on) == (None, TODAY - timedelta(days=1))
    assert not contact.allowed("email", "promotion", TODAY)
    assert contact.allowed("email", "promotion", TODAY - timedelta(days=2))


@pytest.mark.parametrize(
    ("act", "more", "wrong"),
    [
        ("opt_in", {"evidence": None}, [("evidence", "evidence_required")]),
        ("withdrawal", {"expires_on": "2027-01-01"}, [("expires_on", "expiry_without_opt_in")]),
        ("opt_in", {"expires_on": TODAY}, [("expires_on", "ends_before_it_starts")]),
        (
            "opt_in",
            {"on": "2026-03-02", "expires_on": "2126-01-01", "evidence": None},
            [("on", "in_the_future"), ("evidence", "evidence_required"), ("expires_on", "too_far_ahead")],
        ),
    ],
)
async def test_what_is_wrong_with_a_consent_is_told_at_once(
    placed: FakeUnitOfWork, act: str, more: dict[str, Any], wrong: list[tuple[str, str]]
):
    with pytest.raises(RuleBroken) as refused:
        await run_in(placed, record_consent, a_consent(act, **more))
    assert [(one.field, one.code) for one in refused.value.violations] == wrong


async def test_the_record_keeps_the_order_in_which_it_was_written(placed: FakeUnitOfWork):
    unit = placed
    for act in ("request", "opt_in", "withdrawal"):
        contact = await run_in(unit, record_consent, a_consent(act))
        unit = unit.next()
    assert [one.act for one in contact.consents] == [ConsentAct.REQUEST, ConsentAct.OPT_IN, ConsentAct.WITHDRAWAL]
    assert contact.version == 4
