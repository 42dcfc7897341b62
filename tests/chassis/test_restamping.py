"""Rows follow their owner batch by batch, from wherever the work has come to."""

from typing import ClassVar

import pytest
from chassis.aggregate import Aggregate, Index, Replica
from chassis.restamping import Followers, restamp_batch
from chassis.testing import FakeUnitOfWork
from contracts.values import Stamp

OLD, NEW = [Stamp(path="/unt_hq/unt_old/")], [Stamp(path="/unt_hq/unt_new/")]


class Owner(Replica, collection="owners_in_tests"):
    """Something that others follow."""


class Row(Aggregate, kind="row-in-tests", collection="rows_in_tests", prefix="row"):
    """Something that follows."""

    INDEXES: ClassVar[list[Index]] = []
    owner_id: str


async def follow(row: Row, work: FakeUnitOfWork) -> bool:
    owner = await work.get_replica(Owner, row.owner_id)
    if owner is None or row.visible == owner.visible:
        return False
    row.visible = owner.visible
    return True


ROWS = Followers(name="rows", model=Row, rows=lambda owner_id, today: {"owner_id": owner_id}, restamp=follow)


@pytest.fixture
async def work() -> FakeUnitOfWork:
    """Five rows of one owner and two of another, stamped as of old."""
    work = FakeUnitOfWork()
    for owner, count in (("a", 5), ("b", 2)):
        await work.given(Owner(id=owner, visible=NEW))
        for number in range(count):
            await work.given(Row(id=f"row_{owner}{number}", owner_id=owner, visible=OLD))
    return work


async def order(work: FakeUnitOfWork, owner_id: str) -> None:
    unit = work.next()
    await ROWS.order(owner_id, unit)
    await unit.commit()


async def batch(work: FakeUnitOfWork, rows: int) -> int:
    unit = work.next()
    orders = await restamp_batch([ROWS], unit, rows=rows)
    await unit.commit()
    return orders


def restamped(work: FakeUnitOfWork) -> list[str]:
    rows = work.fake.rows("rows_in_tests")
    return sorted(identifier for identifier, row in rows.items() if row["visible"] == [NEW[0].model_dump()])


async def test_a_batch_touches_so_many_rows_and_the_next_goes_on_behind_them(work: FakeUnitOfWork):
    await order(work, "a")
    seen: list[int] = []
    while await batch(work, 2):
        seen.append(len(restamped(work)))
    assert seen == [2, 4, 5]
    assert work.fake.rows("restampings") == {}


async def test_a_batch_that_is_lost_is_done_again_from_the_same_place(work: FakeUnitOfWork):
    await order(work, "a")
    await batch(work, 2)
    before = {name: dict(rows) for name, rows in work.fake.collections.items()}
    await batch(work, 2)
    work.fake.collections = before
    while await batch(work, 2):
        pass
    assert restamped(work) == [f"row_a{number}" for number in range(5)]
    versions = {row["version"] for key, row in work.fake.rows("rows_in_tests").items() if key.startswith("row_a")}
    assert versions == {2}


async def test_rows_of_others_stay_as_they_are(work: FakeUnitOfWork):
    await order(work, "b")
    await batch(work, 100)
    assert restamped(work) == ["row_b0", "row_b1"]


async def test_several_orders_share_a_batch(work: FakeUnitOfWork):
    await order(work, "b")
    await order(work, "a")
    assert await batch(work, 100) == 2
    assert len(restamped(work)) == 7
    assert await batch(work, 100) == 0


async def test_a_new_order_starts_again_from_the_first_row(work: FakeUnitOfWork):
    await order(work, "a")
    await batch(work, 4)
    for row in work.fake.rows("rows_in_tests").values():
        row["visible"] = [OLD[0].model_dump()]
    await order(work, "a")
    while await batch(work, 4):
        pass
    assert len([one for one in restamped(work) if one.startswith("row_a")]) == 5


async def test_what_has_the_stamps_already_is_not_written(work: FakeUnitOfWork):
    for _ in range(2):
        await order(work, "a")
        await batch(work, 100)
    assert {row["version"] for row in work.fake.rows("rows_in_tests").values()} == {1, 2}
    assert len(work.journal()) == 5
