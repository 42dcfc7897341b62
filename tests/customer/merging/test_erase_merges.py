"""Erasing a person who was registered more than once."""

from typing import Any

import pytest
from chassis.testing import FakeUnitOfWork, run_in
from contracts.events.customer import ContactErased, MergeErased
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.model import Contact
from customer.erasure.erase_contact import EraseContact, erase_contact
from customer.erasure.model import Erased
from customer.mergeable import Merged
from customer.merging.merge_entries import MergeEntries, merge_entries
from customer.merging.model import Merge
from customer.merging.undo_merge import UndoMerge, undo_merge

from tests.customer.builders import a_contact

SECRETS = ("欧阳锋", "欧阳峰", "13800138001", "1101234567")
ERASE = EraseContact(contact_id="con_S", reason="asked for by the person")


@pytest.fixture
async def twice(work: FakeUnitOfWork) -> tuple[FakeUnitOfWork, Merge]:
    """A doctor registered twice and merged, the number and the licence coming from the entry that was merged."""
    for identifier, name, facts in (
        ("con_S", "欧阳锋", {}),
        ("con_M", "欧阳峰", {"mobile": "13800138001", "licence": "1101234567"}),
    ):
        command = CreateContact(contact_id=identifier, name=name, affiliation={"account_id": "acc_A"}, **facts)
        await run_in(work, create_contact, command)
        work = work.next()
    fields: Any = {"mobile": "merged", "licence": "merged"}
    command = MergeEntries(kind="contact", survivor_id="con_S", merged_id="con_M", fields=fields, reason="same person")
    merge = await run_in(work, merge_entries, command)
    return work.next(), merge


def stored(work: FakeUnitOfWork) -> str:
    return str({name: rows for name, rows in work.fake.collections.items() if name != "journal"})


async def test_all_entries_of_the_person_are_erased(twice: tuple[FakeUnitOfWork, Merge]):
    work, merge = twice
    contact = await run_in(work, erase_contact, ERASE)
    assert not [secret for secret in SECRETS if secret in stored(work)]
    assert {type(event) for event in work.emitted} == {ContactErased, MergeErased}
    assert contact.erasure is not None
    assert [(part.noun, part.aggregate_id) for part in contact.erasure.parts] == [
        ("contact", "con_S"),
        ("merge", merge.id),
        ("contact", "con_M"),
    ]
    with pytest.raises(Erased):
        await run_in(work.next(), undo_merge, UndoMerge(merge_id=merge.id))


async def test_an_entry_that_was_merged_is_erased_with_its_survivor(twice: tuple[FakeUnitOfWork, Merge]):
    work, _ = twice
    with pytest.raises(Merged) as refused:
        await run_in(work, erase_contact, ERASE.model_copy(update={"contact_id": "con_M"}))
    assert refused.value.status == 409


async def test_after_an_undo_values_that_went_to_the_other_entry_are_taken_back(twice: tuple[FakeUnitOfWork, Merge]):
    work, merge = twice
    await run_in(work, undo_merge, UndoMerge(merge_id=merge.id))
    contact = await run_in(work.next(), erase_contact, ERASE.model_copy(update={"contact_id": "con_M"}))
    assert contact.erasure is not None
    left = stored(work)
    assert [secret for secret in SECRETS if secret in left] == ["欧阳锋"]
    other = await work.next().get(Contact, "con_S")
    assert (other.name, other.mobile, other.erasure) == ("欧阳锋", None, None)


async def test_an_erased_contact_is_merged_with_nobody(work: FakeUnitOfWork):
    await work.given(a_contact("con_S"))
    await work.given(a_contact("con_M"))
    await run_in(work.next(), erase_contact, ERASE)
    command = MergeEntries(kind="contact", survivor_id="con_M", merged_id="con_S")
    with pytest.raises(Erased):
        await run_in(work.next(), merge_entries, command)
