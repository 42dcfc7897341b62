"""Closing an institution, as far as this service can tell by itself."""

from datetime import timedelta

import pytest
from chassis.testing import FakeUnitOfWork, run_in
from contracts.events.customer import AccountFactsBegan, AccountStageChanged
from contracts.values import Stage
from customer.accounts.calendar import BeginDueFacts, begin_due_facts
from customer.accounts.change_stage import ChangeStage, change_stage
from customer.accounts.life_cycle import IllegalTransition
from customer.accounts.model import Account
from customer.closing.dependents import AccountInUse
from customer.closing.known import KnownDisplay, KnownPlace, KnownStock, KnownVisit
from customer.closing.settle_contacts import SettleContacts, settle_contacts
from customer.contacts.model import Contact

from tests.customer.builders import NOW, TODAY, a_contact, an_account, day


def close(on: str | None = None, stage: str = "closed") -> ChangeStage:
    return ChangeStage(account_id="acc_A", stage=stage, reason="demolished", on=day(on) if on else None)


async def refused(work: FakeUnitOfWork, command: ChangeStage) -> tuple[list[str], dict[str, int]]:
    with pytest.raises(AccountInUse) as raised:
        await run_in(work, change_stage, command)
    assert raised.value.status == 409
    facts = raised.value.facts
    return [one["id"] for one in facts["dependents"]], facts["counts"]


async def test_everything_that_depends_on_it_is_named(work: FakeUnitOfWork):
    await work.given(a_contact())
    await work.given(KnownVisit(id="vis_1", account_id="acc_A", planned_on=TODAY))
    await work.given(KnownVisit(id="vis_2", account_id="acc_B", planned_on=TODAY))
    await work.given(KnownPlace(id="loc_1", account_id="acc_A"))
    await work.given(KnownDisplay(id="itm_display"))
    for n, material in enumerate(("itm_display", "itm_sample")):
        await work.given(KnownStock(id=f"bal_{n}", location_id="loc_1", material_id=material, on_hand=2))
    assert await refused(work, close()) == (["con_1", "bal_0", "vis_1"], {"contact": 1, "stock": 1, "visit": 1})
    assert work.journal() == []


async def test_who_will_have_left_by_then_and_what_comes_before_does_not_forbid_a_planned_closing(work: FakeUnitOfWork):
    contact = a_contact()
    contact.affiliations[0].valid_to = day("2026-06-01")
    await work.given(contact)
    await work.given(KnownVisit(id="vis_1", account_id="acc_A", planned_on=day("2026-05-01")))
    assert await refused(work, close("2026-05-01")) == (["con_1", "vis_1"], {"contact": 1, "visit": 1})
    account = await run_in(work.next(), change_stage, close("2026-06-01"))
    assert account.stage_on(TODAY) is Stage.PROSPECT
    assert account.takes_contacts(TODAY, None, TODAY)
    assert not account.takes_contacts(day("2026-06-01"), None, TODAY)


async def test_who_came_after_a_closing_was_planned_holds_it_until_the_contact_has_left(work: FakeUnitOfWork):
    await run_in(work, change_stage, close("2026-03-03"))
    await work.given(a_contact())
    later = FakeUnitOfWork(store=work.fake, now=NOW + timedelta(days=2))
    await run_in(later, begin_due_facts, BeginDueFacts())
    account = await later.next().get(Account, "acc_A")
    assert account.closing is not None
    assert [(one.service, one.holding) for one in account.closing.answers] == [("customer", ["con_1"])]
    contact = await later.next().get(Contact, "con_1")
    contact.affiliations[0].valid_to = day("2026-03-05")
    again = FakeUnitOfWork(store=work.fake, now=NOW + timedelta(days=4))
    again.fake.rows("contacts")["con_1"] = contact.dump()
    assert await run_in(again, settle_contacts, SettleContacts()) == 1
    account = await again.next().get(Account, "acc_A")
    assert account.closing is not None
    assert account.closing.waiting_for == ["promotion", "visits"]


async def test_it_waits_for_every_service_and_is_closed_with_the_last_answer(work: FakeUnitOfWork):
    account = await run_in(work, change_stage, close())
    (event,) = work.emitted
    assert isinstance(event, AccountStageChanged)
    assert (event.to_stage, event.account.stage, event.account.closing_attempt) == (Stage.CLOSING, Stage.CLOSING, 1)
    assert account.closing is not None
    assert account.closing.waiting_for == ["promotion", "visits"]

    def answer(service: str, holding: list[str], attempt: int = 1) -> AccountStageChanged | None:
        return account.answer_closing(service, attempt, holding, today=TODAY, now=NOW)

    assert answer("visits", ["vis_1"]) is None
    assert answer("promotion", []) is None
    assert account.closing.waiting_for == ["visits"]
    assert answer("visits", [], attempt=2) is None
    closed = answer("visits", [])
    assert closed is not None
    assert (closed.from_stage, closed.to_stage, closed.account.closing_attempt) == (Stage.CLOSING, Stage.CLOSED, None)
    assert [(entry.stage, entry.reason) for entry in account.stages[1:]] == [
        (Stage.CLOSING, "demolished"),
        (Stage.CLOSED, "demolished"),
    ]
    assert answer("visits", []) is None


async def test_a_closing_is_called_off_and_asked_for_again_as_another_attempt(work: FakeUnitOfWork):
    await run_in(work, change_stage, close())
    with pytest.raises(IllegalTransition):
        await run_in(work.next(), change_stage, close(stage="active"))
    account = await run_in(work.next(), change_stage, close(stage="prospect"))
    assert (account.closing, account.takes_contacts(TODAY, None, TODAY)) == (None, True)
    assert account.answer_closing("visits", 1, [], today=TODAY, now=NOW) is None
    again = await run_in(work.next(), change_stage, close())
    assert again.closing is not None
    assert (again.closing.attempt, [one.service for one in again.closing.answers]) == (2, ["customer"])


async def test_a_planned_closing_is_called_off_before_its_day(work: FakeUnitOfWork):
    await run_in(work, change_stage, close("2026-06-01"))
    account = await run_in(work.next(), change_stage, close(stage="prospect"))
    assert [entry.stage for entry in account.stages] == [Stage.PROSPECT]
    assert (account.closing, account.due_on) == (None, None)


async def test_on_its_day_a_planned_closing_asks_the_others(work: FakeUnitOfWork):
    await run_in(work, change_stage, close("2026-03-03"))
    later = FakeUnitOfWork(store=work.fake, now=NOW + timedelta(days=2))
    await run_in(later, begin_due_facts, BeginDueFacts())
    (event,) = later.emitted
    assert isinstance(event, AccountFactsBegan)
    assert (event.facts, event.account.stage, event.account.closing_attempt) == (["stage"], Stage.CLOSING, 1)


def test_a_back_dated_closing_is_closed_no_earlier_than_it_was_answered():
    account = an_account()
    account.change_stage(Stage.CLOSING, on=day("2026-01-01"), reason="x", recorded=NOW, today=TODAY)
    account.answer_closing("customer", 1, [], today=TODAY, now=NOW)
    account.answer_closing("visits", 1, [], today=TODAY, now=NOW)
    closed = account.answer_closing("promotion", 1, [], today=TODAY, now=NOW)
    assert closed is not None
    assert (account.stage_on(day("2026-01-01")), account.stage_on(TODAY)) == (Stage.CLOSING, Stage.CLOSED)
