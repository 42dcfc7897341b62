"""Erasing a person, as a command."""

from typing import Any

import pytest
from chassis.journal import restore
from chassis.refusals import NotFound, RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from chassis.testing.principals import SOUTH
from contracts.events.customer import ContactErased, InfluenceErased
from customer.consents.record_consent import RecordConsent, record_consent
from customer.contacts.cancel_affiliation import CancelAffiliation, cancel_affiliation
from customer.contacts.change_role import ChangeRole, change_role
from customer.contacts.change_status import ChangeContactStatus, change_contact_status
from customer.contacts.correct_affiliation import CorrectAffiliation, correct_affiliation
from customer.contacts.correct_contact import CorrectContact, correct_contact
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.end_affiliation import EndAffiliation, end_affiliation
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.contacts.take_up_affiliation import TakeUpAffiliation, take_up_affiliation
from customer.erasure.erase_contact import EraseContact, erase_contact
from customer.erasure.model import Erased, ErasureState, digest_of
from customer.influence.confirm_influence import ConfirmInfluence, confirm_influence
from customer.influence.end_influence import EndInfluence, end_influence
from customer.influence.model import Influence
from customer.influence.record_influence import RecordInfluence, record_influence

from tests.customer.builders import TODAY, a_contact, timeline

SECRETS = (
    "欧阳锋",
    "ouyang",
    "zouyang",
    "13800138000",
    "1101234567",
    "BC-77",
    "a sick note",
    "his wife",
    "signed form",
)
ERASE = EraseContact(contact_id="con_1", reason="asked for by the person")
QUALIFICATION = {"kind": "board", "number": "BC-77", "issuer": "Board"}


@pytest.fixture
async def known(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """The unit with a doctor of whom much is known, in the words of many, and with two colleagues."""
    first = CreateContact(
        contact_id="con_1",
        affiliation_id="aff_1",
        name="欧阳锋",
        pinyin="zouyang feng",
        mobile="13800138000",
        licence="1101234567",
        qualifications=[QUALIFICATION],
        affiliation={"account_id": "acc_A", "valid_from": "2024-01-01"},
    )
    await work.given(a_contact("con_2", name="李四"))
    await work.given(a_contact("con_3", name="王五", at="acc_B", path=SOUTH))
    steps: list[tuple[Any, Any]] = [
        (create_contact, first),
        (move_contact, MoveContact(contact_id="con_1", to_account_id="acc_B", on="2026-02-01", evidence="his wife")),
        (change_contact_status, ChangeContactStatus(contact_id="con_1", status="inactive", reason="a sick note")),
        (correct_contact, CorrectContact(contact_id="con_1", name="欧阳峰", title="professor")),
        (
            record_consent,
            RecordConsent(contact_id="con_1", channel="sms", purpose="promotion", act="opt_in", evidence="signed form"),
        ),
    ]
    told = "欧阳锋 told us"
    for one, other, source in (("con_1", "con_2", told), ("con_3", "con_1", told), ("con_2", "con_3", "a congress")):
        facts = {"type": "teaches", "strength": 3, "source": source}
        steps.append((record_influence, RecordInfluence(from_contact_id=one, to_contact_id=other, **facts)))
    for use_case, command in steps:
        work = work.next()
        await run_in(work, use_case, command)
    return work.next()


async def test_what_identifies_the_person_is_gone_and_the_facts_stay(known: FakeUnitOfWork):
    before = await known.get(Contact, "con_1")
    stays, facts = timeline(before), digest_of(before)
    contact = await run_in(known, erase_contact, ERASE)
    assert (contact.name, contact.pinyin, contact.mobile, contact.licence) == (None, None, None, None)
    assert [(one.kind, one.number, one.issuer) for one in contact.qualifications] == [("board", None, "Board")]
    assert (timeline(contact), contact.title, digest_of(contact)) == (stays, "professor", facts)
    stored = {name: rows for name, rows in known.fake.collections.items() if name != "journal"}  # which has reasons
    assert not [secret for secret in SECRETS if secret in str(stored)]
    assert known.fake.rows("contacts")["con_1"]["search"] == []
    left = {each["_id"]: each["source"] for each in known.fake.rows("influences").values()}
    assert sorted(source or "" for source in left.values()) == ["", "", "a congress"]


async def test_the_person_can_be_read_at_no_earlier_instant(known: FakeUnitOfWork):
    await run_in(known, erase_contact, ERASE)
    for row in known.journal():
        if row["aggregate_id"] == "con_1":
            then = await restore(known.fake, Contact, row)
            assert not [secret for secret in SECRETS if secret in then.model_dump_json()]
            assert then.affiliations


async def test_the_erasure_is_told_with_what_was_erased(known: FakeUnitOfWork):
    contact = await run_in(known, erase_contact, ERASE)
    *edges, event = known.emitted
    assert isinstance(event, ContactErased)
    assert (event.contact.erased, event.on, len(event.contact.affiliations)) == (True, TODAY, 2)
    assert [type(one) for one in edges] == [InfluenceErased, InfluenceErased]
    erasure = contact.erasure
    assert erasure is not None
    assert (erasure.state, erasure.by, erasure.reason) == (ErasureState.RUNNING, "emp_steward", ERASE.reason)
    own, *others = erasure.parts
    assert own.fields == [
        "affiliations.evidence",
        "consents.evidence",
        "licence",
        "mobile",
        "name",
        "pinyin",
        "qualifications.number",
        "statuses.reason",
    ]
    assert (own.versions, own.digest) == (5, digest_of(contact))
    assert [(one.noun, one.fields, one.versions) for one in others] == [("influence", ["source"], 1)] * 2


async def test_erasing_again_changes_nothing(known: FakeUnitOfWork):
    first = await run_in(known, erase_contact, ERASE)
    again = known.next()
    second = await run_in(again, erase_contact, EraseContact(contact_id="con_1", reason="once more"))
    assert (second.version, second.erasure, again.emitted) == (first.version, first.erasure, [])


@pytest.mark.parametrize(
    "reason", ["欧阳锋 asked for it", "Ｚouyang FENG", "call +86 138 0013 8000", "now called 欧阳峰"]
)
async def test_the_reason_names_nobody(known: FakeUnitOfWork, reason: str):
    with pytest.raises(RuleBroken) as refused:
        await run_in(known, erase_contact, EraseContact(contact_id="con_1", reason=reason))
    assert [(one.field, one.code) for one in refused.value.violations] == [("reason", "reason_names_the_person")]


async def test_numbers_of_an_erased_contact_are_free_again(known: FakeUnitOfWork):
    await run_in(known, erase_contact, ERASE)
    again = CreateContact(name="x", mobile="13800138000", licence="1101234567", affiliation={"account_id": "acc_A"})
    assert (await run_in(known.next(), create_contact, again)).id != "con_1"


async def test_an_erased_contact_is_written_to_no_more(known: FakeUnitOfWork):
    await run_in(known, erase_contact, ERASE)
    one = {"contact_id": "con_1"}
    aff = one | {"affiliation_id": "aff_1"}
    theirs = next(each for each in known.fake.rows("influences").values() if each["source"] is None)
    commands: list[tuple[Any, Any]] = [
        (correct_contact, CorrectContact(**one, name="欧阳锋")),
        (move_contact, MoveContact(**one, to_account_id="acc_A", on=TODAY)),
        (take_up_affiliation, TakeUpAffiliation(**one, account_id="acc_A", share=1)),
        (end_affiliation, EndAffiliation(**aff, on=TODAY, reason="x")),
        (change_role, ChangeRole(**aff, role="x", on=TODAY)),
        (correct_affiliation, CorrectAffiliation(**aff, share=1)),
        (cancel_affiliation, CancelAffiliation(**aff, reason="x")),
        (change_contact_status, ChangeContactStatus(**one, status="active", reason="x")),
        (record_consent, RecordConsent(**one, channel="sms", purpose="x", act="request")),
        (confirm_influence, ConfirmInfluence(influence_id=theirs["_id"])),
        (end_influence, EndInfluence(influence_id=theirs["_id"], on=TODAY, reason="x")),
    ]
    for use_case, command in commands:
        with pytest.raises(Erased) as refused:
            await run_in(known.next(), use_case, command)
        assert (refused.value.status, refused.value.code) == (409, "erased")
    facts = {"type": "x", "strength": 1, "source": "x"}
    both = RecordInfluence(from_contact_id="con_1", to_contact_id="con_2", **facts)
    with pytest.raises(RuleBroken) as unknown:
        await run_in(known.next(), record_influence, both)
    assert [(each.field, each.code) for each in unknown.value.violations] == [("from_contact_id", "erased")]


async def test_nobody_may_address_an_erased_contact(known: FakeUnitOfWork):
    assert (await known.get(Contact, "con_1")).allowed("sms", "promotion", TODAY)
    contact = await run_in(known, erase_contact, ERASE)
    assert not contact.allowed("sms", "promotion", TODAY)
    assert [one.act.value for one in contact.consents] == ["opt_in"]


async def test_a_contact_of_another_region_is_absent(known: FakeUnitOfWork):
    with pytest.raises(NotFound):
        await run_in(known.next(principal=a_manager()), erase_contact, ERASE)


async def test_who_is_not_erased_keeps_everything(known: FakeUnitOfWork):
    await run_in(known, erase_contact, ERASE)
    other = await known.next().get(Contact, "con_2")
    assert (other.name, other.erasure) == ("李四", None)
    untouched = [one for one in await known.next().find(Influence, {}) if one.source is not None]
    assert [(one.from_contact_id, one.to_contact_id) for one in untouched] == [("con_2", "con_3")]
