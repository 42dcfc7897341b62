"""Random histories of the ledger against a dictionary that adds and subtracts."""

import asyncio

import pytest
from chassis.refusals import Refusal
from contracts.values import LocationKind
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from promotion.disbursements.decide_disbursement import decide_disbursement
from promotion.locations.model import SUPPLIER_ID
from promotion.stock.receive_stock import ReceiveStock, receive_stock
from promotion.stock.transfer_stock import TransferStock, transfer_stock

from tests.promotion.samples import (
    Company,
    a_bag,
    a_line,
    a_lot,
    a_submitted_visit,
    a_supplier,
    a_warehouse,
    an_office,
    customer_location,
)

LOTS = ["lot_1", "lot_2"]
REPS = ["emp_rep", "emp_other"]
PLACES = [a_warehouse(), an_office(), *(a_bag(rep) for rep in REPS)]
ACCOUNTS = ["acc_1", "acc_2"]
lots, places, reps = st.sampled_from(LOTS), st.sampled_from(PLACES), st.sampled_from(REPS)
quantities = st.one_of(st.integers(1, 12), st.integers(1, 200))
lines = st.lists(st.tuples(lots, st.sampled_from(["con_1", "con_2"]), st.integers(1, 9)), max_size=4)


class Ledger(RuleBasedStateMachine):
    """Receipts, transfers, disbursements and repeated deliveries, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.company = Company()
        self.expected: dict[tuple[str, str], int] = {}
        self.visits: list[tuple[object, str]] = []
        self._do(self.company.given(*map(a_lot, LOTS), a_supplier(), *PLACES))

    def teardown(self) -> None:
        self.loop.close()

    def _do(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def _shift(self, lot: str, source: str, target: str, quantity: int) -> None:
        for place, delta in ((source, -quantity), (target, quantity)):
            self.expected[lot, place] = self.expected.get((lot, place), 0) + delta

    @rule(lot=lots, place=places, quantity=quantities)
    def receive(self, lot, place, quantity):
        command = ReceiveStock(lot_id=lot, location_id=place.id, quantity=quantity)
        if place.kind is LocationKind.REPRESENTATIVE:
            with pytest.raises(Refusal):
                self._do(self.company.run(receive_stock, command))
            return
        self._do(self.company.run(receive_stock, command))
        self._shift(lot, SUPPLIER_ID, place.id, quantity)

    @rule(lot=lots, source=places, to=places, quantity=quantities, beyond=st.sampled_from([None, 0, 1]))
    def transfer(self, lot, source, to, quantity, beyond):
        if beyond is not None:
            quantity = max(1, self.expected.get((lot, source.id), 0) + beyond)
        command = TransferStock(lot_id=lot, from_location_id=source.id, to_location_id=to.id, quantity=quantity)
        if source.id == to.id or self.expected.get((lot, source.id), 0) < quantity:
            with pytest.raises(Refusal):
                self._do(self.company.run(transfer_stock, command))
            return
        self._do(self.company.run(transfer_stock, command))
        self._shift(lot, source.id, to.id, quantity)

    @rule(rep=reps, account=st.sampled_from(ACCOUNTS), drops=lines)
    def disburse(self, rep, account, drops):
        visit = a_submitted_visit(
            *(a_line(*drop) for drop in drops),
            visit_id=f"vis_{len(self.visits)}",
            employee_id=rep,
            account_id=account,
        )
        bag, wanted = a_bag(rep).id, dict.fromkeys(LOTS, 0)
        for lot, _, quantity in drops:
            wanted[lot] += quantity
        possible = all(self.expected.get((lot, bag), 0) >= units for lot, units in wanted.items())
        disbursement = self._do(self.company.run(decide_disbursement, visit))
        decision = disbursement.attempts[-1].decision.value
        assert decision == ("booked" if possible else "refused")
        if possible:
            for lot, _, quantity in drops:
                self._shift(lot, bag, customer_location(account), quantity)
        self.visits.append((visit, decision))

    @precondition(lambda self: self.visits)
    @rule(data=st.data())
    def deliver_a_submission_again(self, data):
        visit, decision = data.draw(st.sampled_from(self.visits))
        seen = len(self.company.events)
        disbursement = self._do(self.company.run(decide_disbursement, visit))
        assert len(self.company.events) == seen
        assert [attempt.decision.value for attempt in disbursement.attempts] == [decision]

    @invariant()
    def the_ledger_is_the_dictionary(self):
        there = {key: units for key, units in self.company.balances().items() if units}
        assert there == {key: units for key, units in self.expected.items() if units}

    @invariant()
    def all_places_of_a_lot_sum_to_zero_and_only_the_supplier_owes(self):
        balances = self.company.balances()
        for lot in LOTS:
            assert sum(units for (of, _), units in balances.items() if of == lot) == 0
        assert all(units >= 0 for (_, place), units in balances.items() if place != SUPPLIER_ID)

    @invariant()
    def the_events_add_up_to_the_balances(self):
        folded: dict[tuple[str, str], int] = {}
        for event in self.company.events:
            if hasattr(event, "balance"):
                key = (event.balance.lot_id, event.balance.location_id)
                folded[key] = folded.get(key, 0) + event.quantity
                assert folded[key] == event.balance.on_hand
        assert {key: units for key, units in folded.items() if units} == {
            key: units for key, units in self.company.balances().items() if units
        }


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
