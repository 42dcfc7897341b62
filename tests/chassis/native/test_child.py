"""A child process never outlives the process that started it."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from chassis.native import child

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
PARENT = """
import sys, time
from pathlib import Path
from chassis.native import child
print(child.start([sys.executable, "-c", "import time; time.sleep(600)"], log=Path(sys.argv[1])).pid, flush=True)
time.sleep(600)
"""


def gone(pid: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills the children of a killed process")
def test_a_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    order = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(order, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


def test_a_deaf_child_is_killed_after_its_grace(tmp_path: Path) -> None:
    log = tmp_path / "log"
    deaf = child.start([sys.executable, "-c", DEAF], log=log)
    while child.last_line(log) != "deaf":
        time.sleep(0.02)
    child.stop([deaf], grace=0.2)
    assert deaf.returncode == -9


def test_a_frozen_child_still_ends(tmp_path: Path) -> None:
    frozen = child.start(SLEEP, log=tmp_path / "log")
    psutil.Process(frozen.pid).suspend()
    child.stop([frozen], grace=5.0)
    assert frozen.returncode == -15


def test_grandchildren_are_stopped_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f"import subprocess, time; print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(600)"
    parent = child.start([sys.executable, "-c", script], log=log)
    while not child.last_line(log):
        time.sleep(0.02)
    child.stop([parent], grace=5.0)
    assert gone(int(child.last_line(log)))


def test_the_last_words_of_a_log_are_found(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert child.last_line(log) == ""
    log.write_text("first\nlast words\n\n")
    assert child.last_line(log) == "last words"
