"""Which institution belongs to which."""

import asyncio

import pytest
import pytest_asyncio
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from chassis.testing.service import ServiceClient
from customer.hierarchy.ancestry import MAX_LEVELS, HierarchyCircle, HierarchyTooDeep
from customer.hierarchy.reparent_account import ReparentAccount, reparent_account

from tests.customer.builders import an_account, day
from tests.customer.contacts.test_overlapping_commands import attempt, first_try_and_later
from tests.customer.stack import Person


def under(parent: str | None, child: str = "acc_A", on: str = "2026-03-01") -> ReparentAccount:
    return ReparentAccount(account_id=child, parent_id=parent, on=day(on), reason="merged groups")


async def test_an_institution_belongs_to_another_for_a_time(work: FakeUnitOfWork):
    await run_in(work, reparent_account, under("acc_B", on="2025-01-01"))
    account = await run_in(work.next(), reparent_account, under(None, on="2025-06-01"))
    assert [account.parent_on(day(f"2025-{month}-15")) for month in ("01", "05", "06")] == ["acc_B", "acc_B", None]
    assert account.parent_on(day("2024-12-31")) is None


async def test_a_circle_is_refused_only_where_both_ways_hold_at_once(work: FakeUnitOfWork):
    await run_in(work, reparent_account, under("acc_B", on="2025-01-01"))
    await run_in(work.next(), reparent_account, under(None, on="2025-06-01"))
    with pytest.raises(HierarchyCircle):
        await run_in(work.next(), reparent_account, under("acc_A", child="acc_B", on="2025-05-31"))
    await run_in(work.next(), reparent_account, under("acc_A", child="acc_B", on="2025-06-01"))


async def test_nobody_stands_above_oneself_or_below_what_is_closed_or_unknown(work: FakeUnitOfWork):
    with pytest.raises(HierarchyCircle):
        await run_in(work, reparent_account, under("acc_A"))
    for parent, code in (("acc_C", "institution_closed"), ("acc_none", "unknown_reference")):
        with pytest.raises(RuleBroken) as refused:
            await run_in(work.next(), reparent_account, under(parent))
        assert [(one.field, one.code) for one in refused.value.violations] == [("parent_id", code)]


async def test_a_chain_has_an_end(work: FakeUnitOfWork):
    for n in range(MAX_LEVELS + 1):
        await work.given(an_account(f"acc_L{n}"))
    for n in range(MAX_LEVELS):
        await run_in(work.next(), reparent_account, under(f"acc_L{n}", child=f"acc_L{n + 1}"))
    with pytest.raises(HierarchyTooDeep):
        await run_in(work.next(), reparent_account, under(f"acc_L{MAX_LEVELS}", child="acc_A"))


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


@pytest.mark.stack
async def test_two_commits_that_would_close_a_circle_together_do_not_both_happen(
    client: ServiceClient, steward: Person
):
    one, other, between = [(await steward.account(f"Circle {n}"))["id"] for n in "XYZ"]
    await steward.call("POST", f"/accounts/{between}/parents", {"parent_id": one, "on": "2026-01-01", "reason": "x"})
    meet = asyncio.Barrier(2).wait
    outcomes = await asyncio.gather(
        attempt(client, reparent_account, under(between, child=other), meet),
        attempt(client, reparent_account, under(other, child=one), meet),
    )
    assert first_try_and_later(outcomes) == ("done", "hierarchy_circle")


@pytest.mark.stack
async def test_the_hierarchy_is_shown_up_and_down_as_of_a_date(steward: Person, client: ServiceClient):
    group, south, ward, late = [
        (await steward.account(f"Group {n}", unit_id=f"unt_{'south' if n == 1 else 'north'}"))["id"] for n in range(4)
    ]
    for child, parent, on in ((south, group, "2026-01-01"), (ward, south, "2026-01-01"), (late, south, "2026-09-01")):
        body = {"parent_id": parent, "on": on, "reason": "x"}
        answer = await steward.call("POST", f"/accounts/{child}/parents", body)
        assert answer.status_code == 200, answer.text

    async def shown(account_id: str, query: str = "", person: Person = steward) -> tuple[list[str], list[str]]:
        found = await person.get(f"/accounts/{account_id}/hierarchy{query}")
        assert found["complete"]
        return [one["id"] for one in found["ancestors"]], [one["id"] for one in found["descendants"]]

    assert await shown(ward) == ([south, group], [])
    assert await shown(group) == ([], [south, ward])
    assert await shown(group, "?as_of=2026-09-01") == ([], [south, ward, late])
    assert await shown(group, "?as_of=2025-12-31") == ([], [])
    manager = Person(client, a_manager())
    assert await shown(ward, person=manager) == ([south, group], [])
    assert (await manager.call("GET", f"/accounts/{south}/hierarchy")).status_code == 404
    children = await steward.items(f"/accounts?parent_id={south}")
    assert [one["id"] for one in children] == [ward]
