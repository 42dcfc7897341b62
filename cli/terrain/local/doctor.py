"""What a machine needs for the local stack, looked at without starting anything."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from chassis.native import kafka, ports, secantus

from terrain.local import state
from terrain.local.layout import DataDir

DISK_NEEDED_GB = 2.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `remedy` says how to get it when it is missing."""

    what: str
    ok: bool
    found: str
    remedy: str

    def row(self) -> dict[str, object]:
        """The finding as JSON shows it."""
        return asdict(self)


def examine(data_dir: Path, port: int) -> list[Finding]:
    """Everything that `terrain up` would stumble over here."""
    return [*_broker(), *_database(), _port(data_dir, port), _disk(data_dir)]


def _broker() -> Iterator[Finding]:
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield Finding("Kafka", True, "KAFKA_BOOTSTRAP_SERVERS is set; no own broker is started", "")
        return
    major = kafka.java_version()
    yield Finding(
        "Java",
        major is not None and major >= kafka.JAVA_NEEDED,
        "not on the PATH" if major is None else f"version {major}",
        f"Install Java {kafka.JAVA_NEEDED} or newer (Debian, Ubuntu: apt install openjdk-17-jre-headless; "
        "macOS: brew install openjdk), or set KAFKA_BOOTSTRAP_SERVERS.",
    )
    present, maven = kafka.jars_present(), shutil.which("mvn")
    yield Finding(
        "Maven",
        present or maven is not None,
        f"not needed, Kafka {kafka.VERSION} is already here" if present else maven or "not on the PATH",
        "Install Maven, needed once to download Kafka (apt install maven; brew install maven).",
    )


def _database() -> Iterator[Finding]:
    if os.environ.get("MONGODB_URI"):
        yield Finding("Database", True, "MONGODB_URI is set; no own database is started", "")
        return
    program = secantus.executable()
    remedy = "Install terrain-cli with its extra `embedded` (`make demo` does), or set MONGODB_URI."
    yield Finding("Database", program is not None, program or "no local database installed", remedy)


def _port(data_dir: Path, port: int) -> Finding:
    run = state.read(DataDir(data_dir.resolve()).run_file)
    ours = run is not None and run.alive and run.gateway.endswith(f":{port}")
    free = ours or ports.is_free(port)
    found = "used by this stack" if ours else "free" if free else "taken by another process"
    return Finding(f"Port {port}", free, found, "Choose another one with --port.")


def _disk(data_dir: Path) -> Finding:
    place = data_dir.resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    remedy = f"Free some space or choose another --data-dir; {DISK_NEEDED_GB:g} GB are needed."
    return Finding("Disk", free >= DISK_NEEDED_GB, f"{free:.1f} GB free", remedy)
