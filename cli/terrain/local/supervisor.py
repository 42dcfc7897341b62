"""Keeps the processes of a stack running: starts them, restarts what dies, stops them in reverse order."""

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from chassis.native import child
from chassis.native.refusal import CannotStart

from terrain.local.layout import DataDir
from terrain.local.processes import ProcessPlan
from terrain.local.state import ProcessState, RunState, born

TICK = 0.1
ASK_EVERY = 1.0
BACKOFF_FIRST, BACKOFF_MOST = 0.5, 30.0
STEADY_AFTER = 60.0
LOG_MOST = 20 * 1024 * 1024


@dataclass
class Watched:
    """One process under supervision and what is known about it."""

    plan: ProcessPlan
    state: ProcessState
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    asked_at: float = 0.0
    again_at: float = 0.0
    backoff: float = BACKOFF_FIRST
    was_ready: bool = False


@dataclass
class Supervisor:
    """Runs stages of processes (the order of starting); everything happens in the caller's thread, in `tick`."""

    layout: DataDir
    run: RunState
    say: Callable[[str], None]
    stages: list[list[Watched]] = field(default_factory=list)

    @property
    def watched(self) -> list[Watched]:
        """All processes in the order of starting."""
        return [one for stage in self.stages for one in stage]

    def start(self, *stages: Sequence[ProcessPlan], within: float, stopping: Callable[[], bool]) -> None:
        """Start all `stages` side by side and return when all are ready, or as soon as `stopping()` is true.

        Stages matter when stopping. Raises: CannotStart when a process ends too often or is not ready `within` seconds.
        """
        new: list[Watched] = []
        for plans in stages:
            stage = [Watched(plan, ProcessState(plan.name, plan.role, port=plan.port)) for plan in plans]
            self.stages.append(stage)
            new += stage
        self.run.processes.extend(one.state for one in new)
        for one in new:
            self._spawn(one)
        deadline = time.monotonic() + within
        while not all(one.was_ready for one in new) and not stopping():
            self.tick()
            if time.monotonic() > deadline:
                late = next(one for one in new if not one.was_ready)
                raise CannotStart(f"{self._name(late)} was not ready after {within:.0f} s; {self._hint(late)}")
            time.sleep(TICK)

    def tick(self) -> None:
        """Look at every process once: note its end, start it again when its time has come, ask whether it is ready."""
        changed = False
        for one in self.watched:
            before = (one.state.state, one.state.pid)
            if one.process is None:
                if time.monotonic() >= one.again_at:
                    self._spawn(one)
            elif one.process.poll() is not None:
                self._ended(one)
            elif time.monotonic() - one.asked_at >= (ASK_EVERY if one.state.state == "ready" else TICK):
                self._ask(one)
            changed = changed or before != (one.state.state, one.state.pid)
        if changed:
            self.run.write(self.layout.run_file)

    def stop(self, grace: float) -> None:
        """Stop everything, last stage first, each stage at once; afterwards nothing that we started is left."""
        for stage in reversed(self.stages):
            child.stop([one.process for one in stage if one.process is not None], grace)
            for one in stage:
                one.process, one.state.state = None, "stopped"
            with suppress(OSError):  # the directory may have been removed under us; stopping matters more
                self.run.write(self.layout.run_file)

    def _spawn(self, one: Watched) -> None:
        log = self.layout.log_of(one.plan.name)
        _shorten(log)
        one.process = child.start(one.plan.command, log=log, env=one.plan.env)
        one.started_at, one.asked_at = time.monotonic(), 0.0
        one.state.pid, one.state.created, one.state.state = one.process.pid, born(one.process.pid), "starting"
        self.run.write(self.layout.run_file)

    def _ask(self, one: Watched) -> None:
        ready = one.plan.ready()
        one.asked_at = time.monotonic()
        if ready:
            one.was_ready, one.state.state = True, "ready"
            if one.asked_at - one.started_at > STEADY_AFTER:
                one.backoff = BACKOFF_FIRST
        elif one.state.state == "ready":
            one.state.state = "unready"

    def _ended(self, one: Watched) -> None:
        assert one.process is not None
        child.stop([one.process], 0.0)  # what it may have left in its process group
        why = _told(one.process.returncode)
        one.process = None
        one.state.restarts += 1
        if not one.was_ready and one.state.restarts >= one.plan.attempts:
            raise CannotStart(f"{self._name(one)} stopped while starting ({why}); {self._hint(one)}")
        one.state.state = "restarting"
        one.again_at = time.monotonic() + one.backoff
        self.say(f"{one.plan.name} ended ({why}); starting it again in {one.backoff:g} s")
        one.backoff = min(one.backoff * 2, BACKOFF_MOST)

    def _name(self, one: Watched) -> str:
        return f"{one.plan.name} ({one.plan.role})"

    def _hint(self, one: Watched) -> str:
        log = self.layout.log_of(one.plan.name)
        last = child.last_line(log)
        return f'its last words in {log}: "{last}"' if last else f"its log {log} is empty"


def _told(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _shorten(log: Path) -> None:
    """Move a log that has grown large aside, keeping one older part."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_MOST:
            log.replace(log.with_suffix(".log.1"))
