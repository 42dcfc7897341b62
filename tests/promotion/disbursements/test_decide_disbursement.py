"""Promotion's answer to a submitted visit: all lines or none, once per attempt."""

from datetime import date, timedelta

import pytest
from chassis.work import ConcurrentChange, UnitOfWork
from contracts.events.promotion import DisbursementBooked, DisbursementRefused, LocationOpened, MovementKind, StockMoved
from contracts.events.visits import VisitSnapshot
from contracts.values import LocationKind, Stamp
from promotion.disbursements.decide_disbursement import decide_disbursement
from promotion.known.model import KnownAccount
from promotion.locations.restamp_location import follow_owner
from promotion.stock.ledger import Posting
from promotion.stock.model import balance_id

from tests.promotion.samples import (
    NORTH_TERRITORY,
    NOW,
    SOUTH,
    Company,
    a_bag,
    a_balance,
    a_line,
    a_lot,
    a_submitted_visit,
    a_supplier,
    customer_location,
)

BAG = a_bag()


@pytest.fixture
async def company() -> Company:
    company = Company()
    lot, other = a_lot(), a_lot("lot_2")
    await company.given(lot, other, a_lot("lot_old", expires_on=date(2026, 2, 28)), a_supplier(), a_bag())
    await company.given(a_balance(lot, BAG, 10), a_balance(other, BAG, 2))
    await company.given(
        KnownAccount(
            id="acc_1",
            name="First Hospital",
            kind="hospital",
            stage="active",
            unit_id="unt_t1",
            unit_path="/unt_hq/unt_north/unt_t7/",
        )
    )
    return company


def decisions(company: Company) -> list[tuple[str, int]]:
    answers = [e for e in company.events if isinstance(e, DisbursementBooked | DisbursementRefused)]
    return [(answer.disbursement.state, answer.disbursement.attempt) for answer in answers]


async def test_all_lines_are_taken_from_the_representative_and_given_to_the_customer(company: Company):
    visit = a_submitted_visit(a_line(quantity=3), a_line(contact_id="con_2", quantity=4), a_line("lot_2", quantity=2))
    await company.run(decide_disbursement, visit)
    assert company.balances() == {
        ("lot_1", BAG.id): 3,
        ("lot_2", BAG.id): 0,
        ("lot_1", customer_location()): 7,
        ("lot_2", customer_location()): 2,
    }
    booked = company.events[-1]
    assert isinstance(booked, DisbursementBooked)
    assert booked.disbursement.disbursement_id == "dsb_1"
    assert (booked.disbursement.state, booked.disbursement.attempt, booked.lines) == ("booked", 1, visit.materials)


async def test_each_leg_names_visit_and_contact_and_each_line_is_one_movement(company: Company):
    visit = a_submitted_visit(a_line(quantity=3), a_line(contact_id="con_2", quantity=4))
    disbursement = await company.run(decide_disbursement, visit)
    legs = [event for event in company.events if isinstance(event, StockMoved)]
    assert [(leg.contact_id, leg.quantity) for leg in legs] == [
        ("con_1", -3),
        ("con_1", 3),
        ("con_2", -4),
        ("con_2", 4),
    ]
    assert {leg.visit_id for leg in legs} == {"vis_1"}
    assert {leg.kind for leg in legs} == {MovementKind.DISBURSEMENT}
    assert [leg.movement_id for leg in legs[::2]] == [leg.movement_id for leg in legs[1::2]]
    assert [leg.movement_id for leg in legs[::2]] == disbursement.attempts[0].movement_ids
    assert [leg.balance.on_hand for leg in legs] == [7, 3, 3, 7]


async def test_stock_left_is_dated_by_the_end_of_the_call(company: Company):
    visit = a_submitted_visit(a_line()).model_copy(update={"checked_out_at": NOW - timedelta(hours=20)})
    await company.run(decide_disbursement, visit)
    assert {event.at for event in company.events if isinstance(event, StockMoved)} == {NOW - timedelta(hours=20)}


async def test_a_visit_without_materials_is_booked_without_a_movement(company: Company):
    before = company.balances()
    await company.run(decide_disbursement, a_submitted_visit(employee_id="emp_stranger"))
    assert decisions(company) == [("booked", 1)]
    assert len(company.events) == 1
    assert company.balances() == before


async def test_one_line_too_many_takes_nothing_and_says_why(company: Company):
    before = company.balances()
    visit = a_submitted_visit(a_line(quantity=3), a_line("lot_2", quantity=3), a_line("lot_old", "con_9"))
    await company.run(decide_disbursement, visit)
    assert company.balances() == before
    [refused] = company.events
    assert isinstance(refused, DisbursementRefused)
    assert [(reason.line, reason.code) for reason in refused.reasons] == [
        (1, "insufficient_stock"),
        (2, "lot_expired"),
        (2, "contact_not_attending"),
        (2, "insufficient_stock"),
    ]


async def test_expiry_is_judged_on_the_day_of_the_visit(company: Company):
    await company.given(a_balance(a_lot("lot_old"), BAG, 1))
    visit = a_submitted_visit(a_line("lot_old"), visited_on=date(2026, 2, 28))
    await company.run(decide_disbursement, visit)
    assert decisions(company) == [("booked", 1)]


async def test_a_representative_without_a_stock_location_is_refused(company: Company):
    await company.run(decide_disbursement, a_submitted_visit(a_line(), employee_id="emp_stranger"))
    [refused] = company.events
    assert [(reason.line, reason.code) for reason in refused.reasons] == [(None, "no_stock_location")]


async def test_the_same_submission_again_changes_and_says_nothing(company: Company):
    visit = a_submitted_visit(a_line(quantity=3))
    await company.run(decide_disbursement, visit)
    events, balances = list(company.events), company.balances()
    journal = len(company.store.rows("journal"))
    await company.run(decide_disbursement, visit)
    assert (company.events, company.balances()) == (events, balances)
    assert len(company.store.rows("journal")) == journal


async def test_a_refused_visit_can_be_booked_by_its_next_attempt(company: Company):
    await company.run(decide_disbursement, a_submitted_visit(a_line(quantity=11)))
    disbursement = await company.run(decide_disbursement, a_submitted_visit(a_line(quantity=10), attempt=2))
    assert decisions(company) == [("refused", 1), ("booked", 2)]
    assert (disbursement.version, disbursement.sequence) == (2, 2)
    assert company.on_hand("lot_1", BAG) == 0


async def test_an_attempt_after_a_booking_takes_nothing_more(company: Company):
    await company.run(decide_disbursement, a_submitted_visit(a_line(quantity=1)))
    await company.run(decide_disbursement, a_submitted_visit(a_line(quantity=1), attempt=2))
    assert decisions(company) == [("booked", 1), ("refused", 2)]
    assert [reason.code for reason in company.events[-1].reasons] == ["already_booked"]
    assert company.on_hand("lot_1", BAG) == 9


async def test_the_customer_s_location_is_opened_once_where_the_institution_is(company: Company):
    await company.run(decide_disbursement, a_submitted_visit(a_line(quantity=1)))
    await company.run(decide_disbursement, a_submitted_visit(a_line(quantity=1), visit_id="vis_2"))
    [opened] = [event for event in company.events if isinstance(event, LocationOpened)]
    assert (opened.location.account_id, opened.location.name) == ("acc_1", "First Hospital")
    row = company.store.rows("locations")[customer_location()]
    assert [stamp["path"] for stamp in row["visible"]] == ["/unt_hq/unt_north/unt_t7/"]


async def test_an_institution_not_heard_of_yet_does_not_hold_up_the_answer(company: Company):
    await company.run(decide_disbursement, a_submitted_visit(a_line(), account_id="acc_new"))
    assert decisions(company) == [("booked", 1)]
    row = company.store.rows("locations")[customer_location("acc_new")]
    assert (row["name"], [stamp["path"] for stamp in row["visible"]]) == ("acc_new", [NORTH_TERRITORY])


async def test_stock_taken_by_others_in_the_middle_undoes_the_whole_and_ends_as_a_refusal(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    """Between check and increment another process empties the row: on a weaker store than ours this could be seen."""
    take, stolen = Posting.take, []

    async def take_late(self: Posting, location_id: str, work: object):
        if self.lot_id == "lot_2" and not stolen:
            stolen.append(self.lot_id)
            return None
        return await take(self, location_id, work)  # type: ignore[arg-type]

    monkeypatch.setattr(Posting, "take", take_late)
    before = company.balances()
    visit = a_submitted_visit(a_line(quantity=3), a_line("lot_2", quantity=2))
    with pytest.raises(ConcurrentChange):
        await company.run(decide_disbursement, visit)
    assert company.balances() == before
    assert company.events == []
    company.store.rows("stock_balances")[a_balance(a_lot("lot_2"), BAG, 0).id] |= {"on_hand": 0, "available": 0}
    await company.run(decide_disbursement, visit)
    assert decisions(company) == [("refused", 1)]
    assert company.on_hand("lot_1", BAG) == 10


async def test_visits_decided_in_one_unit_of_work_see_what_the_earlier_ones_took(company: Company):
    async def decide_three(quantities: list[int], work: UnitOfWork) -> list[str]:
        decided = [
            await decide_disbursement(a_submitted_visit(a_line(quantity=units), visit_id=f"vis_{number}"), work)
            for number, units in enumerate(quantities)
        ]
        return [disbursement.attempts[0].decision.value for disbursement in decided]

    assert await company.run(decide_three, [6, 6, 4]) == ["booked", "refused", "booked"]
    assert (company.on_hand("lot_1", BAG), company.on_hand("lot_1", customer_location())) == (0, 10)


async def test_a_representative_may_move_and_give_in_one_unit_of_work(company: Company):
    async def move_and_give(visit: VisitSnapshot, work: UnitOfWork) -> None:
        stamps = [Stamp(path=SOUTH)]
        await follow_owner(LocationKind.REPRESENTATIVE, "emp_rep", work, name="rep", unit_id="unt_t2", stamps=stamps)
        await decide_disbursement(visit, work)

    await company.run(move_and_give, a_submitted_visit(a_line(quantity=6)))
    await company.restamp()
    row = company.store.rows("stock_balances")[balance_id("lot_1", BAG.id)]
    assert (row["on_hand"], [stamp["path"] for stamp in row["visible"]]) == (4, [SOUTH])
