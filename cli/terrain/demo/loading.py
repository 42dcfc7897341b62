"""Loading the demonstration into a running stack: files of commands, each service its own, with progress."""

import asyncio
import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chassis.mongo import Database, connect
from chassis.native.refusal import CannotStart
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from terrain.activation import NotActivated, activate
from terrain.demo.commands import Line, as_text, customer_lines, promotion_lines, visit_lines
from terrain.demo.company import LOGINS, Company
from terrain.demo.sizes import SIZES
from terrain.local.processes import LocalStack

STALLED_S = 120.0
"""How long nothing may happen before waiting is given up."""


class Loading:
    """One load; what it needs to go on after an interruption lies in `<data-dir>/demo`."""

    def __init__(self, stack: LocalStack, size: str, progress: Progress) -> None:
        self._stack = stack
        self._progress = progress
        self._folder = stack.data_dir / "demo"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        plan = self._plan(size)
        self.size: str = plan["size"]
        today = datetime.fromisoformat(plan["made_at"]).astimezone(ZoneInfo("Asia/Shanghai")).date()
        self.password: str = plan["password"]
        self._invitations: dict[str, str] = plan["invitations"]
        self._made_at = datetime.fromisoformat(plan["made_at"])
        self.company = Company(SIZES[plan["size"]], today=today)

    def _plan(self, size: str) -> dict[str, Any]:
        """What was decided once and stays: size, day, password, invitations."""
        file = self._folder / "plan.json"
        if file.exists():
            return json.loads(file.read_text(encoding="utf-8"))
        plan = {
            "size": size,
            "made_at": datetime.now(UTC).isoformat(),
            "password": os.environ.get("TERRAIN_DEMO_PASSWORD") or secrets.token_urlsafe(12),
            "invitations": {login: secrets.token_urlsafe(32) for login in LOGINS},
        }
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(plan, out)
        return plan

    def run(self) -> None:
        """Load everything that is not loaded yet. Raises: CannotStart."""
        if (self._folder / "done").exists():
            return
        company = self.company
        self._load("customer", "institutions and people", customer_lines(company, self._invitations, self._made_at))
        reps = {"kind": "representative"}
        self._wait("promotion", "places of stock", "locations", reps, len(company.reps))
        self._load("promotion", "products and stock", promotion_lines(company))
        self._wait("visits", "contacts known to visits", "known_contacts", {}, len(company.doctors))
        self._wait("visits", "lots known to visits", "known_lots", {}, len(company.materials))
        self._load("visits", "visits", visit_lines(company))
        settled = {"state": {"$in": ["confirmed", "returned"]}}
        held = sum(visit.outcome == "held" for visit in company.visits)
        self._wait("visits", "visits confirmed", "visits", settled, held)
        self._activate()
        (self._folder / "done").touch()

    def _load(self, service: str, label: str, lines: Iterator[Line]) -> None:
        file = self._folder / f"{service}.ndjson"
        if not file.exists():
            arriving = file.with_suffix(".arriving")
            arriving.write_text(as_text(lines), encoding="utf-8")
            arriving.replace(file)
        task = self._progress.add_task(label, total=None)
        command = self._stack.command(service, "--role", "load", str(file))
        log = (self._stack.data_dir / "logs" / f"load-{service}.log").open("ab")
        process = subprocess.Popen(command, env=self._stack.env(service), stdout=subprocess.PIPE, stderr=log)
        refused: list[str] = []
        try:
            assert process.stdout is not None
            for raw in process.stdout:
                try:
                    said = json.loads(raw)
                except ValueError:
                    continue
                if "total" in said:
                    self._progress.update(task, completed=said["done"], total=said["total"])
                elif "refused" in said:
                    refused.append(f"line {said['line']}: {said['refused']}: {said['detail']}")
            code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(15)
            log.close()
        if refused or code != 0:
            told = refused[0] if refused else f"exit code {code}"
            raise CannotStart(f"Loading the demo into {service} failed ({told}); see {log.name}.")

    def _wait(self, service: str, label: str, collection: str, where: dict[str, object], expected: int) -> None:
        task = self._progress.add_task(label, total=expected)
        asyncio.run(self._until(service, task, collection, where, expected))

    async def _until(
        self, service: str, task: TaskID, collection: str, where: dict[str, object], expected: int
    ) -> None:
        database: Database = connect(self._stack.mongodb_uri, self._stack.database_of(service), pool=2)
        best, since = -1, time.monotonic()
        try:
            while True:
                count = await database.collection(collection).count_documents(where)
                self._progress.update(task, completed=min(count, expected))
                if count >= expected:
                    return
                if count > best:
                    best, since = count, time.monotonic()
                if time.monotonic() - since > STALLED_S:
                    raise CannotStart(
                        f"{service} stopped at {count} of {expected} {collection}; "
                        f"see `terrain lag` and {self._stack.data_dir / 'logs' / service}.log."
                    )
                await asyncio.sleep(0.3)
        finally:
            database.close()

    def _activate(self) -> None:
        for login in LOGINS:
            try:
                activate(self._stack.gateway_url, login, self._invitations[login], self.password)
            except NotActivated as refused:
                raise CannotStart(f"The demo user {refused}") from refused


def load(stack: LocalStack, size: str, console: Console) -> None:
    """Load a company of `size` unless this data directory holds one, then print the logins.

    Goes on where an interrupted load stopped. Raises: CannotStart.
    """
    started = time.monotonic()
    columns = (TextColumn("{task.description:>28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        loading = Loading(stack, size, progress)
        loading.run()
    if loading.size != size:
        console.print(f"This data directory holds the {loading.size} demo; give another --data-dir for a {size} one.")
    company = loading.company
    console.print(
        f"\n{len(company.hospitals):,} hospitals, {len(company.doctors):,} contacts, {len(company.visits):,} visits, "
        f"{len(company.reps)} representatives in {timedelta(seconds=round(time.monotonic() - started))}"
    )
    tell_logins(stack.data_dir, console)


def tell_logins(data_dir: Path, console: Console) -> bool:
    """Print the demonstration's logins; False when the data directory holds none."""
    plan = data_dir / "demo" / "plan.json"
    if not plan.exists():
        return False
    password = json.loads(plan.read_text(encoding="utf-8"))["password"]
    console.print(f"logins: [bold]{', '.join(LOGINS)}[/]", highlight=False)
    console.print(f"password: [bold]{password}[/]", highlight=False, soft_wrap=True)
    return True
