"""Following what happens: pages of `/events` and the live `/feed`, within scope, without gaps, without repetition."""

import itertools
import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from tests.system.company import Company
from tests.system.door import Door, made, refused
from tests.system.installation import eventually

pytestmark = [pytest.mark.system, pytest.mark.stack]

PATIENCE_S = 15.0


def page_of(door: Door, topic: str, **params: Any) -> dict[str, Any]:
    return made(door.get("/events", topic=topic, **params), 200)


def test_without_a_cursor_the_events_begin_at_the_beginning(company: Company):
    first = company["hq"].events("customer.unit")
    assert first[0]["type"] == "customer.unit-created.v1"
    assert {event["subject"] for event in first} >= {unit["id"] for unit in company.units.values()}
    own = {event["subject"] for event in company["rep"].events("customer.contact")}
    assert company.territories["north"].contact["id"] in own
    assert company.territories["south"].contact["id"] not in own


def test_pages_give_every_event_once_in_the_order_of_its_subject(company: Company):
    account = company.an_account("north")
    steward = company["steward"]
    for beds in range(1, 8):
        made(steward.patch(f"/accounts/{account['id']}", {"beds": beds}, if_match=f'"{beds}"'), 200)

    def sequences(**params: Any) -> list[int]:
        found: list[int] = []
        page = page_of(company["rep"], "customer.account", **params)
        for _ in itertools.count():
            found += [event["sequence"] for event in page["items"] if event["subject"] == account["id"]]
            if page["next"] is None:
                return found
            page = page_of(company["rep"], "customer.account", **params, after=page["next"])
        return found

    eventually(lambda: len(sequences(limit=500)) == 8, what="the corrections")
    for limit in (7, 500):
        assert sequences(limit=limit) == list(range(1, 9)), limit


def test_the_cursor_of_the_end_gives_what_comes_after_it_and_nothing_else(company: Company):
    rep = company["rep"]
    known = company.an_account("north")

    def end() -> str | None:
        seen: set[str] = set()
        page = page_of(rep, "customer.account", limit=500)
        while True:
            seen |= {event["subject"] for event in page["items"]}
            if page["next"] is None:
                return page["resume"] if known["id"] in seen else None
            page = page_of(rep, "customer.account", limit=500, after=page["next"])

    resume = eventually(end, what="the end of the topic")
    assert page_of(rep, "customer.account", after=resume)["items"] == []
    company.an_account("south")
    later = [company.an_account("north")["id"] for _ in range(3)]

    def after() -> list[str]:
        return [event["subject"] for event in page_of(rep, "customer.account", after=resume)["items"]]

    eventually(lambda: len(after()) == 3, what="what came later")
    assert sorted(after()) == sorted(later)


def test_an_event_tells_what_happened_and_nothing_personal(company: Company):
    doctor = company.territories["north"].contact
    (event,) = [
        one
        for one in company["rep"].all("/events", topic="customer.contact", limit=500)
        if one["subject"] == doctor["id"]
    ]
    assert (event["type"], event["topic"], event["sequence"]) == ("customer.contact-created.v1", "customer.contact", 1)
    assert event["data"]["contact"]["affiliations"][0]["account_id"] == company.territories["north"].account["id"]
    assert doctor["name"] not in json.dumps(event, ensure_ascii=False)
    assert doctor["mobile"] not in json.dumps(event)


def test_cursors_are_signed_and_belong_to_one_topic(company: Company):
    rep = company["rep"]
    resume = page_of(rep, "customer.account")["resume"]
    refused(rep.get("/events", topic="customer.contact", after=resume), 400, "invalid_cursor")
    forged = resume[:-1] + ("A" if resume[-1] != "A" else "B")
    for after in (forged, resume[:-1], "nonsense", "", "é"):
        refused(rep.get("/events", topic="customer.account", after=after), 400)
    refused(rep.get("/events", topic="customer.nothing"), 400, "unknown_topic")
    refused(rep.get("/events"), 400)


class Feed:
    """An open feed; `next` waits for the next message that is no heartbeat."""

    def __init__(self) -> None:
        self.messages: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def next(self) -> dict[str, Any]:
        message = self.messages.get(timeout=PATIENCE_S)
        assert message is not None, "the feed ended"
        return message

    def until(self, subject: str) -> dict[str, Any]:
        while True:
            message = self.next()
            if message.get("data", {}).get("subject") == subject:
                return message


@contextmanager
def feed_of(door: Door, *, last_event_id: str | None = None, topics: tuple[str, ...] = ()) -> Iterator[Feed]:
    """Open the feed and read it in a thread until the block ends."""
    feed = Feed()
    headers = {"authorization": f"Bearer {door.token}"} | ({"last-event-id": last_event_id} if last_event_id else {})
    timeout = httpx2.Timeout(10.0, read=PATIENCE_S)
    with (
        httpx2.Client(base_url=door.client.base_url, timeout=timeout) as client,
        client.stream("GET", "/feed", headers=headers, params={"topic": list(topics)}) as stream,
    ):
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        reader = threading.Thread(target=_read, args=(stream, feed), daemon=True)
        reader.start()
        try:
            yield feed
        finally:
            # Closing alone would leave the thread waiting for the next heartbeat.
            stream.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            reader.join(PATIENCE_S)


def _read(stream: httpx2.Response, feed: Feed) -> None:
    message: dict[str, Any] = {}
    try:
        for line in stream.iter_lines():
            name, _, value = line.partition(":")
            if not line:
                if "data" in message:
                    feed.messages.put({**message, "data": json.loads(message["data"])})
                message = {}
            elif name:
                message[name] = value.strip()
    except Exception:  # the block that reads has ended
        pass
    feed.messages.put(None)


def test_the_feed_shows_one_s_own_region_as_it_happens(company: Company):
    with feed_of(company["rep"]) as mine, feed_of(company["stranger"]) as theirs:
        assert mine.next()["event"] == theirs.next()["event"] == "ready"
        south = company.an_account("south")
        north = company.an_account("north")
        assert mine.next()["data"]["subject"] == north["id"]
        assert theirs.next()["data"]["subject"] == south["id"]
        message = mine.messages
        assert message.empty()


def test_the_feed_resumes_where_it_broke_off(company: Company):
    with feed_of(company["rep"]) as feed:
        feed.next()
        seen = company.an_account("north")
        last = feed.until(seen["id"])["id"]
    company.an_account("south")
    missed = [company.an_account("north")["id"] for _ in range(3)]
    with feed_of(company["rep"], last_event_id=last) as feed:
        subjects: list[str] = []
        while (message := feed.next()).get("event") != "ready":
            subjects.append(message["data"]["subject"])
        live = company.an_account("north")
        while len(subjects) < 4:
            subjects.append(feed.next()["data"]["subject"])
    assert sorted(subjects) == sorted([*missed, live["id"]])
    assert subjects[-1] == live["id"]


def test_a_feed_of_some_topics_shows_no_others(company: Company):
    with feed_of(company["rep"], topics=("customer.contact",)) as feed:
        feed.next()
        account = company.an_account("north")
        doctor = company.a_contact(account)
        assert feed.next()["data"]["subject"] == doctor["id"]


def test_a_position_that_is_not_known_is_answered_with_a_reset(company: Company):
    with feed_of(company["rep"], last_event_id="nonsense") as feed:
        message = feed.next()
        assert (message["event"], message["data"]["code"]) == ("reset", "unknown_position")
        assert feed.next()["event"] == "ready"


def test_the_feed_ends_with_the_session(company: Company):
    door = Door.open(company.installation.url, "rep", company.password)
    with feed_of(door) as feed:
        feed.next()
        assert door.post("/auth/logout").status_code == 204
        message = feed.next()
        assert (message["event"], message["data"]["code"]) == ("end", "session_ended")
        assert feed.messages.get(timeout=PATIENCE_S) is None
    refused(door.get("/feed"), 401, "session_ended")
