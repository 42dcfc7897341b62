"""The audit trail: complete, unbroken, and still so after a person was erased; every tampering is found."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from chassis.audit import AUDIT, Head, block_of, entry_of, forget, verify
from chassis.journal import JOURNAL
from chassis.lease import Lease, LeaseLost, hold_and_run
from chassis.mongo import Database
from chassis.sealing import Sealer

from tests.chassis.messages.stage import Stage, until

pytestmark = pytest.mark.stack


async def seal(stage: Stage, batch: int = 3) -> None:
    """Seal everything there is, in small blocks."""
    lease = Lease(stage.writer, "relay")
    assert await lease.acquire()
    sealer = Sealer("test", stage.writer, batch=batch)
    while await sealer.seal_next(lease):
        pass
    await lease.release()


async def a_sealed_journal(stage: Stage) -> Database:
    await stage.write("nte_a", 5)
    await stage.write("nte_b", 2)
    await seal(stage)
    return stage.writer


async def test_a_sealed_journal_verifies_with_an_entry_for_every_version(written: Stage):
    database = await a_sealed_journal(written)
    report = await verify(database)
    assert (report.ok, report.faults) == (True, [])
    assert (report.blocks, report.entries, report.journal_rows, report.unsealed) == (3, 7, 7, 0)
    block = await database.collection(AUDIT).find_one({"_id": 1})
    assert block is not None
    entry = block["entries"][1]
    assert entry["journal_id"] == "nte_a:0000000002"
    assert (entry["actor"], entry["command"], entry["reason"]) == ("system:test", "rewrite", "rewritten")
    assert entry["fields"] == ["text"]


async def test_what_is_not_sealed_yet_is_counted_and_is_no_fault(written: Stage):
    database = await a_sealed_journal(written)
    await written.write("nte_c", 2)
    report = await verify(database)
    assert report.ok
    assert (report.unsealed, report.entries) == (2, 7)
    assert 0 < report.oldest_unsealed_s < 60


async def test_it_is_sealed_within_a_second_of_the_commit(written: Stage):
    sealer = Sealer("test", written.writer)
    task = asyncio.ensure_future(hold_and_run(Lease(written.writer, "relay"), [sealer.run], lambda held: None))
    try:
        await written.write("nte_a", 1)
        await until(lambda: _no_tail(written.writer), 5)
        await written.write("nte_a2", 3)
        await until(lambda: _no_tail(written.writer), 2)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (await verify(written.writer)).ok


async def _no_tail(database: Database) -> bool:
    return (await verify(database)).unsealed == 0


async def change_state(database: Database) -> None:
    await database.collection(JOURNAL).update_one({"_id": "nte_a:0000000003"}, {"$set": {"state.text": "forged"}})


async def change_actor(database: Database) -> None:
    await database.collection(JOURNAL).update_one({"_id": "nte_a:0000000003"}, {"$set": {"actor.subject": "emp_x"}})


async def change_reason(database: Database) -> None:
    await database.collection(JOURNAL).update_one({"_id": "nte_a:0000000003"}, {"$set": {"reason": "other"}})


async def change_both_reasons(database: Database) -> None:
    await change_reason(database)
    block = await database.collection(AUDIT).find_one({"entries.journal_id": "nte_a:0000000003"})
    assert block is not None
    for entry in block["entries"]:
        if entry["journal_id"] == "nte_a:0000000003":
            entry["reason"] = "other"
    await database.collection(AUDIT).update_one({"_id": block["_id"]}, {"$set": {"entries": block["entries"]}})


async def delete_version(database: Database) -> None:
    await database.collection(JOURNAL).delete_one({"_id": "nte_b:0000000002"})


async def slip_in_a_version(database: Database) -> None:
    row = await database.collection(JOURNAL).find_one({"_id": "nte_b:0000000002"})
    assert row is not None
    await database.collection(JOURNAL).insert_one(row | {"_id": "nte_b:0000000003", "version": 3})


async def unseal_a_forged_version(database: Database) -> None:
    await database.collection(JOURNAL).update_one(
        {"_id": "nte_a:0000000003"}, {"$set": {"state.text": "forged", "unsealed": True}}
    )


async def remove_last_block(database: Database) -> None:
    await database.collection(AUDIT).delete_one({"_id": 3})


async def remove_middle_block(database: Database) -> None:
    await database.collection(AUDIT).delete_one({"_id": 2})


async def remake_one_block(database: Database) -> None:
    await change_state(database)
    block = await database.collection(AUDIT).find_one({"_id": 1})
    rows = await database.collection(JOURNAL).find({}).sort([("recorded_at", 1)]).limit(3).to_list(None)
    assert block is not None
    forged = block_of(1, block["previous"], block["sealed_at"], [entry_of(row) for row in rows])
    await database.collection(AUDIT).replace_one({"_id": 1}, forged)


async def drop_a_reason_as_if_erased(database: Database) -> None:
    await forget(database, "nte_a")


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (change_state, "nte_a:0000000003 was altered"),
        (change_actor, "nte_a:0000000003 was altered"),
        (change_reason, "nte_a:0000000003 has another reason"),
        (change_both_reasons, "nte_a:0000000003 had its reason altered"),
        (delete_version, "nte_b:0000000002 is in the trail but not in the journal"),
        (slip_in_a_version, "nte_b:0000000003 is in the journal but neither"),
        (unseal_a_forged_version, "nte_a:0000000003 is in the trail but marked as unsealed"),
        (remove_last_block, "nte_b:0000000002 is in the journal but neither"),
        (remove_middle_block, "block 2 is missing"),
        (remake_one_block, "block 2 does not follow"),
        (drop_a_reason_as_if_erased, "a reason of nte_a is gone"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_tampering_is_found(written: Stage, tamper: Callable[[Database], Awaitable[None]], told: str):
    database = await a_sealed_journal(written)
    await tamper(database)
    report = await verify(database)
    assert not report.ok
    assert any(fault.startswith(told) for fault in report.faults), report.faults


async def test_a_whole_new_chain_is_found_by_a_head_that_was_kept_elsewhere(written: Stage):
    database = await a_sealed_journal(written)
    kept = (await verify(database)).head
    await change_state(database)
    await database.collection(AUDIT).delete_many({})
    await database.collection(JOURNAL).update_many({}, {"$set": {"unsealed": True}})
    await seal(written)
    assert (await verify(database)).ok
    assert not (await verify(database, known=kept)).ok
    assert not (await verify(database, known=Head(9, "f" * 64))).ok


async def test_erasing_a_person_leaves_the_chain_valid_and_the_facts_checkable(written: Stage):
    database = await a_sealed_journal(written)
    erasing = {"id": "evt_x", "type": "test.note-erased.v1", "topic": "test.note", "sequence": 6}
    row = await database.collection(JOURNAL).find_one({"_id": "nte_a:0000000005"})
    assert row is not None
    erasure = row | {"_id": "nte_a:0000000006", "version": 6, "events": [erasing], "reason": None, "unsealed": True}
    await database.collection(JOURNAL).insert_one(erasure)
    await seal(written)
    assert await forget(database, "nte_a") == 4
    assert await database.collection(JOURNAL).count_documents({"aggregate_id": "nte_a", "reason": "rewritten"}) == 0
    trail = str(await database.collection(AUDIT).find({}).to_list(None))
    assert trail.count("'rewritten'") == 1  # the other aggregate's
    report = await verify(database)
    assert (report.ok, report.erased, report.faults) == (True, 4, [])
    await change_state(database)
    assert not (await verify(database)).ok


async def test_two_sealers_make_one_chain(written: Stage):
    await written.write("nte_a", 6)
    first, second = Lease(written.writer, "relay", ttl_s=0.3), Lease(written.writer, "relay", ttl_s=5)
    assert await first.acquire()
    frozen = Sealer("test", written.writer, batch=2)
    assert await frozen.seal_next(first) == 2
    await asyncio.sleep(0.5)
    assert await second.acquire()
    other = Sealer("test", written.writer, batch=2)
    assert await other.seal_next(second) == 2
    await frozen.seal_next(first)  # the block it meant to write is there already, by the other's hand
    with pytest.raises(LeaseLost):
        await frozen.seal_next(first)
    assert await other.seal_next(second) == 2
    report = await verify(written.writer)
    assert (report.ok, report.blocks, report.entries) == (True, 3, 6)
