"""Seeded mixed work: stewards register and move, the warehouse receives and hands out, representatives visit and drop."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.faults.company import PEOPLE, Company, account_body, contact_body
from tests.faults.ledger import Call, Door, Ledger, Outcome

PACE_S = (0.02, 0.25)
CLIENTS = ("steward", "steward2", "warehouse", "rep", "rep2", "rep3")
DECIDED = frozenset({"confirmed", "returned"})


@dataclass
class Submission:
    """A report that was handed in: attempts of one visit, and what each wanted to leave."""

    visit_id: str
    username: str
    attempts: list[list[dict[str, Any]]] = field(default_factory=list)


@dataclass
class Traffic:
    """The clients of one schedule; they work until told to end, then settle what is unknown."""

    company: Company
    seed: int
    ledger: Ledger = field(default_factory=Ledger)
    submissions: list[Submission] = field(default_factory=list)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    doors: list[Door] = field(default_factory=list)
    _moved: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Work until `ending` is set; each client ends with the piece of work that it is at."""
        await asyncio.gather(*(self._client(username) for username in CLIENTS))

    async def settle(self, deadline: float) -> None:
        """Repeat every unknown call until it is settled or the deadline (on `time.monotonic()`) has passed."""
        await asyncio.gather(*(door.settle(deadline) for door in self.doors))

    async def close(self) -> None:
        """Close the clients' connections."""
        for door in self.doors:
            await door.close()

    async def _client(self, username: str) -> None:
        chooser = random.Random(f"{self.seed}/{username}")
        door = self.company.door(username, self.ledger, chooser)
        self.doors.append(door)
        await door.sign_in()
        role, unit = PEOPLE[username]
        pieces: dict[str, Callable[[Door, random.Random], Awaitable[None]]] = {
            "steward": self._keep_master_data,
            "warehouse": self._keep_stock,
            "rep": lambda door, chooser: self._visit(door, chooser, unit),
        }
        while not self.ending.is_set():
            await pieces[role](door, chooser)
            await asyncio.sleep(chooser.uniform(*PACE_S))

    async def _keep_master_data(self, door: Door, chooser: random.Random) -> None:
        company = self.company
        piece = chooser.choice(("account", "contact", "move"))
        territory = chooser.choice(("north", "south"))
        if piece == "account":
            name = f"医院{company.next_number()}"
            await door.write(
                "account", "POST", "/accounts", account_body(name, company.units[territory]), may_wait=True
            )
        elif piece == "contact":
            body = contact_body(chooser.choice(company.accounts[territory]), number=company.next_number())
            await door.write("contact", "POST", "/contacts", body, may_wait=True)
        else:
            created = self.ledger.of("contact")
            if not created:
                return
            contact_id = chooser.choice(created).answer["id"]
            moves = self._moved[contact_id] = self._moved.get(contact_id, 0) + 1
            body = {
                "to_account_id": chooser.choice(company.accounts[territory]),
                "role": f"role {moves}",
                "on": str(date(2025, 1, 1) + timedelta(days=moves)),
                "evidence": "call",
            }
            await door.write("move", "POST", f"/contacts/{contact_id}/moves", body)

    async def _keep_stock(self, door: Door, chooser: random.Random) -> None:
        company, lot = self.company, chooser.choice(self.company.lots)
        if chooser.random() < 0.4:
            body = {"lot_id": lot, "location_id": company.warehouse, "quantity": chooser.randint(1, 9)}
            await door.write("receipt", "POST", "/stock/receipts", body, may_wait=True)
            return
        place = chooser.choice(list(company.carried.values()))
        back = chooser.random() < 0.25
        body = {
            "lot_id": lot,
            "from_location_id": place if back else company.warehouse,
            "to_location_id": company.warehouse if back else place,
            "quantity": chooser.randint(1, 6),
        }
        await door.write("transfer", "POST", "/stock/transfers", body, may_wait=True)

    async def _visit(self, door: Door, chooser: random.Random, territory: str) -> None:
        company, place = self.company, chooser.randrange(3)
        account, doctor = company.accounts[territory][place], company.doctors[territory][place]
        body = {"account_id": account, "planned_at": _now(), "contact_ids": [doctor]}
        planned = await door.write("plan", "POST", "/visits", body)
        if planned.outcome is not Outcome.OK:
            return
        path = f"/visits/{planned.answer['id']}"
        fix = {"at": _now(), "lat": 39.9001, "lon": 116.4, "accuracy_m": 20}
        arrived = await door.write("check_in", "POST", f"{path}/check-in", fix)
        if arrived.outcome is not Outcome.OK:
            return
        left = await door.write("check_out", "POST", f"{path}/check-out", {"at": _now()})
        if left.outcome is not Outcome.OK:
            return
        submission = Submission(planned.answer["id"], door.username)
        drops = [
            {"lot_id": lot, "contact_id": doctor, "quantity": chooser.choice((1, 2, 3, 50))}
            for lot in chooser.sample(company.lots, chooser.randint(0, 2))
        ]
        if not await self._report(door, path, doctor, drops, submission):
            return
        self.submissions.append(submission)
        state = await self._decision(door, path, within_s=chooser.uniform(0.2, 2.0))
        if state == "returned" and await self._report(door, path, doctor, [], submission):
            await self._decision(door, path, within_s=0.5)

    async def _report(
        self, door: Door, path: str, doctor: str, drops: list[dict[str, Any]], submission: Submission
    ) -> bool:
        """Write the report and hand it in; False when one of both was refused."""
        body = {
            "attendees": [doctor],
            "products": [{"product": self.company.product_id, "message": "x", "reaction": "trial"}],
            "feedback": "good",
            "materials": drops,
            "next_step": "call",
        }
        for _ in range(3):  # a reaction may change the visit between reading and writing
            _, _, etag = await door.get(path)
            reported = await door.write("report", "PUT", f"{path}/report", body, if_match=etag or "*")
            if reported.status != 412:
                break
        if reported.outcome is not Outcome.OK:
            return False
        submitted = await door.write("submission", "POST", f"{path}/submission", None, prefer="wait=1")
        if submitted.outcome is Outcome.OK:
            submission.attempts.append(drops)
        return submitted.outcome is Outcome.OK

    async def _decision(self, door: Door, path: str, *, within_s: float) -> str | None:
        """The visit's state once promotion has answered; None when that takes longer."""
        until = datetime.now(UTC) + timedelta(seconds=within_s)
        while datetime.now(UTC) < until and not self.ending.is_set():
            _, visit, _ = await door.get(path)
            if visit["state"] in DECIDED:
                return visit["state"]
            await asyncio.sleep(0.1)
        return None


def effects_on_stock(calls: list[Call]) -> dict[tuple[str, str], int]:
    """Units by (lot, location) that acknowledged receipts and transfers have added."""
    added: dict[tuple[str, str], int] = {}
    for call in calls:
        if call.outcome is not Outcome.OK or call.kind not in ("receipt", "transfer"):
            continue
        body = call.body
        lot, quantity = body["lot_id"], body["quantity"]
        to = body["to_location_id"] if call.kind == "transfer" else body["location_id"]
        added[lot, to] = added.get((lot, to), 0) + quantity
        if call.kind == "transfer":
            source = body["from_location_id"]
            added[lot, source] = added.get((lot, source), 0) - quantity
    return added


def _now() -> str:
    return datetime.now(UTC).isoformat()
