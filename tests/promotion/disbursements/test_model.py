"""A disbursement decides each attempt once."""

import pytest
from contracts.events.promotion import RefusalReason
from promotion.disbursements.model import Disbursement, disbursement_id

from tests.promotion.samples import NORTH_TERRITORY, NOW, a_line


def a_disbursement() -> Disbursement:
    return Disbursement.open(visit_id="vis_7", account_id="acc_1", employee_id="emp_rep", path=NORTH_TERRITORY)


def test_its_id_follows_from_the_visit():
    assert a_disbursement().id == disbursement_id("vis_7") == "dsb_7"


def test_an_attempt_is_decided_once():
    disbursement = a_disbursement()
    disbursement.refuse(1, [a_line()], [RefusalReason(line=0, code="unknown_lot", detail="no")], NOW)
    with pytest.raises(ValueError, match="decided"):
        disbursement.book(1, [a_line()], ["mov_1"], NOW)
    assert not disbursement.booked


def test_a_booking_is_the_last_one():
    disbursement = a_disbursement()
    disbursement.book(2, [a_line()], ["mov_1"], NOW)
    assert disbursement.booked
    assert disbursement.has_decided(2)
    assert not disbursement.has_decided(1)
    with pytest.raises(ValueError, match="booked"):
        disbursement.book(3, [a_line()], ["mov_2"], NOW)


def test_it_survives_the_store():
    disbursement = a_disbursement()
    disbursement.book(1, [a_line()], ["mov_1"], NOW)
    assert Disbursement.load(disbursement.dump()) == disbursement
