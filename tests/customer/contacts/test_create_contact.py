"""Registering contacts."""

import pytest
from chassis.journal import IDENTITIES, JOURNAL, restore
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from chassis.testing.principals import NORTH
from contracts.events.customer import ContactCreated
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.model import AlreadyRegistered, Contact
from pydantic import ValidationError

from tests.customer.builders import TODAY, day, timeline


def registration(at: str = "acc_A", **more: object) -> CreateContact:
    affiliation = {"account_id": at, "role": "physician"} | more.pop("affiliation", {})
    return CreateContact(**({"name": "王小明", "affiliation": affiliation} | more))


async def test_a_contact_starts_at_one_institution_and_is_seen_where_that_is(work: FakeUnitOfWork):
    contact = await run_in(
        work,
        create_contact,
        registration(
            title="chief physician",
            mobile="138 0013 8000",
            affiliation={"department_id": "dep_A1", "valid_from": "2024-01-01"},
        ),
    )
    assert timeline(contact) == [("acc_A", "2024-01-01", None)]
    assert [stamp.path for stamp in contact.visible] == [NORTH]
    assert contact.mobile == "+8613800138000"
    (event,) = work.emitted
    assert isinstance(event, ContactCreated)
    assert event.contact.affiliations[0].department_id == "dep_A1"
    assert work.journal()[-1]["valid_from"] == "2024-01-01"


async def test_the_affiliation_starts_today_unless_it_says_otherwise(work: FakeUnitOfWork):
    contact = await run_in(work, create_contact, registration())
    assert contact.affiliations[0].valid_from == TODAY


async def test_nothing_personal_leaves_the_owners_store(work: FakeUnitOfWork):
    contact = await run_in(work, create_contact, registration(mobile="13800138000"))
    told = str(work.fake.rows(JOURNAL))
    for secret in ("王小明", "wangxiaoming", "13800138000"):
        assert secret not in told
    assert "王小明" in str(work.fake.rows(IDENTITIES))
    (entry,) = work.journal()
    again = await restore(work.fake, Contact, entry)
    assert (again.name, again.mobile, again.affiliations) == ("王小明", "+8613800138000", contact.affiliations)


async def test_a_loader_gives_ids(work: FakeUnitOfWork):
    contact = await run_in(work, create_contact, registration(contact_id="con_9", affiliation_id="aff_9"))
    assert (contact.id, contact.affiliations[0].id) == ("con_9", "aff_9")


@pytest.mark.parametrize("mobile", ["13800138000", "+86 138-0013-8000"])
async def test_a_mobile_number_is_one_contacts(work: FakeUnitOfWork, mobile: str):
    await run_in(work, create_contact, registration(mobile="138 0013 8000"))
    with pytest.raises(AlreadyRegistered) as refused:
        await run_in(work.next(), create_contact, registration(name="Other", mobile=mobile))
    assert (refused.value.status, refused.value.code) == (409, "already_registered")


async def test_many_contacts_have_no_number(work: FakeUnitOfWork):
    await run_in(work, create_contact, registration())
    await run_in(work.next(), create_contact, registration())
    assert len(work.fake.rows("contacts")) == 2


async def test_every_broken_rule_is_told_at_once(work: FakeUnitOfWork):
    command = registration(
        "acc_C", name="。。", mobile="12345", affiliation={"department_id": "dep_A1", "valid_from": "2126-01-01"}
    )
    with pytest.raises(RuleBroken) as refused:
        await run_in(work, create_contact, command)
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("affiliation.department_id", "unknown_reference"),
        ("affiliation.account_id", "institution_closed"),
        ("affiliation.valid_from", "too_far_ahead"),
        ("name", "name_without_letters"),
        ("mobile", "invalid_mobile"),
    ]
    assert work.journal() == []


@pytest.mark.parametrize("account_id", ["acc_absent", "acc_B"])
async def test_an_institution_that_is_absent_or_not_visible_is_an_unknown_reference(
    work: FakeUnitOfWork, account_id: str
):
    with pytest.raises(RuleBroken) as refused:
        await run_in(work.next(principal=a_manager()), create_contact, registration(account_id))
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("affiliation.account_id", "unknown_reference")
    ]


async def test_nobody_is_registered_at_a_closed_institution_even_from_before(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(work, create_contact, registration("acc_C", affiliation={"valid_from": day("2021-01-01")}))
    assert refused.value.code == "institution_closed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": None},
        {"affiliation": {"account_id": "unt_1"}},
        {"affiliation": {"share": 0}},
        {"surprise": 1},
    ],
)
def test_what_is_no_contact_does_not_fit(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        registration(**wrong)


def test_a_contact_without_an_affiliation_does_not_fit():
    with pytest.raises(ValidationError):
        CreateContact(name="王小明")
