"""Licences and other qualifications of a contact."""

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, run_in
from customer.contacts.correct_contact import CorrectContact, correct_contact
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.licence import plain_licence
from customer.contacts.model import AlreadyRegistered

from tests.customer.builders import TODAY, a_contact

BOARD = {"kind": "board certificate", "number": "BC-77", "issuer": "Board", "valid_from": "2020-01-01"}


def a_new(**more: object) -> CreateContact:
    return CreateContact(**({"name": "李四", "affiliation": {"account_id": "acc_A"}} | more))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("110110000012345", "110110000012345"),
        ("１１０ １１００-0001", "11011000001"),
        ("ab-123 4", "AB1234"),
        ("京字第（2020）0017号", "京字第(2020)0017号"),
        ("123", None),
        ("ABCDEF", None),
        ("1234;drop", None),
    ],
)
def test_a_licence_number_has_one_spelling(typed: str, kept: str | None):
    assert plain_licence(typed) == kept


async def test_a_licence_number_is_an_exact_key(work: FakeUnitOfWork):
    await run_in(work, create_contact, a_new(licence="110-110 000012345"))
    with pytest.raises(AlreadyRegistered) as refused:
        await run_in(work.next(), create_contact, a_new(name="x", licence="110110000012345"))
    assert (refused.value.status, refused.value.code) == (409, "already_registered")
    await work.given(a_contact("con_9"))
    with pytest.raises(AlreadyRegistered):
        await run_in(work.next(), correct_contact, CorrectContact(contact_id="con_9", licence="110110000012345"))


async def test_numbers_are_personal_and_the_rest_is_told(work: FakeUnitOfWork):
    contact = await run_in(
        work, create_contact, a_new(licence="110110000012345", pinyin="li si", qualifications=[BOARD])
    )
    (told,) = work.emitted[0].contact.qualifications
    assert (told.kind, told.issuer, told.qualification_id) == (
        "board certificate",
        "Board",
        contact.qualifications[0].id,
    )
    journal = str(work.journal())
    assert not [secret for secret in ("110110000012345", "BC-77", "li si") if secret in journal]
    assert contact.qualifications[0].holds_on(TODAY)


async def test_a_list_replaces_the_qualifications_and_those_with_their_id_stay_the_same(work: FakeUnitOfWork):
    contact = await run_in(work, create_contact, a_new(qualifications=[BOARD]))
    (one,) = contact.qualifications
    entries = [BOARD | {"id": one.id, "valid_to": "2030-01-01"}, {"kind": "degree", "issuer": "University"}]
    after = await run_in(work.next(), correct_contact, CorrectContact(contact_id=contact.id, qualifications=entries))
    assert [(each.id == one.id, each.kind) for each in after.qualifications] == [
        (True, "board certificate"),
        (False, "degree"),
    ]


async def test_everything_wrong_with_qualifications_is_told_at_once(work: FakeUnitOfWork):
    await work.given(a_contact())
    backwards = {"kind": "degree", "valid_from": "2020-01-01", "valid_to": "2020-01-01"}
    entries = [BOARD, BOARD, backwards, {"kind": "x", "id": "qua_9"}]
    with pytest.raises(RuleBroken) as refused:
        await run_in(
            work.next(), correct_contact, CorrectContact(contact_id="con_1", licence="?", qualifications=entries)
        )
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("licence", "invalid_licence"),
        ("qualifications[1]", "duplicate_qualification"),
        ("qualifications[2].valid_to", "ends_before_it_starts"),
        ("qualifications[3].id", "unknown_reference"),
    ]


async def test_a_contact_is_found_by_the_pinyin_that_was_given(work: FakeUnitOfWork):
    contact = await run_in(work, create_contact, a_new(name="朴实", pinyin="Piao Shi"))
    assert "piaoshi" in work.fake.rows("contacts")[contact.id]["search_text"]
