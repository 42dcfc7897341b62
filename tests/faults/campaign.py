"""One schedule from beginning to end: clients work, faults happen, everything comes to rest, nothing may be wrong."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chassis.journal import JOURNAL
from terrain.lag import lags
from terrain.rebuilds import follow_rebuild, request_rebuild

from tests.faults import invariants
from tests.faults.company import Company, found
from tests.faults.injectors import TopicReader
from tests.faults.ledger import Door, Ledger
from tests.faults.product import WRITERS, NeverReady, Product
from tests.faults.schedule import Schedule
from tests.faults.traffic import Traffic, effects_on_stock

REST_WITHIN_S = 60.0
"""After the last fault (I6)."""


@dataclass
class Report:
    """What a schedule showed."""

    schedule: Schedule
    ledger: Ledger
    violations: list[str] = field(default_factory=list)
    restless: str = ""
    """What was last on its way."""
    ready_s: float = 0.0
    rest_s: float = 0.0
    """Both since the last fault was over."""
    folder: str = ""

    def __str__(self) -> str:
        lines = [
            f"SEED={self.schedule.seed}: {len(self.violations)} violations, {len(self.schedule.faults)} faults, ready "
            f"after {self.ready_s:.1f} s, at rest after {self.rest_s:.1f} s ({self.restless or 'nothing was on its way'}); "
            f"{self.ledger.summary()}"
        ]
        if self.violations:
            lines += [f"  {violation}" for violation in self.violations[:40]]
            lines += [f"  {done}" for done in self.schedule.done]
            lines += [f"  logs: {self.folder}", f"  again: SEED={self.schedule.seed} make faults"]
        return "\n".join(lines)


@dataclass
class Campaign:
    """A running product and its company, used for one schedule after the other."""

    product: Product
    company: Company
    reader: TopicReader
    _observer: Door
    _submissions: list[Any] = field(default_factory=list)
    _supplier: str = ""

    @classmethod
    async def begin(cls) -> "Campaign":
        """Start a product and found the company in it."""
        product = await Product.start()
        try:
            company = await found(product)
            observer = company.door("hq", Ledger(), random.Random(0))
            await observer.sign_in()
            return cls(product, company, TopicReader(product.kafka), observer)
        except BaseException:
            await product.stop(keep=True)
            raise

    async def end(self, *, keep: bool = False) -> None:
        """Stop everything; logs and data stay when they are to be looked at."""
        await self._observer.close()
        await self.product.stop(keep=keep)

    async def run(self, schedule: Schedule, *, rebuild: bool = False) -> Report:
        """One schedule; with `rebuild` the marts are built anew in the end and must come out the same."""
        traffic = Traffic(self.company, schedule.seed)
        report = Report(schedule, traffic.ledger, folder=str(self.product.folder))
        working = asyncio.ensure_future(traffic.run())
        try:
            over = await schedule.inject(self.product)
            try:
                await self.product.until_ready(REST_WITHIN_S)
            except NeverReady as late:
                report.violations.append(f"I6: {late}")
                return report
            report.ready_s = time.monotonic() - over
            traffic.ending.set()
            try:
                async with asyncio.timeout(max(1.0, over + REST_WITHIN_S - time.monotonic())):
                    await working
            except TimeoutError:
                pending = [str(call) for call in traffic.ledger.unknown]
                report.violations.append(f"I6: clients still wait for an answer: {pending}")
                return report
            report.violations += await self._look_at_unknown(traffic)
            await traffic.settle(over + REST_WITHIN_S)
            await self._come_to_rest(traffic, over, report)
            if rebuild and not report.violations:
                report.violations += await self._rebuild()
            self._submissions += traffic.submissions
            return report
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await traffic.close()

    async def _look_at_unknown(self, traffic: Traffic) -> list[str]:
        """I3 before unknown calls are repeated: each has happened once or not at all."""
        unknown = traffic.ledger.unknown
        return invariants.writes_are_stored_once(unknown, await invariants.keys_in(self._journals, unknown))

    async def _come_to_rest(self, traffic: Traffic, over: float, report: Report) -> None:
        """Look until everything holds, for at most 60 s after the last fault; then say what does not."""
        while True:
            late = time.monotonic() > over + REST_WITHIN_S
            restless = await self._restless()
            report.restless = restless or report.restless
            if not restless or late:
                found = await self._check(traffic)
                report.rest_s = time.monotonic() - over
                if late and restless:
                    found.append(f"I6: {restless}")
                elif found:
                    report.restless = found[0]
                if late or not found:
                    if not found:
                        self._keep_books(traffic)
                    report.violations += found
                    return
            await asyncio.sleep(0.5)

    @property
    def _journals(self) -> dict[str, Any]:
        return {name: self.product.databases[name] for name in WRITERS}

    async def _restless(self) -> str:
        """What is still on its way; empty when nothing is."""
        for name, database in self._journals.items():
            if rows := await invariants.unsent(database):
                return f"{name} has {rows} rows that are not sent or sealed"
        for behind in await lags(self.product.addresses):
            if behind.lag:
                return f"{behind.group} has a lag of {behind.lag} on {behind.topic}"
        _, marts, _ = await self._observer.get("/analytics/freshness")
        return f"analytics has a lag of {marts['lag']}" if marts["lag"] else ""

    async def _check(self, traffic: Traffic) -> list[str]:
        """All invariants."""
        ledger, databases = traffic.ledger, self.product.databases
        wrong = [f"I3: {call}" for call in ledger.unknown]
        wrong += invariants.writes_are_stored_once(ledger.calls, await invariants.keys_in(self._journals, ledger.calls))
        journals = {name: await invariants.stored(database, JOURNAL) for name, database in self._journals.items()}
        moves = Counter(
            row["aggregate_id"]
            for row in journals["customer"]
            for event in row["events"]
            if event["type"] == "customer.contact-moved.v1"
        )
        accounts = await invariants.stored(databases["customer"], "accounts")
        contacts = await invariants.stored(databases["customer"], "contacts")
        wrong += invariants.nothing_is_doubled(ledger, accounts, contacts, moves)
        wrong += await self._check_stock(traffic)
        wrong += await self._check_visits(traffic, journals["visits"])
        records = await self.reader.read()
        expected: dict[str, dict[str, list[str]]] = {}
        for rows in journals.values():
            wrong += invariants.journal_is_gap_free(rows)
            expected |= invariants.events_of(rows)
        for topic in expected.keys() | records.keys():
            wrong += invariants.topic_holds_the_journal(records.get(topic, []), expected.get(topic, {}), topic)
        for consumer in invariants.SUBSCRIBED:
            letters = await invariants.letters_of(databases[consumer])
            wrong += invariants.letters_are_the_poison(consumer, letters, records)
            if consumer != invariants.WRITES_NO_PROGRESS:
                progress = await invariants.progress_of(databases[consumer])
                wrong += invariants.progress_is_complete(consumer, progress, expected)
        for name, database in self._journals.items():
            wrong += await invariants.trail_is_whole(name, database)
        return wrong

    async def _check_stock(self, traffic: Traffic) -> list[str]:
        rows = await invariants.stored(self.product.databases["promotion"], "stock_balances")
        if not self._supplier:
            places = await self._observer.pages("/locations")
            self._supplier = next(place["id"] for place in places if place["kind"] == "supplier")
        # The supplier, who owes what came in, is shown only when asked for.
        shown = [
            row for of in ("", f"?location_id={self._supplier}") for row in await self._observer.pages(f"/stock{of}")
        ]
        wrong = invariants.stock_adds_up(rows, self._supplier) + invariants.stock_adds_up(shown, self._supplier)
        return wrong + invariants.stock_is_as_booked(shown, await self._expected_stock(traffic))

    async def _expected_stock(self, traffic: Traffic) -> dict[tuple[str, str], int]:
        expected = dict(self.company.stock)
        for key, quantity in effects_on_stock(traffic.ledger.calls).items():
            expected[key] = expected.get(key, 0) + quantity
        visits = {row["_id"]: row for row in await invariants.stored(self.product.databases["visits"], "visits")}
        for submission in traffic.submissions:
            if visits.get(submission.visit_id, {}).get("state") == "confirmed":
                for line in submission.attempts[-1]:
                    expected[line["lot_id"], self.company.carried[submission.username]] -= line["quantity"]
        self._booked = expected
        return expected

    def _keep_books(self, traffic: Traffic) -> None:
        self.company.stock = self._booked

    async def _check_visits(self, traffic: Traffic, journal: list[dict[str, Any]]) -> list[str]:
        visits = {row["_id"]: row for row in await invariants.stored(self.product.databases["visits"], "visits")}
        decided = await invariants.stored(self.product.databases["promotion"], "disbursements")
        by_visit = {row["visit_id"]: row for row in decided}
        submissions = [*self._submissions, *traffic.submissions]
        wrong = invariants.decisions_are_booked_once(submissions, visits, by_visit, journal)
        confirmed = [
            visits[one.visit_id] for one in submissions if visits.get(one.visit_id, {}).get("state") == "confirmed"
        ]
        drops = {
            one.visit_id: sum(line["quantity"] for line in one.attempts[-1]) for one in submissions if one.attempts
        }
        wanted = {
            "visits": len(confirmed),
            "contacts_reached": len({contact for visit in confirmed for contact in visit["attendees"]}),
            "materials_dropped": sum(drops[visit["_id"]] for visit in confirmed),
        }
        _, answer, _ = await self._observer.get("/analytics/visits")
        figures = answer["items"][0] if answer["items"] else {}
        if {name: figures.get(name) for name in wanted} != wanted:
            wrong.append(f"I5: the marts say {figures}, the ledger {wanted}")
        return wrong

    async def _rebuild(self) -> list[str]:
        """I5: marts built from zero are the same."""
        _, before, _ = await self._observer.get("/analytics/hash")
        request = await request_rebuild(self.product.addresses, "faults")
        await follow_rebuild(self.product.addresses, request, lambda _: None, within=120)
        _, after, _ = await self._observer.get("/analytics/hash")
        same = before["tables"] == after["tables"]
        return [] if same else [f"I5: rebuilt marts differ: {before['tables']} {after['tables']}"]
