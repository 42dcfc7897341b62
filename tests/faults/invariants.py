"""What must hold once the faults are over, checked from outside the processes. Each check gives sentences, none = it holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import gateway.app
from analytics.marts.folding import TOPICS as MART_TOPICS
from chassis.dead_letters import DEAD_LETTERS
from chassis.journal import JOURNAL
from chassis.kafka import Record
from chassis.mongo import Database
from chassis.progress import PROGRESS
from chassis.reactions import reactions_in
from contracts.envelope import Undecodable, decode_headers
from contracts.events import REGISTRY
from customer.app import service as customer
from promotion.app import service as promotion
from visits.app import service as visits

from chassis import audit
from tests.faults.injectors import is_planted
from tests.faults.ledger import Call, Ledger, Outcome
from tests.faults.traffic import Submission

WRITES_NO_PROGRESS = "analytics"
SUBSCRIBED: dict[str, set[str]] = {
    service.name: {REGISTRY[event_type].TOPIC for event_type in reactions_in(service.reactions)}
    for service in (customer, visits, promotion, gateway.app.service)
} | {WRITES_NO_PROGRESS: set(MART_TOPICS)}
"""Topics (contract names) by consumer."""
DECIDED = {"confirmed": "visits.visit-confirmed.v1", "returned": "visits.visit-returned.v1"}

Documents = list[dict[str, Any]]


async def stored(database: Database, collection: str, where: dict[str, Any] | None = None) -> Documents:
    """All documents of a collection that match."""
    return await database.collection(collection).find(where or {}).to_list(None)


# --- I1 -------------------------------------------------------------------------------------------------------------------


def stock_adds_up(rows: Iterable[dict[str, Any]], supplier: str) -> list[str]:
    """I1: over all places a lot sums to zero, because the supplier owes what came in; nobody else is below zero."""
    wrong: list[str] = []
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["lot_id"]] += row["on_hand"]
        if row["location_id"] != supplier and min(row["on_hand"], row["available"]) < 0:
            wrong.append(f"I1: {row['lot_id']} at {row['location_id']} is below zero: {row['on_hand']}")
    wrong += [f"I1: {lot} sums to {total} over all places" for lot, total in sums.items() if total]
    return wrong


def stock_is_as_booked(rows: Iterable[dict[str, Any]], expected: dict[tuple[str, str], int]) -> list[str]:
    """I1, I3: every place has what acknowledged movements and confirmed visits left there, no more and no less."""
    there = {(row["lot_id"], row["location_id"]): row["on_hand"] for row in rows}
    return [
        f"I3: {lot} at {place} is {there.get((lot, place), 0)}, by the ledger {quantity}"
        for (lot, place), quantity in expected.items()
        if there.get((lot, place), 0) != quantity
    ]


# --- I3 -------------------------------------------------------------------------------------------------------------------


async def keys_in(databases: dict[str, Database], calls: Iterable[Call]) -> Counter[str]:
    """How many journal documents carry each call's key."""
    keys = [call.stored_key for call in calls]
    found: Counter[str] = Counter()
    for database in databases.values():
        for start in range(0, len(keys), 500):
            where = {"idempotency.key": {"$in": keys[start : start + 500]}}
            found.update(row["idempotency"]["key"] for row in await stored(database, JOURNAL, where))
    return found


def writes_are_stored_once(calls: Iterable[Call], found: Counter[str]) -> list[str]:
    """I3: what was acknowledged is there once, what was refused is not, what is unknown at most once."""
    allowed = {Outcome.OK: (1,), Outcome.FAILED: (0,), Outcome.UNKNOWN: (0, 1)}
    return [
        f"I3: stored {found[call.stored_key]} times: {call}"
        for call in calls
        if found[call.stored_key] not in allowed[call.outcome]
    ]


def nothing_is_doubled(ledger: Ledger, accounts: Documents, contacts: Documents, moves: Counter[str]) -> list[str]:
    """I3, by content instead of keys: names of institutions, mobiles of contacts, moves by contact."""
    wrong: list[str] = []
    names = Counter(document["name"] for document in accounts)
    mobiles = Counter(str(document["mobile"])[-11:] for document in contacts)
    for kind, field, found in (("account", "name", names), ("contact", "mobile", mobiles)):
        for call in (call for call in ledger.calls if call.kind == kind and call.outcome is not Outcome.UNKNOWN):
            times, wanted = found[call.body[field]], int(call.outcome is Outcome.OK)
            if times != wanted:
                wrong.append(f"I3: {kind} {call.body[field]} is there {times} times: {call}")
    wanted_moves = Counter(call.path.split("/")[2] for call in ledger.of("move"))
    unknown = {call.path.split("/")[2] for call in ledger.unknown}
    for contact_id, wanted in wanted_moves.items():
        if moves[contact_id] != wanted and contact_id not in unknown:
            wrong.append(f"I3: {contact_id} moved {moves[contact_id]} times, acknowledged were {wanted}")
    return wrong


def decisions_are_booked_once(
    submissions: Iterable[Submission], visits_by_id: dict[str, Any], disbursements: dict[str, Any], journal: Documents
) -> list[str]:
    """I4: every attempt has one answer by promotion and one outcome at the visit, and both agree."""
    wrong: list[str] = []
    outcomes: Counter[tuple[str, int, str]] = Counter()
    for row in journal:
        for event in row["events"]:
            if event["type"] in DECIDED.values():
                outcomes[row["aggregate_id"], event["data"]["visit"]["attempt"], event["type"]] += 1
    for submission in submissions:
        visit, disbursement = visits_by_id.get(submission.visit_id), disbursements.get(submission.visit_id)
        if visit is None or disbursement is None:
            wrong.append(
                f"I3: {submission.visit_id} was handed in, but {'visit' if visit is None else 'answer'} is missing"
            )
            continue
        numbers = [attempt["number"] for attempt in disbursement["attempts"]]
        if numbers != list(range(1, len(submission.attempts) + 1)):
            wrong.append(
                f"I4: attempts {numbers} of {submission.visit_id} were decided, {len(submission.attempts)} made"
            )
            continue
        for attempt in disbursement["attempts"]:
            state = "confirmed" if attempt["decision"] == "booked" else "returned"
            told = {name: outcomes[submission.visit_id, attempt["number"], name] for name in DECIDED.values()}
            if told != {name: int(name == DECIDED[state]) for name in DECIDED.values()}:
                wrong.append(f"I4: attempt {attempt['number']} of {submission.visit_id} was {state}, events: {told}")
        last = "confirmed" if disbursement["attempts"][-1]["decision"] == "booked" else "returned"
        if visit["state"] != last:
            wrong.append(f"I4: {submission.visit_id} is {visit['state']}, promotion's last answer was {last}")
    return wrong


# --- I4 -------------------------------------------------------------------------------------------------------------------


def journal_is_gap_free(rows: Iterable[dict[str, Any]]) -> list[str]:
    """I4: versions and event sequences of every aggregate count 1, 2, 3 …, and its times rise."""
    by_aggregate: dict[str, Documents] = defaultdict(list)
    for row in rows:
        by_aggregate[row["aggregate_id"]].append(row)
    wrong: list[str] = []
    for aggregate, history in by_aggregate.items():
        history.sort(key=lambda row: row["version"])
        versions = [row["version"] for row in history]
        sequences = [event["sequence"] for row in history for event in row["events"]]
        if versions != list(range(1, len(versions) + 1)):
            wrong.append(f"I4: versions of {aggregate} are {versions}")
        if sequences != list(range(1, len(sequences) + 1)):
            wrong.append(f"I4: sequences of {aggregate} are {sequences}")
        if any(after["recorded_at"] <= before["recorded_at"] for before, after in pairwise(history)):
            wrong.append(f"I4: {aggregate} was recorded out of order")
    return wrong


def events_of(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Event ids of journal rows in the order of their sequences: by topic, then by aggregate."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(rows, key=lambda row: row["version"]):
        for event in row["events"]:
            found[event["topic"]][row["aggregate_id"]].append(event["id"])
    return found


def topic_holds_the_journal(records: Iterable[Record], expected: dict[str, list[str]], topic: str) -> list[str]:
    """I4: each event of the journal is on its topic and no other is; at first sight in order, whatever is repeated."""
    seen: dict[str, list[str]] = defaultdict(list)
    known: set[str] = set()
    wrong: list[str] = []
    for record in sorted(records, key=lambda record: (record.partition, record.offset)):
        if is_planted(record):
            continue
        try:
            envelope = decode_headers(record.headers)
        except Undecodable as broken:
            wrong.append(f"I4: {topic}/{record.partition}/{record.offset} is nobody's: {broken}")
            continue
        if envelope.id not in known:
            known.add(envelope.id)
            seen[envelope.subject].append(envelope.id)
    for aggregate in expected.keys() | seen.keys():
        if expected.get(aggregate, []) != seen.get(aggregate, []):
            wanted, there = expected.get(aggregate, []), seen.get(aggregate, [])
            wrong.append(
                f"I4: {topic} has {len(there)} events of {aggregate}, the journal {len(wanted)}, or another order"
            )
    return wrong


def progress_is_complete(consumer: str, progress: Documents, expected: dict[str, dict[str, list[str]]]) -> list[str]:
    """I4: the consumer has come to the last event of every aggregate of its topics, and beyond none."""
    at = {document["_id"]: document for document in progress}
    wrong: list[str] = []
    for topic in SUBSCRIBED[consumer]:
        for aggregate, events in expected.get(topic, {}).items():
            found = at.get(f"{consumer}/{topic}/{aggregate}", {})
            if found.get("sequence") != len(events) or "parked" in found:
                told = f"{found.get('sequence')}{' and parked' if 'parked' in found else ''}"
                wrong.append(f"I4: {consumer} has come to {told} of {len(events)} with {aggregate} ({topic})")
    return wrong


# --- I6, I7 ---------------------------------------------------------------------------------------------------------------


def letters_are_the_poison(consumer: str, letters: Documents, records: dict[str, list[Record]]) -> list[str]:
    """I6: set aside is exactly what a schedule made up, once for each consumer of its topic, with its origin."""
    wanted = {
        f"{consumer}/{topic}/{record.partition}/{record.offset}": record
        for topic in SUBSCRIBED[consumer]
        for record in records.get(topic, [])
        if is_planted(record)
    }
    there = {letter["_id"]: letter for letter in letters}
    wrong = [f"I6: {consumer} lost the poison {name}" for name in wanted.keys() - there.keys()]
    for name in there.keys() - wanted.keys():
        letter = there[name]
        wrong.append(f"I6: {consumer} set aside {name}, which is no poison: {letter.get('error')} {letter.get('type')}")
    for name in there.keys() & wanted.keys():
        if (there[name]["value"], there[name]["key"]) != (wanted[name].value, wanted[name].key):
            wrong.append(f"I6: the letter {name} is not the record")
    return wrong


async def unsent(database: Database) -> int:
    """Rows that wait for the relay or the sealer."""
    return await database.collection(JOURNAL).count_documents({"$or": [{"unpublished": True}, {"unsealed": True}]})


async def trail_is_whole(name: str, database: Database) -> list[str]:
    """I7: the audit chain verifies and stands for every version."""
    report = await audit.verify(database)
    wrong = [f"I7: {name}: {fault}" for fault in report.faults]
    if report.entries != report.journal_rows:
        wrong.append(f"I7: {name} has {report.entries} entries for {report.journal_rows} versions")
    return wrong


async def letters_of(database: Database) -> Documents:
    """Everything that was set aside."""
    return await stored(database, DEAD_LETTERS)


async def progress_of(database: Database) -> Documents:
    """How far the consumer of this database has come."""
    return await stored(database, PROGRESS)
