"""Grades at a date, planned facts that come, and lists as of a date or as known at an instant, on the real database."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import pytest
import pytest_asyncio
from chassis.testing import FakeUnitOfWork, run_in
from chassis.testing.service import ServiceClient
from contracts.events.customer import AccountFactsBegan, AccountRegraded
from contracts.values import Grade
from customer.accounts.calendar import BeginDueFacts, begin_due_facts
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.model import Account
from customer.accounts.regrade_account import RegradeAccount, regrade_account

from tests.customer.builders import TODAY, day
from tests.customer.stack import Person


def regrade(grade: str, on: str) -> RegradeAccount:
    return RegradeAccount(account_id="acc_A", grade=grade, on=day(on), reason="inspection")


async def test_a_planned_grade_holds_from_its_day_and_is_told_of_then(work: FakeUnitOfWork):
    account = await run_in(work, regrade_account, regrade("3A", "2026-03-05"))
    (event,) = work.emitted
    assert isinstance(event, AccountRegraded)
    assert (event.from_grade, event.to_grade, event.account.grade) == (Grade.UNGRADED, Grade.G3A, Grade.UNGRADED)
    assert (account.grade_on(day("2026-03-04")), account.grade_on(day("2026-03-05"))) == (Grade.UNGRADED, Grade.G3A)
    assert await run_in(work.next(), begin_due_facts, BeginDueFacts()) == 0
    later = FakeUnitOfWork(store=work.fake, now=work.now + timedelta(days=5))
    assert await run_in(later, begin_due_facts, BeginDueFacts()) == 1
    (began,) = later.emitted
    assert isinstance(began, AccountFactsBegan)
    assert (began.facts, began.on, began.account.grade) == (["grade"], day("2026-03-05"), Grade.G3A)
    assert await run_in(later.next(), begin_due_facts, BeginDueFacts()) == 0


async def test_a_corrected_grade_was_typed_wrong_and_takes_the_place_of_todays(work: FakeUnitOfWork):
    await run_in(work, regrade_account, regrade("3A", "2025-01-01"))
    account = await run_in(work.next(), correct_account, CorrectAccount(account_id="acc_A", grade="2A"))
    assert [(one.grade, one.on.year) for one in account.grades] == [(Grade.UNGRADED, 2020), (Grade.G2A, 2025)]


async def test_the_grade_that_holds_already_records_nothing(work: FakeUnitOfWork):
    await run_in(work, regrade_account, regrade("ungraded", "2025-01-01"))
    assert work.emitted == []
    assert work.journal() == []


def test_an_institution_written_before_grades_had_dates_has_had_its_grade_from_the_beginning():
    from tests.customer.builders import an_account

    old = an_account(grade="3B").dump()
    del old["grades"]
    loaded = Account.load(old | {"grade": "3B"})
    assert (loaded.grade_on(TODAY), loaded.grades[0].on) == (Grade.G3B, day("2020-01-01"))


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


@pytest.mark.stack
async def test_grades_are_read_and_listed_as_of_a_date(steward: Person):
    account = await steward.account("Graded Hospital", grade="2A", tags=["graded"])
    path = f"/accounts/{account['id']}"
    body = {"grade": "3A", "on": "2026-06-01", "reason": "promoted"}
    answer = await steward.call("POST", f"{path}/grades", body)
    assert (answer.status_code, answer.json()["grade"], len(answer.json()["grades"])) == (200, "2A", 2)
    assert (await steward.get(f"{path}?as_of=2026-06-01"))["grade"] == "3A"
    assert (await steward.get(f"{path}?as_of=2020-01-01"))["grade"] is None
    for query, found in [("grade=2A", True), ("grade=3A", False), ("grade=3A&as_of=2026-06-01", True)]:
        assert bool(await steward.items(f"/accounts?tag=graded&{query}")) is found
    (listed,) = await steward.items("/accounts?tag=graded&as_of=2026-07-01")
    assert listed["grade"] == "3A"


@pytest.mark.stack
async def test_a_list_shows_what_was_believed_at_an_instant(steward: Person):
    ours = [await steward.account(f"Believed Hospital {n}", tags=["believed"], beds=1) for n in range(3)]
    then = quote(ours[2]["recorded_at"])
    await asyncio.sleep(0.01)
    changed = {"name": "Renamed Clinic", "kind": "clinic", "beds": 2, "tags": ["other"]}
    await steward.call("PATCH", f"/accounts/{ours[1]['id']}", changed, if_match="*")
    await steward.account("Believed Hospital too late", tags=["believed"])
    known = await steward.items(f"/accounts?tag=believed&kind=hospital&known_at={then}")
    assert [(one["id"], one["name"], one["beds"]) for one in known] == [(one["id"], one["name"], 1) for one in ours]
    assert [one["id"] for one in await steward.items(f"/accounts?q=believed hospital 1&known_at={then}")] == [
        ours[1]["id"]
    ]
    first = await steward.get(f"/accounts?tag=believed&limit=2&known_at={then}")
    second = await steward.get(f"/accounts?tag=believed&limit=2&known_at={then}&cursor={first['next']}")
    assert [one["id"] for one in (*first["items"], *second["items"])] == [one["id"] for one in ours]
    assert second["next"] is None
    assert len(await steward.items("/accounts?tag=believed")) == 3
    wrong = await steward.call("GET", f"/accounts?sort=name&known_at={then}")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_sort")


@pytest.mark.stack
async def test_the_nearest_come_first_page_by_page(steward: Person):
    names = [f"Lakeside {n}" for n in range(5)]
    for n, name in enumerate(names):
        await steward.account(name, location={"lat": 45.0 + n * 0.06, "lon": 90.0}, tags=["lakeside"])
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await steward.get(f"/accounts?near=45,90,100&sort=distance&limit=2{cursor}")
        seen += [one["name"] for one in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert seen == names
    assert page["next"] is None
    wrong = await steward.call("GET", "/accounts?sort=distance")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_sort")
