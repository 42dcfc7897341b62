"""Copies in memory: fresh, bounded, never older than promised."""

from datetime import timedelta

import pytest
from gateway.principals.mirror import Mirror

from tests.gateway.builders import NOW, HandClock, Known


def a_mirror(capacity: int = 100) -> tuple[Mirror[str], Known[str], HandClock]:
    source, clock = Known[str](), HandClock(1000.0)
    return Mirror(source, max_age_s=40, capacity=capacity, clock=clock), source, clock


async def test_a_document_is_read_once_and_then_remembered():
    mirror, source, _ = a_mirror()
    source.documents["a"] = "first"
    assert mirror.fresh("a") is None
    assert await mirror.get("a") == "first"
    assert mirror.fresh("a") == await mirror.get("a") == "first"
    assert source.reads == 1


async def test_absence_is_not_remembered():
    mirror, source, _ = a_mirror()
    assert await mirror.get("a") is None
    source.documents["a"] = "now"
    assert await mirror.get("a") == "now"


async def test_beyond_its_age_a_copy_is_not_believed():
    mirror, source, clock = a_mirror()
    source.documents["a"] = "first"
    await mirror.get("a")
    source.documents["a"] = "second"
    clock.now += 41
    assert mirror.fresh("a") is None
    assert await mirror.get("a") == "second"
    del source.documents["a"]
    clock.now += 41
    assert await mirror.get("a") is None
    assert len(mirror) == 0


async def test_copies_in_use_are_renewed_in_one_read_and_the_others_dropped():
    mirror, source, clock = a_mirror()
    for key in "abc":
        source.documents[key] = key
        await mirror.get(key)
    clock.now += 25
    await mirror.renew()
    reads = source.reads
    mirror.fresh("a")
    mirror.fresh("b")
    clock.now += 25
    await mirror.renew()
    assert source.reads == reads + 1
    assert mirror.fresh("a") == "a"
    clock.now += 20
    await mirror.renew()
    assert mirror.fresh("c") is None
    assert len(mirror) == 2


async def test_renewing_forgets_what_no_longer_exists():
    mirror, source, clock = a_mirror()
    source.documents["a"] = "x"
    await mirror.get("a")
    del source.documents["a"]
    clock.now += 25
    await mirror.renew()
    assert mirror.fresh("a") is None


async def test_changes_are_taken_over_only_for_what_is_remembered():
    mirror, source, _ = a_mirror()
    source.documents["a"] = "old"
    await mirror.get("a")
    later = NOW + timedelta(seconds=3)
    source.changed = [("a", "new", NOW), ("b", "other", later)]
    assert await mirror.follow(NOW - timedelta(seconds=1)) == later
    assert mirror.fresh("a") == "new"
    assert len(mirror) == 1
    assert await mirror.follow(later + timedelta(seconds=1)) == later + timedelta(seconds=1)


async def test_what_this_process_wrote_is_not_undone_by_a_slower_read():
    mirror, source, clock = a_mirror()
    source.documents["a"] = "old"
    await mirror.get("a")

    class Slow(Known[str]):
        async def by_ids(self, ids: list[str]) -> dict[str, str]:
            found = dict.fromkeys(ids, "old")
            clock.now += 1
            mirror.put("a", "written meanwhile")
            return found

    mirror._source = Slow()
    clock.now += 25
    await mirror.renew()
    assert mirror.fresh("a") == "written meanwhile"


async def test_memory_is_bounded():
    mirror, source, _ = a_mirror(capacity=10)
    for n in range(50):
        source.documents[str(n)] = "x"
        await mirror.get(str(n))
    assert len(mirror) == 10
    assert mirror.fresh("49") == "x"


async def test_failures_of_the_source_are_told():
    mirror, source, _ = a_mirror()
    source.away = RuntimeError("away")
    with pytest.raises(RuntimeError):
        await mirror.get("a")
