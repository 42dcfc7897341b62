"""Whoever knows only the contracts rebuilds the register of any day from the topics: it shows what the API shows."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from chassis.clock import FixedClock
from chassis.testing.service import ServiceClient, running
from contracts.envelope import decode_event, decode_headers
from contracts.personal import personal_fields
from contracts.register import REGISTER_TOPICS, Register
from contracts.register_views import AccountOn, AlignmentOn, ContactOn, EmployeeOn, UnitOn, View
from customer.app import service
from customer.contacts.affiliations import Affiliation
from customer.contacts.model import Contact
from customer.contacts.qualifications import Qualification
from customer.contacts.status import StatusEntry
from customer.employees.model import Employee

from tests.customer.builders import NOW, TODAY
from tests.customer.timetravel.busy import SPAN, Busy

pytestmark = pytest.mark.stack

BOOKKEEPING = {"version", "recorded_at"}
"""Of the document, not of what it is about."""
WORDS = {"reason"}
"""Free words of whoever decided stay in the store."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(
    database_uri: str, database_name: str, broker_address: str, topics: str
) -> AsyncIterator[ServiceClient]:
    """The customer service alone on an empty database, with its relay."""
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
        relay=True,
        clock=FixedClock(NOW),
    ) as opened:
        yield opened


async def read(register: Register, broker_address: str, prefix: str, expected: int) -> None:
    """Take in the topics from their beginnings until as many events as were journalled have come."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker_address, group_id=None, auto_offset_reset="earliest")
    heard, until = 0, time.monotonic() + 60
    async with consumer:
        names = [prefix + topic for topic in REGISTER_TOPICS]
        partitions = [TopicPartition(name, number) for name in names for number in range(12)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        while heard < expected and time.monotonic() < until:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    envelope = decode_headers(list(record.headers))
                    event = decode_event(envelope, record.value)
                    heard += register.take(envelope, event)
                    assert not register.take(envelope, event)
    assert heard == expected
    register.check()


async def journalled(client: ServiceClient) -> int:
    """How many events the service has written down."""
    kinds = [topic.partition(".")[2] for topic in REGISTER_TOPICS]
    rows = client.app.state.edge.database.collection("journal").find({"kind": {"$in": kinds}}, {"events": 1})
    return sum([len(row["events"]) async for row in rows])


async def test_the_rebuilt_register_is_what_the_api_shows_of_any_date_at_any_instant(
    client: ServiceClient, broker_address: str, topics: str
):
    busy = Busy(client, seed=20260301)
    await busy.begin()
    await busy.live(220)
    for what in ("stage", "grades", "parents", "moves", "affiliations", "end", "role", "changes", "merges", "undo"):
        assert busy.done.get(what), f"no {what} in {busy.done}"
    register = Register()
    await read(register, broker_address, topics, await journalled(client))
    assert len(register.merges()) == busy.done["merges"]
    compared = 0
    for _ in range(12):
        day = TODAY + timedelta(days=busy.chance.randint(-SPAN - 5, SPAN))
        known_at = busy.chance.choice([None, *busy.chance.sample(busy.instants, 3)])
        compared += await compare(busy, register.at(day, known_at=known_at), known_at)
    assert compared > 100


async def compare(busy: Busy, view: View, known_at: datetime | None) -> int:
    """Everything that there is, one by one and in lists; how much that was."""
    query = f"as_of={view.day}" + (f"&known_at={quote(known_at.isoformat())}" if known_at else "")
    api, compared = busy.steward, 0
    for noun, ids, found, shown in (
        ("accounts", busy.accounts, view.account, account_shown),
        ("contacts", busy.contacts, view.contact, contact_shown),
        ("alignments", busy.alignments, view.alignment, alignment_shown),
        ("employees", busy.employees, view.employee, employee_shown),
        ("units", busy.territories, view.unit, lambda one: unit_shown(one, view)),
    ):
        for identifier in ids:
            one: Any = found(identifier)
            answer = await (busy.admin if noun in ("employees", "units") else api).call(
                "GET", f"/{noun}/{identifier}?{query}"
            )
            survivor = view.survivor_of(identifier)
            if one is None or (noun == "units" and not one.stands):
                assert answer.status_code == 404, (noun, identifier, query, answer.text)
            elif survivor != identifier:
                assert answer.status_code == 308, (noun, identifier, query)
                assert answer.headers["location"].startswith(f"/api/v1/{noun}/{survivor}?")
            else:
                assert answer.status_code == 200, (noun, identifier, query, answer.text)
                assert public(answer.json(), noun) == shown(one), (noun, identifier, query)
                compared += 1
    assert await listed(api, f"/accounts?{query}") == [one.state.account_id for one in view.accounts()]
    assert await listed(api, f"/contacts?{query}") == [one.state.contact_id for one in view.contacts()]
    assert await listed(api, f"/alignments?{query}") == [
        one.state.alignment_id for one in view.alignments() if one.current
    ]
    for account in view.accounts():
        account_id = account.state.account_id
        staff = [one.state.contact_id for one in view.staff_of(account_id)]
        assert await listed(api, f"/contacts?account_id={account_id}&{query}") == staff
        cover = [one.state.alignment_id for one in view.cover_of(account_id)]
        assert await listed(api, f"/alignments?account_id={account_id}&{query}") == cover
    return compared


async def listed(api: Any, path: str) -> list[str]:
    """The ids of a whole list, in their order."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = await api.get(f"{path}&limit=7{cursor}")
        ids += [one["id"] for one in page["items"]]
        if page["next"] is None:
            return sorted(ids)
        cursor = f"&cursor={quote(page['next'])}"


PERSONAL = {
    "contacts": personal_fields(Contact),
    "employees": personal_fields(Employee),
    "affiliations": personal_fields(Affiliation),
    "qualifications": personal_fields(Qualification),
    "statuses": personal_fields(StatusEntry),
}


def public(shown: Any, name: str) -> Any:
    """What the API shows without what is personal, in words, or of the document."""
    if isinstance(shown, list):
        return [public(one, name) for one in shown]
    if not isinstance(shown, dict):
        return shown
    left_out = BOOKKEEPING | WORDS | PERSONAL.get(name, frozenset())
    return {key: public(value, key) for key, value in shown.items() if key not in left_out}


def plain(value: Any, **renamed: str) -> dict[str, Any]:
    """A state as JSON with ids named as the API names them."""
    return {renamed.get(name, name): one for name, one in value.model_dump(mode="json").items()}


def account_shown(one: AccountOn) -> Any:
    state = plain(one.state, account_id="id")
    for hidden in ("visible", "survivor_of", "closing_attempt"):
        del state[hidden]
    departments = [plain(each, department_id="id") for each in one.state.departments]
    return state | {
        "stage": one.stage,
        "grade": one.grade,
        "parent_id": one.parent_id,
        "departments": departments,
        "closing": None,
    }


def contact_shown(one: ContactOn) -> Any:
    state = plain(one.state, contact_id="id")
    for hidden in ("survivor_of", "consents"):
        del state[hidden]
    return state | {
        "affiliations": [plain(each, affiliation_id="id") for each in one.affiliations],
        "qualifications": [plain(each, qualification_id="id") for each in one.qualifications],
        "status": one.status,
    }


def alignment_shown(one: AlignmentOn) -> Any:
    state = plain(one.state, alignment_id="id")
    ordered = one.state.assignments
    gaps = [
        {"since": str(before.valid_to), "until": str(after.valid_from)}
        for before, after in pairwise(ordered)
        if before.valid_to is not None and before.valid_to < after.valid_from
    ]
    return state | {"current": one.current and plain(one.current), "gaps": gaps}


def employee_shown(one: EmployeeOn) -> Any:
    state = plain(one.state, employee_id="id")
    main = [each for each in one.positions if each.unit_id == state["unit_id"]]
    shown = {"employed": bool(one.positions)} | (
        {"roles": main[0].roles, "unit_path": main[0].unit_path} if main else {}
    )
    return state | shown | {"positions": [plain(each, position_id="id") for each in one.state.positions]}


def unit_shown(one: UnitOn, view: View) -> Any:
    state = plain(one.state, unit_id="id")
    return state | {"parent_id": one.parent_id, "path": view.path_of(one.state.unit_id)}


def test_the_knowledge_of_an_instant_and_the_day_asked_about_are_two_things():
    register = Register()
    assert register.at(date(2026, 3, 1), known_at=datetime(2026, 3, 1, tzinfo=UTC)).accounts() == []
