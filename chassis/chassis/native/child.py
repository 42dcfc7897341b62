"""Child processes that cannot outlive the process that started them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc: ctypes.CDLL | None = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with(parent: int) -> Callable[[], None] | None:
    """What the child runs before exec so that the kernel kills it when `parent` is gone (Linux only).

    SIGKILL, because it is certain: everything we start survives being killed, nothing must survive its supervisor. The
    signal is bound to the parent's *thread*, so children are started from the main thread only.
    """
    libc = _libc
    if libc is None:
        return None

    def arm() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died between fork and prctl
            os.kill(os.getpid(), signal.SIGKILL)

    return arm


def start(command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, both outputs appended to `log`; it dies with this process."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )


def stop(children: Sequence[subprocess.Popen[bytes]], grace: float) -> None:
    """SIGTERM to all, SIGKILL after `grace` seconds; returns when the children and their process groups are gone."""
    for child in children:
        if child.poll() is None:
            # A frozen process (SIGSTOP) would only see SIGTERM when it continues.
            for wanted in (signal.SIGTERM, signal.SIGCONT):
                with contextlib.suppress(ProcessLookupError):
                    child.send_signal(wanted)
    deadline = time.monotonic() + grace
    while any(child.poll() is None for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)  # its own group: whatever it started, and itself if it did not listen
        child.wait()


def last_line(log: Path, limit: int = 200) -> str:
    """The last non-empty line of a log, shortened; an empty string when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return lines[-1][:limit] if lines else ""
