from typing import Any

import pytest
from chassis.refusals import Refusal, RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, a_steward
from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import AccountCorrected, AccountMerged, AccountUnmerged, ContactCorrected
from contracts.values import Stage
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.create_account import CreateAccount, create_account
from customer.accounts.model import Account, AlreadyRegistered
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.mergeable import Merged
from customer.merging.merge_entries import MergeEntries, merge_entries
from customer.merging.model import AlreadyUndone, LaterMerge, Merge, SelfMerge
from customer.merging.undo_merge import UndoMerge, undo_merge

from tests.customer.builders import TODAY, a_contact, an_account, day, the_units, timeline


@pytest.fixture
async def work() -> FakeUnitOfWork:
    """Hospital S in the north with a ward, and M in the south with a ward, a clinic and a doctor in each place."""
    unit = FakeUnitOfWork(principal=a_steward())
    for stored in (
        *the_units(),
        an_account("acc_S", departments=("dep_S1",), code="CODE-S", beds=100, telephone="1"),
        an_account("acc_M", path=SOUTH, departments=("dep_M1", "dep_M2"), code="CODE-M", beds=200, telephone="1"),
        an_account("acc_X"),
        a_contact("con_S", at="acc_S", department="dep_S1"),
        a_contact("con_M", at="acc_M", department="dep_M1", path=SOUTH),
    ):
        await unit.given(stored)
    return unit


async def done(work: FakeUnitOfWork, use_case: Any, command: Any) -> tuple[Any, FakeUnitOfWork]:
    """What a use case gave, committed, and the next unit of work."""
    value = await use_case(command, work)
    await work.commit()
    return value, work.next()


async def merged(
    work: FakeUnitOfWork, survivor: str = "acc_S", gone: str = "acc_M", **fields: Any
) -> tuple[Merge, FakeUnitOfWork]:
    command = MergeEntries(kind="account", survivor_id=survivor, merged_id=gone, fields=fields, reason="one house")
    return await done(work, merge_entries, command)


async def undone(work: FakeUnitOfWork, merge: Merge, **assign: Any) -> tuple[Merge, FakeUnitOfWork]:
    return await done(work, undo_merge, UndoMerge(merge_id=merge.id, assign=assign))


async def account(work: FakeUnitOfWork, identifier: str) -> Account:
    (found,) = await work.survey(Account, {"_id": identifier})
    return found


async def contact(work: FakeUnitOfWork, identifier: str) -> Contact:
    (found,) = await work.survey(Contact, {"_id": identifier})
    return found


async def test_the_survivor_has_the_values_chosen_and_all_children_under_their_ids(work: FakeUnitOfWork):
    merge, after = await merged(work, code="merged", beds="merged")
    survivor, gone = await account(after, "acc_S"), await account(after, "acc_M")
    assert (survivor.code, survivor.beds, survivor.name) == ("CODE-M", 200, "Hospital acc_S")
    assert [one.id for one in survivor.departments] == ["dep_S1", "dep_M1", "dep_M2"]
    assert (gone.survivor_id, gone.code, gone.departments) == ("acc_S", None, [])
    assert gone.stage_on(TODAY) is Stage.MERGED
    assert gone.stage_on(day("2026-02-28")) is Stage.PROSPECT
    doctor = await contact(after, "con_M")
    assert timeline(doctor) == [("acc_S", "2024-01-01", None)]
    assert (doctor.affiliations[0].id, doctor.affiliations[0].department_id) == ("aff_M", "dep_M1")
    assert [stamp.path for stamp in doctor.visible] == [NORTH]
    assert (merge.fields["code"], merge.fields["name"]) == ("merged", "survivor")
    assert {child.id for child in merge.children} == {"dep_M1", "dep_M2", "aff_M"}
    assert (merge.survivor_before["beds"], merge.merged_before["beds"]) == (100, 200)


async def test_events_tell_who_survived_whom(work: FakeUnitOfWork):
    await merged(work, beds="merged")
    told = {type(event): event for event in work.emitted}
    assert set(told) == {AccountMerged, AccountCorrected, ContactCorrected}
    assert told[AccountMerged].account.survivor_of == "acc_S"
    assert told[AccountMerged].account.stage is Stage.MERGED
    assert told[AccountCorrected].changed == ["beds", "departments"]
    assert told[AccountCorrected].account.survivor_of is None


async def test_the_undoing_is_told(work: FakeUnitOfWork):
    merge, after = await merged(work)
    await undo_merge(UndoMerge(merge_id=merge.id), after)
    (event,) = [event for event in after.emitted if isinstance(event, AccountUnmerged)]
    assert (event.account.account_id, event.account.survivor_of, event.was_survivor_id) == ("acc_M", None, "acc_S")


async def test_undone_at_once_everything_is_as_it_was(work: FakeUnitOfWork):
    before = [await account(work, one) for one in ("acc_S", "acc_M")]
    states = [one.public_state() | {"version": 0, "sequence": 0} for one in before]
    people = [(await contact(work, one)).affiliations for one in ("con_S", "con_M")]
    merge, after = await merged(work, code="merged", name="merged", beds="merged")
    _, after = await undone(after, merge)
    again = [await account(after, one) for one in ("acc_S", "acc_M")]
    assert [one.public_state() | {"version": 0, "sequence": 0} for one in again] == states
    assert [(await contact(after, one)).affiliations for one in ("con_S", "con_M")] == people


async def test_edits_made_since_land_on_the_side_whose_value_they_replaced(work: FakeUnitOfWork):
    merge, after = await merged(work, beds="merged")
    edits = CorrectAccount(account_id="acc_S", beds=250, name="Renamed", telephone="2")
    _, after = await done(after, correct_account, edits)
    merge, after = await undone(after, merge)
    survivor, back = await account(after, "acc_S"), await account(after, "acc_M")
    assert (survivor.beds, back.beds) == (100, 250)
    assert (survivor.name, back.name) == ("Renamed", "Hospital acc_M")
    assert (survivor.telephone, back.telephone) == ("2", "2")
    assert merge.undone is not None
    where = {one.field: one.edit_to for one in merge.undone.fields if one.edited}
    assert where == {"beds": "merged", "name": "survivor", "telephone": "both"}


async def test_children_made_since_stay_unless_they_are_assigned(work: FakeUnitOfWork):
    merge, after = await merged(work)
    departments = [*(await account(after, "acc_S")).departments]
    entries = [{"id": one.id, "name": one.name} for one in departments]
    more = CorrectAccount(account_id="acc_S", departments=[*entries, {"name": "new one"}, {"name": "new two"}])
    _, after = await done(after, correct_account, more)
    one, two = ((await account(after, "acc_S")).departments)[-2:]
    place = {"account_id": "acc_S"}
    at_s, after = await done(after, create_contact, CreateContact(name="甲", affiliation=place))
    in_m, after = await done(
        after, create_contact, CreateContact(name="乙", affiliation=place | {"department_id": "dep_M2"})
    )
    away, after = await done(
        after, create_contact, CreateContact(name="丙", affiliation=place | {"department_id": one.id})
    )
    merge, after = await undone(after, merge, **{two.id: "merged", away.affiliations[0].id: "merged"})
    assert [each.id for each in (await account(after, "acc_S")).departments] == ["dep_S1", one.id]
    assert [each.id for each in (await account(after, "acc_M")).departments] == ["dep_M1", "dep_M2", two.id]
    places = [(await contact(after, each.id)).affiliations[0] for each in (at_s, in_m, away)]
    assert [each.account_id for each in places] == ["acc_S", "acc_M", "acc_M"]
    assert [each.department_id for each in places] == [None, "dep_M2", None]
    assert merge.undone is not None
    since = {child.id for child in merge.undone.children if child.made_since}
    assert since == {one.id, two.id, *(each.affiliations[0].id for each in (at_s, in_m, away))}


async def test_only_what_was_made_since_can_be_assigned(work: FakeUnitOfWork):
    merge, after = await merged(work)
    with pytest.raises(RuleBroken) as refusal:
        await undone(after, merge, dep_M1="survivor", dep_S1="merged", dep_nothing="merged")
    assert {(one.code, one.field) for one in refusal.value.violations} == {
        ("not_made_since", f"assign.{one}") for one in ("dep_M1", "dep_S1", "dep_nothing")
    }


async def test_a_doctor_who_moved_on_since_has_worked_at_the_merged_one_again(work: FakeUnitOfWork):
    merge, after = await merged(work)
    _, after = await done(after, move_contact, MoveContact(contact_id="con_M", to_account_id="acc_X", on=TODAY))
    _, after = await undone(after, merge)
    assert timeline(await contact(after, "con_M")) == [
        ("acc_M", "2024-01-01", "2026-03-01"),
        ("acc_X", "2026-03-01", None),
    ]


async def test_departments_of_one_name_are_told_apart_and_get_their_names_back(work: FakeUnitOfWork):
    await work.given(an_account("acc_1", name="东院", departments=("dep_a1",)))
    await work.given(an_account("acc_2", name="西院", departments=("dep_a2",)))
    for identifier in ("acc_1", "acc_2"):
        one = await account(work, identifier)
        one.departments[0].name = "心内科"
        work.save(one)
    await work.commit()
    merge, after = await merged(work.next(), "acc_1", "acc_2")
    assert [one.name for one in (await account(after, "acc_1")).departments] == ["心内科", "心内科（西院）"]
    _, after = await undone(after, merge)
    assert [one.name for one in (await account(after, "acc_2")).departments] == ["心内科"]


async def test_a_merged_one_takes_no_commands_and_is_no_reference(work: FakeUnitOfWork):
    _, after = await merged(work)
    with pytest.raises(Merged) as refusal:
        await correct_account(CorrectAccount(account_id="acc_M", beds=1), after)
    assert (refusal.value.status, refusal.value.code, refusal.value.facts) == (409, "merged", {"survivor_id": "acc_S"})
    with pytest.raises(RuleBroken) as broken:
        await move_contact(MoveContact(contact_id="con_S", to_account_id="acc_M", on=TODAY), after.next())
    assert [(one.code, one.field) for one in broken.value.violations] == [("merged", "to_account_id")]


async def test_what_was_merged_lets_go_of_its_exact_keys_and_undoing_needs_them_free(work: FakeUnitOfWork):
    merge, after = await merged(work)
    same = CreateAccount(name="Hospital acc_M", kind="hospital", unit_id="unt_north", code="CODE-M")
    _, after = await done(after, create_account, same)
    with pytest.raises(AlreadyRegistered):
        await undone(after, merge)


@pytest.mark.parametrize(
    ("survivor", "gone", "refusal", "code"),
    [
        ("acc_S", "acc_S", SelfMerge, "self_merge"),
        ("acc_M", "acc_S", Merged, "merged"),
        ("acc_S", "acc_M", Merged, "merged"),
        ("acc_X", "acc_M", Merged, "merged"),
        ("acc_M", "acc_X", Merged, "merged"),
        ("acc_S", "acc_0none", RuleBroken, "unknown_reference"),
        ("con_S", "acc_X", RuleBroken, "unknown_reference"),
    ],
)
async def test_merges_that_cannot_be(work: FakeUnitOfWork, survivor: str, gone: str, refusal: type[Refusal], code: str):
    _, after = await merged(work)
    with pytest.raises(refusal) as refused:
        await merged(after, survivor, gone)
    assert refused.value.code == code


async def test_all_that_is_wrong_is_said_at_once(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await merged(work, "acc_S", "acc_none", title="merged", departments="merged")
    assert {one.field for one in refused.value.violations} == {"fields.title", "fields.departments", "merged_id"}


async def test_who_does_not_see_both_merges_neither(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await merged(work.next(principal=a_manager(NORTH)))
    assert [(one.code, one.field) for one in refused.value.violations] == [("unknown_reference", "merged_id")]


async def test_merges_are_undone_last_in_first(work: FakeUnitOfWork):
    first, after = await merged(work)
    second, after = await merged(after, "acc_S", "acc_X")
    with pytest.raises(LaterMerge) as refused:
        await undone(after, first)
    assert refused.value.facts == {"merges": [second.id]}
    _, after = await undone(after.next(), second)
    _, after = await undone(after, first)
    with pytest.raises(AlreadyUndone):
        await undone(after, first)


async def test_a_survivor_that_was_merged_itself_comes_back_first(work: FakeUnitOfWork):
    first, after = await merged(work)
    second, after = await merged(after, "acc_X", "acc_S")
    assert timeline(await contact(after, "con_M")) == [("acc_X", "2024-01-01", None)]
    with pytest.raises(LaterMerge):
        await undone(after, first)
    _, after = await undone(after.next(), second)
    assert timeline(await contact(after, "con_M")) == [("acc_S", "2024-01-01", None)]
    _, after = await undone(after, first)
    assert timeline(await contact(after, "con_M")) == [("acc_M", "2024-01-01", None)]
