"""The data directory: what lies where, whose it is, who uses it now."""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from chassis.native.refusal import CannotStart

FORMAT = 1


@dataclass(frozen=True)
class DataDir:
    """Paths of one local stack."""

    root: Path

    @property
    def mark(self) -> Path:
        """Says that the directory is ours, and in which format."""
        return self.root / "terrain.json"

    @property
    def run_file(self) -> Path:
        """What runs now; see `terrain.local.state`."""
        return self.root / "run.json"

    @property
    def keys(self) -> Path:
        """Private keys and secrets, readable by their owner only."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.root / "logs"

    @property
    def ports_file(self) -> Path:
        """Internal ports of the last run, so that they stay the same while they are free."""
        return self.root / "ports.json"

    @property
    def bootstrapped(self) -> Path:
        """Exists once the organisation has its first administrator."""
        return self.root / "bootstrapped"

    def log_of(self, name: str) -> Path:
        """The log of the process `name`."""
        return self.logs / f"{name}.log"

    def claim(self) -> IO[str]:
        """Make or check the directory and lock it; it stays ours until the returned file is closed or we die.

        Raises: CannotStart when it cannot be written, holds something else, is broken, or is used by another stack.
        """
        self._prepare()
        lock = (self.root / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise CannotStart(f"The data directory {self.root} is in use by another `terrain up`.") from None
        return lock

    def in_use(self) -> bool:
        """True while a supervisor holds the directory."""
        try:
            with (self.root / "lock").open("a+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def _prepare(self) -> None:
        if self.root.exists() and not self.root.is_dir():
            raise CannotStart(f"The data directory {self.root} is a file.")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            entries = [entry for entry in os.listdir(self.root) if entry not in ("lock", "logs")]
            if not self.mark.exists():
                if entries:
                    raise CannotStart(
                        f"The data directory {self.root} holds other files; choose an empty or a new one."
                    )
                self.mark.write_text(json.dumps({"format": FORMAT}))
            if not os.access(self.root, os.W_OK):
                raise PermissionError(13, "not writable")
            self.logs.mkdir(exist_ok=True)
            self.keys.mkdir(mode=0o700, exist_ok=True)
            told = json.loads(self.mark.read_text())
        except OSError as refused:
            raise CannotStart(
                f"The data directory {self.root} cannot be used: {refused.strerror or refused}."
            ) from refused
        except ValueError:
            raise CannotStart(f"The data directory {self.root} is broken: {self.mark.name} is not readable.") from None
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise CannotStart(f"The data directory {self.root} was written in another format than this version reads.")
