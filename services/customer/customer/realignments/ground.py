"""Gathering what a simulation stands on."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

import orjson
from chassis.aggregate import Aggregate
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId, UnitId

from customer.accounts.model import Account
from customer.alignments.model import Alignment
from customer.alignments.places import shortcoming
from customer.alignments.timeline import Assignment, holding_on
from customer.employees.model import Employee
from customer.realignments.model import Realignment, Simulation
from customer.realignments.simulation import Ground, Key, affected_territories, simulate
from customer.realignments.workload import is_over, workload
from customer.units.model import Unit

A = TypeVar("A", bound=Aggregate)

_AT_ONCE = 100
"""Ids of one query: the embedded database compares each with each."""
UNKNOWN = "unknown"


async def simulate_now(realignment: Realignment, work: UnitOfWork) -> Simulation:
    """Simulate a realignment on the alignments, institutions and employees of this moment."""
    timelines = await _timelines(realignment, work)
    ground = await _ground(realignment, timelines, work)
    report = simulate(realignment.items, ground, on=realignment.effective_on, today=work.today)
    return Simulation(at=work.now, basis=_basis(timelines), report=report)


async def _timelines(realignment: Realignment, work: UnitOfWork) -> dict[Key, Sequence[Assignment]]:
    """Timelines of the items' targets and of everything in the territories that gain or lose, by target."""
    on, wanted = realignment.effective_on, realignment.keys
    found: dict[Key, Sequence[Assignment]] = {}
    for chunk in _chunks({item.account_id for item in realignment.items}):
        for one in await work.survey(Alignment, {"account_id": {"$in": chunk}}):
            if (one.account_id, one.line_id) in wanted:
                found[one.account_id, one.line_id] = one.assignments
    affected = affected_territories(realignment.items, found, on)
    for one in await work.survey(Alignment, {"units_named": {"$in": sorted(affected)}}):
        ending = [each for each in one.assignments if each.valid_to == on]
        current = holding_on(one.assignments, on)
        if any(each.unit_id in affected for each in (*ending, *([current] if current else []))):
            found[one.account_id, one.line_id] = one.assignments
    return found


async def _ground(realignment: Realignment, timelines: dict[Key, Sequence[Assignment]], work: UnitOfWork) -> Ground:
    on = realignment.effective_on
    holding = [one for one in (holding_on(each, on) for each in timelines.values()) if one]
    accounts = await _by_id(Account, {key[0] for key in (*timelines, *realignment.keys)}, work)
    employees = await _by_id(
        Employee, {one.employee_id for one in holding} | {item.employee_id for item in realignment.items}, work
    )
    units = await _by_id(Unit, {one.unit_id for one in holding} | {item.to_unit_id for item in realignment.items}, work)

    def why_not(employee_id: EmployeeId, unit_id: UnitId) -> str | None:
        employee, unit = employees.get(employee_id), units.get(unit_id)
        if employee is None or unit is None:
            return UNKNOWN
        return shortcoming(employee, unit.path, on)

    return Ground(
        timelines=timelines,
        workloads={account.id: workload(account, on) for account in accounts.values()},
        closed=frozenset(account.id for account in accounts.values() if is_over(account, on)),
        shortcoming=why_not,
    )


async def _by_id(model: type[A], identifiers: Iterable[str], work: UnitOfWork) -> dict[str, A]:
    found: dict[str, A] = {}
    for chunk in _chunks(identifiers):
        found |= {one.id: one for one in await work.survey(model, {"_id": {"$in": chunk}})}
    return found


def _chunks(identifiers: Iterable[str]) -> list[list[str]]:
    ordered = sorted(set(identifiers))
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]


def _basis(timelines: dict[Key, Sequence[Assignment]]) -> str:
    """A mark that is another one as soon as a target joins, leaves, or has another timeline."""
    told = [[*key, [one.model_dump(mode="json") for one in timelines[key]]] for key in sorted(timelines)]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()
