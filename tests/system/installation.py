"""The whole product as its users run it: `terrain up` as a process of its own, in a directory of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from chassis.native import child, ports
from terrain.local import session, state
from terrain.local.layout import DataDir

Found = TypeVar("Found")

START_WITHIN = 180.0
STOP_WITHIN = 60.0
SETTLE_WITHIN = 20.0
SERVICES = ("customer", "visits", "promotion", "analytics")


@dataclass(frozen=True)
class Installation:
    """One running product. Its database is its own; its broker may be shared, its topics have a prefix of their own."""

    layout: DataDir
    port: int
    topic_prefix: str

    @property
    def url(self) -> str:
        """The one door."""
        return f"http://127.0.0.1:{self.port}"

    def url_of(self, service: str) -> str:
        """A service behind the door."""
        return f"http://127.0.0.1:{json.loads(self.layout.ports_file.read_text())[service]}"

    @property
    def password(self) -> str:
        """Of the first administrator."""
        return json.loads((self.layout.root / "bootstrap" / "plan.json").read_text())["password"]

    def key(self, name: str) -> dict[str, Any]:
        """A private key of the installation: `access` or `internal`."""
        return json.loads((self.layout.keys / f"{name}.jwk").read_text())

    @contextmanager
    def frozen(self, service: str) -> Iterator[None]:
        """The service hangs: it takes connections and answers nothing."""
        process = self._process(service)
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)
        eventually(lambda: self._ready(service), within=60, what=f"{service} is ready again")

    @contextmanager
    def killed(self, service: str) -> Iterator[None]:
        """The service is gone from the beginning of the block until its supervisor has started it again."""
        self._process(service).kill()
        try:
            eventually(lambda: _refused(self.url_of(service)), what=f"{service} is gone")
            yield
        finally:
            eventually(lambda: self._ready(service), within=60, what=f"{service} is ready again")

    def _process(self, service: str) -> Any:
        run = state.read(self.layout.run_file)
        assert run is not None
        (row,) = [one for one in run.processes if one.name == service]
        found = state.same_process(row.pid, row.created)
        assert found is not None
        return found

    def _ready(self, service: str) -> bool:
        try:
            return httpx2.get(self.url_of(service) + "/readyz", timeout=2).status_code == 200
        except httpx2.HTTPError:
            return False


def _refused(url: str) -> bool:
    try:
        httpx2.get(url + "/livez", timeout=1)
    except httpx2.HTTPError:
        return True
    return False


@contextmanager
def running_installation(broker_address: str, topic_prefix: str) -> Iterator[Installation]:
    """Start the product on a broker, with an organisation that has an administrator and nothing else; stop it at the end.

    MONGODB_URI is not passed on: the names of the services' databases are fixed, and may be somebody else's there.
    """
    folder = Path(tempfile.mkdtemp(prefix="terrain-system-"))
    (port,) = ports.free_ports(1)
    environment = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    environment |= {"KAFKA_BOOTSTRAP_SERVERS": broker_address, "TOPIC_PREFIX": topic_prefix}
    environment["REQUESTS_PER_SECOND"] = "2000"  # tests ask faster than the person whose name they use would
    order = [sys.executable, "-m", "terrain.main", "up", "--data-dir", str(folder / "data"), "--port", str(port)]
    process = child.start(order, log=folder / "up.log", env=environment)
    installation = Installation(DataDir((folder / "data").resolve()), port, topic_prefix)
    try:
        _await_ready(installation, process, folder / "up.log")
        yield installation
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            child.stop([process], 0.0)
        shutil.rmtree(folder, ignore_errors=True)


def _await_ready(installation: Installation, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not (installation.layout.bootstrapped.exists() and session.report(installation.layout.root)["ready"]):
        assert process.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < deadline, f"not ready after {START_WITHIN:.0f} s: {log.read_text()[-2000:]}"
        time.sleep(0.1)


def eventually(ask: Callable[[], Found | None], *, within: float = SETTLE_WITHIN, what: str = "it") -> Found:
    """The first answer that counts as true; services hear of one another by events, within moments."""
    deadline = time.monotonic() + within
    while True:
        found = ask()
        if found:
            return found
        assert time.monotonic() < deadline, f"after {within:.0f} s: {what} is not there"
        time.sleep(0.05)
