"""Names that a thousand institutions share: bounded reads for an event, and the right one is found among them all."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.journal import Cause
from chassis.testing import FakeUnitOfWork, a_steward
from customer.accounts.model import Account
from customer.duplicates.crowds import LOOKED_AT_AGAIN, Crowd, without_crowds
from customer.duplicates.model import Candidate
from customer.duplicates.reactions import follow_the_entry
from customer.duplicates.refresh_candidates import MOST_READ, refresh_candidates
from customer.duplicates.subjects import SUBJECTS

from tests.customer.builders import a_contact, an_account, the_units

MANY = 1_000


class Reads:
    """Rows of accounts that a store gave, and the fields that were asked for."""

    def __init__(self, work: FakeUnitOfWork) -> None:
        self.rows = 0
        self.calls = 0
        self.whole = False
        find = work.fake.find

        async def counting(collection: str, where: Any, **more: Any) -> list[dict[str, Any]]:
            found = await find(collection, where, **more)
            if collection == Account.COLLECTION:
                self.calls += 1
                self.rows += len(found)
                self.whole = self.whole or more.get("fields") is None
            return found

        work.fake.find = counting


def named(number: int) -> str:
    """A name of one character of its own: without that one all of them read the same."""
    return f"{chr(0x4E00 + 7 * number)}人民医院"


@pytest.fixture
async def work() -> FakeUnitOfWork:
    unit = FakeUnitOfWork(principal=a_steward())
    for unit_of in the_units():
        await unit.given(unit_of)
    for number in range(MANY):
        one = an_account(f"acc_{number:04d}", name=named(number), telephone=f"0591-2208{number:04d}")
        unit.fake.rows(Account.COLLECTION)[one.id] = one.dump() | {"version": 1}
    return unit


async def refreshed(work: FakeUnitOfWork, account_id: str) -> tuple[Reads, FakeUnitOfWork]:
    reads = Reads(work)
    await refresh_candidates("account", account_id, work)
    await work.commit()
    return reads, work.next()


async def test_in_a_crowd_little_is_read_and_the_twin_is_found(work: FakeUnitOfWork):
    await work.given(an_account("acc_twin", name=named(900).replace("医", "醫"), telephone="22080900"))
    (one,) = await work.find(Account, {"_id": "acc_0900"})
    assert len(await work.find(Account, {"match_keys": {"$in": one.match_keys}})) > MANY
    for number in (900, 3, 4):
        reads, work = await refreshed(work, f"acc_{number:04d}")
        assert 0 < reads.rows <= MOST_READ <= 100
        assert not reads.whole
    (pair,) = await work.find(Candidate, {"sides": "acc_twin"})
    assert "acc_0900" in pair.sides
    assert reads.rows < 24, "the crowd is known by now and not asked for again"


async def test_a_pair_stays_when_a_crowd_comes_to_share_all_of_its_keys(work: FakeUnitOfWork):
    twin = {"name": named(900), "telephone": "0591-22081234"}
    await work.given(an_account("acc_twin", **twin, division_code="350121"))
    await work.given(an_account("acc_same", **twin, division_code="350122"))
    _, work = await refreshed(work, "acc_twin")
    (pair,) = await work.find(Candidate, {"sides": {"$all": ["acc_same", "acc_twin"]}})
    (twin_now,) = await work.find(Account, {"_id": "acc_twin"})
    await work.commit()
    for key in twin_now.match_keys:
        await work.put(Crowd(id=f"account:{key:x}", noticed_at=work.now))
    _, work = await refreshed(work, "acc_twin")
    assert pair in await work.find(Candidate, {"sides": "acc_twin"})


async def test_a_crowd_is_looked_at_again_after_a_while(work: FakeUnitOfWork):
    for days, left in ((1, set[int]()), (LOOKED_AT_AGAIN.days, {7})):
        await work.put(Crowd(id="account:7", noticed_at=work.now - timedelta(days=days)))
        assert await without_crowds("account", [7], work) == left


async def test_several_events_of_an_institution_in_one_batch_compare_it_once(work: FakeUnitOfWork):
    (account,) = await work.find(Account, {"_id": "acc_0900"})
    reads, calls = Reads(work), list[int]()
    for _ in range(3):
        work.next_command(Cause(command="test", subject="acc_0900"))
        await follow_the_entry(account.corrected(["telephone"], work.today), work)
        calls.append(reads.calls)
    assert calls[0] > 0
    assert calls == [calls[0]] * 3
    work = work.next()
    work.cause = Cause(command="test", subject="acc_0900")
    await follow_the_entry(account.corrected(["telephone"], work.today), work)
    assert reads.calls > calls[0], "another unit compares again"


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("account", an_account(division_code="350121", telephone="1234567", address="x路1号")),
        ("account", an_account(location={"lat": 26, "lon": 119.25})),
        ("contact", a_contact(mobile="+8613800000000", department="dep_1")),
    ],
)
async def test_a_sketch_says_what_the_entry_says(kind: Any, entry: Any):
    subject, document = SUBJECTS[kind], entry.dump()
    sketch = subject.sketch({name: document[name] for name in ("_id", *subject.fields)})
    assert (sketch.id, sketch.traits, list(sketch.match_keys)) == (entry.id, entry.traits, entry.match_keys)
    assert sketch.side.visible == entry.visible
    assert repr(sketch.traits.material) == repr(entry.traits.material), "else every dismissal would end"
