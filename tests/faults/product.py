"""The whole product as its users run it: `terrain up`, a supervisor that restarts what dies, and signals from outside."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from chassis.kafka import Kafka
from chassis.mongo import Database, connect
from chassis.native import child, ports
from terrain.addresses import Addresses
from terrain.local import session, state
from terrain.local.layout import DataDir
from terrain.local.processes import LocalStack, database_of
from terrain.local.supervise import running_stack

MAX_POLL_INTERVAL_MS = 8_000
"""Short, so that a database can be stopped for longer in a test."""
START_WITHIN = 240.0
READY_WITHIN = 90.0
WRITERS = ("customer", "visits", "promotion")
"""Services that write a journal."""
DATABASES = (*WRITERS, "analytics", "gateway")
PROCESSES = ("secantusdb", "kafka", *WRITERS, "analytics", "gateway")


class NeverReady(AssertionError):
    """The product did not come back by itself."""


@dataclass
class Product:
    """One running installation in a directory of its own; broker and database are its own, too."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    databases: dict[str, Database] = field(default_factory=dict)

    @classmethod
    async def start(cls) -> "Product":
        """Start it and wait until it is ready; it dies with this process. Raises: NeverReady."""
        folder = Path(tempfile.mkdtemp(prefix="terrain-faults-"))
        (port,) = ports.free_ports(1)
        environment = {
            name: value for name, value in os.environ.items() if name not in ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI")
        }
        environment["KAFKA_MAX_POLL_INTERVAL_MS"] = str(MAX_POLL_INTERVAL_MS)
        command = [sys.executable, "-m", "terrain.main", "up"]
        command += ["--data-dir", str(folder / "data"), "--port", str(port)]
        process = child.start(command, log=folder / "up.log", env=environment)
        product = cls(folder, port, process)
        deadline = time.monotonic() + START_WITHIN
        while not (product.layout.bootstrapped.exists() and product.ready()):
            if process.poll() is not None or time.monotonic() > deadline:
                process.terminate()
                raise NeverReady((folder / "up.log").read_text()[-2000:])
            await asyncio.sleep(0.3)
        for name in DATABASES:
            product.databases[name] = connect(product.run.mongodb_uri, database_of(name), pool=8)
        return product

    async def stop(self, *, keep: bool = False) -> None:
        """Stop everything that was started; logs and data stay when they are to be looked at."""
        for database in self.databases.values():
            database.close()
        for name in PROCESSES:
            self.signal(name, signal.SIGCONT)
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 90)
        if not keep:
            await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def layout(self) -> DataDir:
        """Paths of the installation."""
        return DataDir((self.folder / "data").resolve())

    @property
    def run(self) -> state.RunState:
        """What the supervisor tells of it now."""
        found = state.read(self.layout.run_file)
        if found is None:
            raise NeverReady("the supervisor is gone")
        return found

    @property
    def gateway(self) -> str:
        """The one door."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stack(self) -> LocalStack:
        """Addresses and settings of its processes, to run further ones."""
        found = running_stack(self.layout)
        if found is None:
            raise NeverReady("nothing runs")
        return found

    @property
    def kafka(self) -> Kafka:
        """Its broker."""
        return Kafka(self.run.bootstrap_servers, self.run.topic_prefix, client_id="faults")

    @property
    def addresses(self) -> Addresses:
        """Its ground, as the operator's commands take it."""
        run = self.run
        return Addresses(run.bootstrap_servers, run.mongodb_uri, run.topic_prefix)

    def rows(self) -> list[dict[str, Any]]:
        """What `terrain status` shows of its processes."""
        return session.report(self.layout.root)["processes"]

    def ready(self) -> bool:
        """True when every process says so."""
        return bool(session.report(self.layout.root)["ready"])

    def process_of(self, name: str) -> psutil.Process | None:
        """The running process of that name, or None while there is none."""
        run = state.read(self.layout.run_file)
        for one in run.processes if run else ():
            if one.name == name:
                return state.same_process(one.pid, one.created)
        return None

    def signal(self, name: str, number: signal.Signals) -> int | None:
        """Send a signal to a process by name; its id, or None when it is not there."""
        process = self.process_of(name)
        if process is None:
            return None
        with suppress(psutil.Error):
            process.send_signal(number)
            return process.pid
        return None

    async def until_ready(self, within_s: float = READY_WITHIN) -> float:
        """Seconds until every process was ready. Raises: NeverReady."""
        began = time.monotonic()
        while not self.ready():
            if time.monotonic() - began > within_s:
                late = [f"{row['name']} is {row['state']}" for row in self.rows() if row["state"] != "ready"]
                raise NeverReady(f"not ready {within_s:.0f} s after the last fault: {', '.join(late)}; {self.folder}")
            await asyncio.sleep(0.2)
        return time.monotonic() - began
