"""One primary representative at any instant, however closely two commands overlap."""

import asyncio
from typing import Any

import pytest
from chassis.testing.service import ServiceClient
from customer.alignments.assign_territory import AssignTerritory, assign_territory
from customer.alignments.change_alignment import ChangeAlignment, change_alignment
from customer.alignments.model import alignment_id

from tests.customer.builders import TODAY, day
from tests.customer.contacts.test_overlapping_commands import attempt, first_try_and_later
from tests.customer.stack import Person

pytestmark = pytest.mark.stack


def assigning(account: dict[str, Any], **more: Any) -> AssignTerritory:
    """Cover a hospital by the first territory from today."""
    body = {"account_id": account["id"], "line_id": "lin_1", "unit_id": "unt_t1", "employee_id": "emp_1"}
    return AssignTerritory(**body | {"valid_from": TODAY} | more)


async def test_of_two_first_assignments_forced_to_overlap_one_stands(client: ServiceClient):
    account = await Person(client).account("Twice Covered Hospital")
    outcomes = await asyncio.gather(
        attempt(client, assign_territory, assigning(account), linger),
        attempt(client, assign_territory, assigning(account, unit_id="unt_t2", employee_id="emp_2"), linger),
    )
    assert first_try_and_later(outcomes) == ("done", "two_primary_representatives")
    (alignment,) = await Person(client).items(f"/alignments?account_id={account['id']}")
    assert len(alignment["assignments"]) == 1
    assert len((await stored(client, account["id"]))["visible"]) == 2


async def test_of_two_later_assignments_forced_to_overlap_one_stands(client: ServiceClient):
    account = await Person(client).account("Later Covered Hospital")
    await attempt(client, assign_territory, assigning(account, valid_to=day("2026-06-01")), nothing)
    outcomes = await asyncio.gather(
        attempt(client, assign_territory, assigning(account, valid_from=day("2026-08-01")), linger),
        attempt(client, assign_territory, assigning(account, valid_from=day("2026-07-01")), linger),
    )
    assert first_try_and_later(outcomes) == ("done", "two_primary_representatives")
    (alignment,) = await Person(client).items(f"/alignments?account_id={account['id']}")
    assert len(alignment["assignments"]) == 2


async def test_two_lines_assigned_at_once_are_both_seen(client: ServiceClient):
    account = await Person(client).account("Two Line Hospital")
    outcomes = await asyncio.gather(
        attempt(client, assign_territory, assigning(account), linger),
        attempt(
            client, assign_territory, assigning(account, line_id="lin_2", unit_id="unt_t3", employee_id="emp_3"), linger
        ),
    )
    assert first_try_and_later(outcomes) == ("done", "done")
    assert [stamp["line"] for stamp in (await stored(client, account["id"]))["visible"]] == ["*", "lin_1", "lin_2"]


async def test_a_change_and_an_end_forced_to_overlap_follow_one_another_or_one_is_refused(client: ServiceClient):
    account = await Person(client).account("Changed And Ended Hospital")
    await attempt(client, assign_territory, assigning(account, valid_from=day("2026-01-01")), nothing)
    one = alignment_id(account["id"], "lin_1")
    outcomes = await asyncio.gather(
        attempt(client, change_alignment, ChangeAlignment(alignment_id=one, valid_from=TODAY, end=True), linger),
        attempt(
            client,
            change_alignment,
            ChangeAlignment(alignment_id=one, valid_from=TODAY, unit_id="unt_t2", employee_id="emp_2"),
            linger,
        ),
    )
    assert first_try_and_later(outcomes) in {("done", "done"), ("done", "not_covered")}
    (alignment,) = await Person(client).items(f"/alignments?account_id={account['id']}")
    assert alignment["current"] is None


async def nothing() -> None:
    """Commit at once."""


async def linger() -> None:
    """Wait before the commit for long enough that the other has begun; whoever wrote first holds the other up."""
    await asyncio.sleep(0.3)


async def stored(client: ServiceClient, account_id: str) -> dict[str, Any]:
    """The document of an institution."""
    return await client.app.state.edge.database.collection("accounts").find_one({"_id": account_id})
