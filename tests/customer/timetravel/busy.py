"""A busy random history over HTTP: everything that changes the customer register, back-dated, of today and planned."""

import random
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

from chassis.journal import Cause
from chassis.principal import SystemPrincipal
from chassis.testing import an_admin
from chassis.testing.service import ServiceClient
from customer.units.create_unit import CreateUnit, create_unit

from tests.customer.builders import TODAY
from tests.customer.stack import Person

SPAN = 60
"""Days around today in which everything happens."""


class Busy:
    """Whoever commands, and what there is to command. Refusals are part of life; `done` counts what was recorded."""

    def __init__(self, client: ServiceClient, seed: int) -> None:
        self.client = client
        self.steward, self.admin = Person(client), Person(client, an_admin())
        self.chance = random.Random(seed)
        self.accounts: list[str] = []
        self.contacts: list[str] = []
        self.alignments: list[str] = []
        self.units: list[str] = []
        self.territories: list[str] = []
        self.employees: list[str] = []
        self.lines: list[str] = []
        self.merges: list[str] = []
        self.instants: list[datetime] = []
        self.done: dict[str, int] = {}

    async def begin(self) -> None:
        """An organisation, two lines, hospitals and doctors."""
        tree = (("unt_hq", "hq", None), ("unt_r1", "region", "unt_hq"), ("unt_r2", "region", "unt_hq"))
        territories = tuple((f"unt_t{n}", "territory", f"unt_r{1 + n % 2}") for n in range(3))
        for identifier, kind, parent in (*tree, *territories):
            command = CreateUnit.model_validate(
                {
                    "unit_id": identifier,
                    "name": identifier,
                    "kind": kind,
                    "parent_id": parent,
                    "opened_on": date(2020, 1, 1),
                }
            )
            await self.client.app.state.edge.works.run(
                lambda work, command=command: create_unit(command, work),
                principal=SystemPrincipal("test"),
                cause=Cause(command="create_unit"),
            )
        self.units = ["unt_r1", "unt_r2"]
        self.territories = [identifier for identifier, *_ in territories]
        for number, unit_id in enumerate(self.territories):
            body = {"name": "李雷", "username": f"rep-{number}", "roles": ["rep"], "unit_id": unit_id}
            self.employees.append((await self.admin.make("/employees", body | {"valid_from": "2025-01-01"}))["id"])
        for code in ("CARDIO", "GASTRO"):
            self.lines.append((await self.admin.make("/lines", {"name": code, "code": code}))["id"])
        for _ in range(4):
            await self.register()
        for _ in range(4):
            await self.hire()

    async def live(self, commands: int) -> None:
        """So many commands, of which some are refused."""
        ways: list[Callable[[], Awaitable[None]]] = [
            self.register,
            self.hire,
            self.correct_account,
            self.correct_contact,
            self.stage,
            self.regrade,
            self.reparent,
            self.move,
            self.affiliate,
            self.leave,
            self.change_role,
            self.status,
            self.assign,
            self.reassign,
            self.merge,
            self.undo,
            self.position,
            self.move_unit,
            self.rename_line,
        ]
        for _ in range(commands):
            await self.chance.choice(ways)()

    def day(self) -> str:
        """Some day, mostly not long ago."""
        return (TODAY + timedelta(days=self.chance.randint(-SPAN, SPAN // 2))).isoformat()

    async def send(self, who: Person, method: str, path: str, body: Any, **headers: str) -> Any:
        """The answer when it was recorded, None when it was refused."""
        answer = await who.call(method, path, body, **headers)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 300:
            return None
        name = path.rpartition("/")[2]
        self.done[name] = self.done.get(name, 0) + 1
        shown = answer.json()
        if "recorded_at" in shown:
            self.instants.append(datetime.fromisoformat(shown["recorded_at"]))
        return shown

    async def register(self) -> None:
        name = f"{self.chance.choice('东西南北')}城第{len(self.accounts)}医院"
        body = {"name": name, "kind": "hospital", "unit_id": self.chance.choice(self.units), "beds": 100}
        more = {"departments": [{"name": "心内科", "patients": [{"indication": "hypertension", "patients": 7}]}]}
        found = await self.send(self.steward, "POST", "/accounts", body | more)
        self.accounts += [found["id"]] if found else []

    async def hire(self) -> None:
        body = {
            "name": "王小明",
            "title": "教授",
            "licence": f"L{self.chance.randint(10**9, 10**10)}",
            "affiliation": {"account_id": self.chance.choice(self.accounts), "valid_from": self.day(), "share": 60},
            "qualifications": [{"kind": "physician", "number": "Q1", "valid_from": self.day()}],
        }
        found = await self.send(self.steward, "POST", "/contacts", body)
        self.contacts += [found["id"]] if found else []

    async def correct_account(self) -> None:
        facts = {
            "beds": self.chance.randint(1, 900),
            "tags": self.chance.sample(["teaching", "key", "north"], 2),
            "grade": self.chance.choice(["3A", "2B"]),
            "unit_id": self.chance.choice(self.units),
            "location": {"lat": 39.5, "lon": float(self.chance.randint(100, 120))},
        }
        await self._patch("accounts", self.chance.choice(self.accounts), facts)

    async def correct_contact(self) -> None:
        facts = {"title": self.chance.choice(["教授", "主任", None]), "specialty": "cardiology", "name": "王大明"}
        await self._patch("contacts", self.chance.choice(self.contacts), facts)

    async def _patch(self, noun: str, identifier: str, facts: dict[str, Any]) -> None:
        chosen = dict(self.chance.sample(sorted(facts.items(), key=lambda fact: fact[0]), 2))
        await self.send(self.steward, "PATCH", f"/{noun}/{identifier}", chosen, if_match="*")

    async def stage(self) -> None:
        stage = self.chance.choice(["developing", "developing", "active", "dormant"])
        on = (TODAY + timedelta(days=self.chance.randint(0, SPAN // 4))).isoformat()
        await self._account("stage", {"stage": stage, "on": on, "reason": "visited"})

    async def regrade(self) -> None:
        grade = self.chance.choice(["3A", "3B", "2A"])
        await self._account("grades", {"grade": grade, "on": self.day(), "reason": "published"})

    async def reparent(self) -> None:
        parent = self.chance.choice([*self.accounts, None])
        await self._account("parents", {"parent_id": parent, "on": self.day(), "reason": "acquired"})

    async def _account(self, what: str, body: Any) -> None:
        await self.send(self.steward, "POST", f"/accounts/{self.chance.choice(self.accounts)}/{what}", body)

    async def move(self) -> None:
        body = {"to_account_id": self.chance.choice(self.accounts), "on": self.day(), "evidence": "a call"}
        await self.send(self.steward, "POST", f"/contacts/{self.chance.choice(self.contacts)}/moves", body)

    async def affiliate(self) -> None:
        body = {
            "account_id": self.chance.choice(self.accounts),
            "primary": False,
            "share": 20,
            "role": "consultant",
            "valid_from": self.day(),
        }
        await self.send(self.steward, "POST", f"/contacts/{self.chance.choice(self.contacts)}/affiliations", body)

    async def leave(self) -> None:
        await self._affiliation("end", {"on": self.day(), "reason": "retired"})

    async def change_role(self) -> None:
        await self._affiliation("role", {"role": self.chance.choice(["head", "resident"]), "on": self.day()})

    async def _affiliation(self, what: str, body: Any) -> None:
        contact_id = self.chance.choice(self.contacts)
        jobs = await self.steward.call("GET", f"/contacts/{contact_id}/affiliations")
        if jobs.status_code == 200 and (found := jobs.json()["items"]):
            path = f"/contacts/{contact_id}/affiliations/{self.chance.choice(found)['id']}/{what}"
            await self.send(self.steward, "POST", path, body)

    async def status(self) -> None:
        body = {"status": self.chance.choice(["active", "inactive"]), "on": self.day(), "reason": "long leave"}
        await self.send(self.steward, "POST", f"/contacts/{self.chance.choice(self.contacts)}/status", body)

    async def assign(self) -> None:
        number = self.chance.randrange(len(self.territories))
        body = {
            "account_id": self.chance.choice(self.accounts),
            "line_id": self.chance.choice(self.lines),
            "unit_id": self.territories[number],
            "employee_id": self.employees[number],
            "valid_from": self.day(),
        }
        found = await self.send(self.admin, "POST", "/alignments", body)
        if found and found["id"] not in self.alignments:
            self.alignments.append(found["id"])

    async def reassign(self) -> None:
        if not self.alignments:
            return
        number = self.chance.randrange(len(self.territories))
        body: dict[str, Any] = {"valid_from": self.day(), "reason": "balance"}
        body |= self.chance.choice(
            [{"end": True}, {"unit_id": self.territories[number], "employee_id": self.employees[number]}]
        )
        await self.send(self.admin, "POST", f"/alignments/{self.chance.choice(self.alignments)}/changes", body)

    async def merge(self) -> None:
        kind, ids = self.chance.choice([("account", self.accounts), ("contact", self.contacts)])
        survivor, merged = self.chance.sample(ids, 2)
        body = {"kind": kind, "survivor_id": survivor, "merged_id": merged}
        found = await self.send(self.steward, "POST", "/merges", body)
        self.merges += [found["id"]] if found else []

    async def undo(self) -> None:
        if self.merges:
            await self.send(self.steward, "POST", f"/merges/{self.chance.choice(self.merges)}/undo", {})

    async def position(self) -> None:
        body = {"unit_id": self.chance.choice(self.units), "roles": ["manager"], "valid_from": self.day()}
        path = f"/employees/{self.chance.choice(self.employees)}/positions"
        await self.send(self.admin, "POST", path, body)

    async def move_unit(self) -> None:
        body = {"to_parent_id": self.chance.choice(self.units), "on": self.day(), "reason": "reform"}
        await self.send(self.admin, "POST", f"/units/{self.chance.choice(self.territories)}/moves", body)

    async def rename_line(self) -> None:
        path, name = f"/lines/{self.chance.choice(self.lines)}", f"Line {self.chance.randint(1, 99)}"
        await self.send(self.admin, "PATCH", path, {"name": name}, if_match="*")
