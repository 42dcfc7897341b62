"""What dies is started again and said; what cannot start ends the start; nothing is left behind."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from chassis.native.refusal import CannotStart
from terrain.local import state
from terrain.local.layout import DataDir
from terrain.local.processes import ProcessPlan
from terrain.local.supervisor import Supervisor


class Bench:
    """A supervisor over small scripts, with what it said."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.layout = DataDir(folder)
        self.layout.claim().close()
        self.run = state.RunState(os.getpid(), state.born(os.getpid()))
        self.supervisor = Supervisor(self.layout, self.run, self.said.append)

    def plan(self, name: str, script: str = "import time; time.sleep(600)", **more: object) -> ProcessPlan:
        return ProcessPlan(name, "all", [sys.executable, "-c", script], **{"ready": lambda: True, "port": 0, **more})

    def start(self, *stages: list[ProcessPlan], within: float = 10.0) -> None:
        self.supervisor.start(*stages, within=within, stopping=lambda: False)

    def until(self, condition: object, within: float = 10.0) -> None:
        deadline = time.monotonic() + within
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < deadline, self.run
            self.supervisor.tick()
            time.sleep(0.02)

    def of(self, name: str) -> state.ProcessState:
        return next(one for one in self.run.processes if one.name == name)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.supervisor.stop(1.0)


def test_a_killed_process_is_started_again_and_one_line_says_so(bench: Bench) -> None:
    bench.start([bench.plan("visits"), bench.plan("customer")])
    victim, other = bench.of("visits").pid, bench.of("customer").pid
    os.kill(victim, signal.SIGKILL)
    bench.until(lambda: bench.of("visits").state == "restarting")
    bench.until(lambda: bench.of("visits").state == "ready")
    assert bench.of("visits").pid != victim
    assert bench.of("customer").pid == other
    assert bench.said == ["visits ended (signal 9); starting it again in 0.5 s"]


def test_a_process_that_keeps_dying_is_started_ever_more_slowly(bench: Bench) -> None:
    bench.start([bench.plan("visits")])
    for times in (1, 2):
        os.kill(bench.of("visits").pid, signal.SIGKILL)
        bench.until(lambda times=times: bench.of("visits").restarts == times and bench.of("visits").state == "ready")
    assert [line.rpartition(" in ")[2] for line in bench.said] == ["0.5 s", "1 s"]


def test_a_process_that_cannot_start_ends_the_start_with_its_last_words(bench: Bench) -> None:
    broken = bench.plan("kafka", "raise SystemExit('no such format')", ready=lambda: False, attempts=1)
    with pytest.raises(CannotStart, match=r"kafka \(all\) stopped while starting \(exit code 1\).*no such format"):
        bench.start([bench.plan("database"), broken])
    bench.supervisor.stop(1.0)
    assert not psutil.pid_exists(bench.of("database").pid)


def test_a_process_that_stumbles_once_is_given_another_try(bench: Bench, tmp_path: Path) -> None:
    been = tmp_path / "been"
    script = f"import pathlib, time; p = pathlib.Path({str(been)!r}); was = p.exists(); p.touch(); was or exit(1); time.sleep(600)"
    started = time.time()
    bench.start([bench.plan("visits", script, ready=lambda: been.exists() and time.time() > started + 1.5)])
    assert bench.of("visits").restarts == 1


def test_a_process_that_is_never_ready_is_named(bench: Bench) -> None:
    with pytest.raises(CannotStart, match=r"visits \(all\) was not ready after 1 s"):
        bench.start([bench.plan("customer"), bench.plan("visits", ready=lambda: False)], within=1.0)


def test_a_process_that_stops_answering_is_shown_as_unready_and_left_alone(bench: Bench) -> None:
    answers = [True]
    bench.start([bench.plan("visits", ready=lambda: answers[0])])
    pid = bench.of("visits").pid
    answers[0] = False
    bench.until(lambda: bench.of("visits").state == "unready")
    answers[0] = True
    bench.until(lambda: bench.of("visits").state == "ready")
    assert bench.of("visits").pid == pid


def test_the_last_stage_stops_first(bench: Bench, tmp_path: Path) -> None:
    order = tmp_path / "order"
    script = (
        "import signal, sys, time, pathlib\n"
        "def ended(*_):\n    with open({path!r}, 'a') as f: f.write({name!r} + ' ')\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, ended); print('up', flush=True); time.sleep(600)"
    )
    for name in ("kafka", "visits", "gateway"):
        bench.start([bench.plan(name, script.format(path=str(order), name=name))])
    bench.until(lambda: all("up" in bench.layout.log_of(one).read_text() for one in ("kafka", "visits", "gateway")))
    bench.supervisor.stop(5.0)
    assert order.read_text().split() == ["gateway", "visits", "kafka"]


def test_other_commands_read_what_runs(bench: Bench) -> None:
    bench.start([bench.plan("visits", port=4711)])
    read = state.read(bench.layout.run_file)
    assert read is not None
    assert read.alive
    assert (read.processes[0].name, read.processes[0].state, read.processes[0].port) == ("visits", "ready", 4711)
    assert bench.layout.run_file.stat().st_mode & 0o077 == 0
