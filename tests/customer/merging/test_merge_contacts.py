from typing import Any

import pytest
from chassis.testing import FakeUnitOfWork, a_steward
from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import ContactCorrected, ContactMerged, ContactUnmerged
from customer.contacts.affiliations import TwoPrimaries
from customer.contacts.correct_contact import CorrectContact, correct_contact
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.model import AlreadyRegistered, Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.mergeable import Merged
from customer.merging.merge_entries import MergeEntries, merge_entries
from customer.merging.model import Merge
from customer.merging.undo_merge import UndoMerge, undo_merge

from tests.customer.builders import TODAY, an_account, day, the_units, timeline


@pytest.fixture
async def work() -> FakeUnitOfWork:
    """One doctor registered twice: in the north with a mobile number, in the south with a title."""
    unit = FakeUnitOfWork(principal=a_steward())
    for stored in (*the_units(), an_account("acc_A"), an_account("acc_B", path=SOUTH), an_account("acc_C")):
        await unit.given(stored)
    for identifier, name, at, since, facts in (
        ("con_S", "王小明", "acc_A", "2024-01-01", {"mobile": "13800138000"}),
        ("con_M", "王晓明", "acc_B", "2022-01-01", {"mobile": "13800138001", "title": "主任"}),
    ):
        command = CreateContact(
            contact_id=identifier,
            affiliation_id=f"aff_{identifier[-1]}",
            name=name,
            affiliation={"account_id": at, "valid_from": day(since)},
            **facts,
        )
        _, unit = await done(unit, create_contact, command)
    return unit


async def done(work: FakeUnitOfWork, use_case: Any, command: Any) -> tuple[Any, FakeUnitOfWork]:
    value = await use_case(command, work)
    await work.commit()
    return value, work.next()


async def merged(work: FakeUnitOfWork, **fields: Any) -> tuple[Merge, FakeUnitOfWork]:
    command = MergeEntries(kind="contact", survivor_id="con_S", merged_id="con_M", fields=fields)
    return await done(work, merge_entries, command)


async def contact(work: FakeUnitOfWork, identifier: str) -> Contact:
    (found,) = await work.survey(Contact, {"_id": identifier})
    return found


async def test_the_survivor_has_the_values_chosen_and_the_affiliations_that_fit(work: FakeUnitOfWork):
    moved, work = await done(
        work, move_contact, MoveContact(contact_id="con_M", to_account_id="acc_C", on=day("2023-01-01"))
    )
    merge, after = await merged(work, mobile="merged", title="merged")
    survivor, gone = await contact(after, "con_S"), await contact(after, "con_M")
    assert (survivor.name, survivor.mobile, survivor.title) == ("王小明", "+8613800138001", "主任")
    assert timeline(survivor) == [("acc_B", "2022-01-01", "2023-01-01"), ("acc_A", "2024-01-01", None)]
    assert (gone.mobile, gone.survivor_id) == (None, "con_S")
    assert merge.set_aside == [moved.affiliations[1].id] == [one.id for one in gone.affiliations]
    told = {type(event): event for event in work.emitted}
    assert told[ContactMerged].contact.survivor_of == "con_S"
    assert told[ContactCorrected].changed == ["title", "mobile", "affiliations"]


async def test_nothing_personal_is_kept_in_the_merge_or_its_journal(work: FakeUnitOfWork):
    merge, after = await merged(work, name="merged", mobile="merged")
    merge, after = await done(after, undo_merge, UndoMerge(merge_id=merge.id))
    for place in (merge.model_dump_json(), str(after.journal())):
        for personal in ("小明", "晓明", "13800138000", "13800138001"):
            assert personal not in place


async def test_undone_at_once_everything_is_as_it_was(work: FakeUnitOfWork):
    before = [(await contact(work, one)).model_dump() for one in ("con_S", "con_M")]
    merge, after = await merged(work, name="merged", mobile="merged", title="merged")
    assert (await contact(after, "con_S")).name == "王晓明"
    _, after = await done(after, undo_merge, UndoMerge(merge_id=merge.id))
    again = [(await contact(after, one)).model_dump() for one in ("con_S", "con_M")]
    for one in (*before, *again):
        for counter in ("version", "sequence", "recorded_us"):
            del one[counter]
    assert again == before


async def test_later_edits_of_personal_fields_land_on_their_side(work: FakeUnitOfWork):
    merge, after = await merged(work, mobile="merged")
    edits = CorrectContact(contact_id="con_S", name="王大明", mobile="13800138002", specialty="cardiology")
    _, after = await done(after, correct_contact, edits)
    merge, after = await done(after, undo_merge, UndoMerge(merge_id=merge.id))
    survivor, back = await contact(after, "con_S"), await contact(after, "con_M")
    assert (survivor.name, back.name) == ("王大明", "王晓明")
    assert (survivor.mobile, back.mobile) == ("+8613800138000", "+8613800138002")
    assert (survivor.specialty, back.specialty) == ("cardiology", "cardiology")


@pytest.mark.parametrize("side", ["survivor", "merged"])
async def test_affiliations_made_since_stay_or_go_where_they_are_assigned(work: FakeUnitOfWork, side: Any):
    merge, after = await merged(work)
    moved, after = await done(after, move_contact, MoveContact(contact_id="con_S", to_account_id="acc_C", on=TODAY))
    assign = {moved.affiliations[-1].id: side} if side == "merged" else {}
    if side == "merged":  # at home it would be a second primary one
        with pytest.raises(TwoPrimaries):
            await done(after, undo_merge, UndoMerge(merge_id=merge.id, assign=assign))
        return
    _, after = await done(after, undo_merge, UndoMerge(merge_id=merge.id))
    assert [one.account_id for one in (await contact(after, "con_S")).affiliations] == ["acc_A", "acc_C"]
    assert [one.account_id for one in (await contact(after, "con_M")).affiliations] == ["acc_B"]


async def test_both_are_seen_where_their_affiliations_are(work: FakeUnitOfWork):
    merge, after = await merged(work)
    assert [stamp.path for stamp in (await contact(after, "con_S")).visible] == [NORTH]
    merge, after = await done(after, undo_merge, UndoMerge(merge_id=merge.id))
    assert [stamp.path for stamp in (await contact(after, "con_M")).visible] == [SOUTH]


async def test_the_undoing_is_told(work: FakeUnitOfWork):
    merge, after = await merged(work)
    await undo_merge(UndoMerge(merge_id=merge.id), after)
    (event,) = [event for event in after.emitted if isinstance(event, ContactUnmerged)]
    assert (event.contact.contact_id, event.contact.survivor_of, event.was_survivor_id) == ("con_M", None, "con_S")


async def test_a_merged_contact_takes_no_commands_and_holds_no_number(work: FakeUnitOfWork):
    merge, after = await merged(work)
    with pytest.raises(Merged):
        await correct_contact(CorrectContact(contact_id="con_M", title="x"), after)
    place = {"account_id": "acc_A"}
    _, after = await done(
        after.next(), create_contact, CreateContact(name="x", mobile="13800138001", affiliation=place)
    )
    with pytest.raises(AlreadyRegistered):
        await done(after, undo_merge, UndoMerge(merge_id=merge.id))
