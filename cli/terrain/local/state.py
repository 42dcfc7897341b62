"""`run.json`: what the supervisor tells the other commands about the running stack."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil


def born(pid: int) -> float:
    """When the process started; together with its id it names a process for ever. 0.0 when it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def same_process(pid: int, created: float) -> psutil.Process | None:
    """The process that was meant, or None when it is gone and perhaps its id belongs to another by now."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - created) < 0.05 and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except psutil.Error:
        pass
    return None


@dataclass
class ProcessState:
    """One process: `state` is starting, ready, unready, restarting or stopped."""

    name: str
    role: str
    pid: int = 0
    created: float = 0.0
    state: str = "starting"
    port: int = 0
    restarts: int = 0


@dataclass
class RunState:
    """One run of the stack, from the claim of the data directory until everything has stopped."""

    supervisor: int
    created: float
    phase: str = "starting"  # then ready, then stopping
    note: str = ""
    gateway: str = ""
    bootstrap_servers: str = ""
    mongodb_uri: str = ""
    topic_prefix: str = ""
    processes: list[ProcessState] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """True while the supervisor of this run exists."""
        return same_process(self.supervisor, self.created) is not None

    def write(self, path: Path) -> None:
        """Replace the file as a whole; addresses may hold passwords, so only the owner reads it."""
        arriving = path.with_suffix(".arriving")
        arriving.unlink(missing_ok=True)
        with os.fdopen(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        arriving.replace(path)


def read(path: Path) -> RunState | None:
    """The run described in `path`; None when there is none or it cannot be read."""
    try:
        told: dict[str, Any] = json.loads(path.read_text())
        processes = [ProcessState(**row) for row in told.pop("processes")]
        return RunState(**told, processes=processes)
    except (OSError, ValueError, TypeError, KeyError):
        return None
