"""The supervisor's own process: `python -m terrain.local.supervise` owns the data directory and everything in it.

Started by `terrain up`, stopped by SIGTERM (`terrain down`, Ctrl-C) or, in the foreground, by the end of its parent.
Until the stack is ready it says on stderr why it cannot start; afterwards it writes to `logs/supervisor.log`.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from chassis.native import kafka, ports, secantus
from chassis.native.keys import ensure_keys
from chassis.native.refusal import CannotStart

from terrain.local import processes, state
from terrain.local.layout import DataDir
from terrain.local.processes import SERVICES, LocalStack
from terrain.local.supervisor import TICK, Supervisor

INFRASTRUCTURE_WITHIN = 90.0
SERVICES_WITHIN = 120.0
GRACE = 15.0


class Run:
    """One run, from the claim of the directory to its release."""

    def __init__(self, layout: DataDir, port: int, parent: int | None) -> None:
        self.layout, self.port, self.parent = layout, port, parent
        self.asked_to_stop = False
        self.interruptible = False
        self.log: IO[str] | None = None

    def stopping(self) -> bool:
        """True when the run is to end."""
        return self.asked_to_stop or (self.parent is not None and os.getppid() != self.parent)

    def whole(self) -> None:
        """Start everything, watch it, stop everything. Raises: CannotStart, with nothing left running."""
        for wanted in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(wanted, self._asked)
        with self.layout.claim():
            end_leftovers(self.layout)
            run = state.RunState(os.getpid(), state.born(os.getpid()))
            run.write(self.layout.run_file)
            self.log = self.layout.log_of("supervisor").open("a", buffering=1)
            supervisor = Supervisor(self.layout, run, self.say)
            try:
                self._start(supervisor)
                run.phase, run.note = "ready", ""
                run.write(self.layout.run_file)
                self.say("ready")
                os.dup2(self.log.fileno(), sys.stderr.fileno())
                while not self.stopping():
                    supervisor.tick()
                    time.sleep(TICK)
            finally:
                run.phase = "stopping"
                supervisor.stop(GRACE)
                self.layout.run_file.unlink(missing_ok=True)

    def _start(self, supervisor: Supervisor) -> None:
        run = supervisor.run
        if not ports.is_free(self.port):
            raise CannotStart(f"Port {self.port} is taken; choose another one for the gateway with --port.")
        own_broker, own_database = "KAFKA_BOOTSTRAP_SERVERS" not in os.environ, "MONGODB_URI" not in os.environ
        if own_broker:
            kafka.require_java()
        self.interruptible = True  # a download may take minutes
        libs = kafka.fetch_jars(say=self._noting(supervisor)) if own_broker else None
        self.interruptible = False
        stack = stack_of(self.layout, self.port)
        run.gateway, run.bootstrap_servers = stack.gateway_url, stack.bootstrap_servers
        run.mongodb_uri, run.topic_prefix = stack.mongodb_uri, stack.topic_prefix
        run.note = "starting broker and database"
        plans = processes.infrastructure(self.layout.root, stack.ports, libs, own_database)
        supervisor.start(plans, within=INFRASTRUCTURE_WITHIN, stopping=self.stopping)
        if self.stopping():
            return
        if not own_database and not secantus.is_up(stack.mongodb_uri, timeout=10.0):
            raise CannotStart("The database given in MONGODB_URI does not answer as a primary.")
        self._noting(supervisor)("creating topics")
        self._topics(stack)
        run.note = "starting services"
        *inner, door = processes.services(stack)
        supervisor.start(inner, [door], within=SERVICES_WITHIN, stopping=self.stopping)

    def _topics(self, stack: LocalStack) -> None:
        from terrain.topics import apply_topics

        try:
            asyncio.run(apply_topics(stack.bootstrap_servers, stack.topic_prefix, dry_run=False))
        except Exception as refused:
            raise CannotStart(f"The topics could not be created at {stack.bootstrap_servers}: {refused}.") from refused

    def _noting(self, supervisor: Supervisor) -> Callable[[str], None]:
        def note(text: str) -> None:
            supervisor.run.note = text
            supervisor.run.write(self.layout.run_file)

        return note

    def _asked(self, _signal: int, _frame: object) -> None:
        self.asked_to_stop = True
        if self.interruptible:
            raise SystemExit(0)

    def say(self, line: str) -> None:
        """One line into the supervisor's log; `terrain up` shows it in the foreground."""
        if self.log is not None:
            self.log.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")


def stack_of(layout: DataDir, port: int) -> LocalStack:
    """The stack of a claimed data directory: its keys, its ports (those of the last run while they are free)."""
    names = ["broker", "controller", "database", *SERVICES]
    try:
        last = json.loads(layout.ports_file.read_text())
        prefer = [int(last[name]) for name in names]
    except (OSError, ValueError, KeyError, TypeError):
        prefer = None
    chosen = dict(zip(names, ports.free_ports(len(names), prefer), strict=True))
    layout.ports_file.write_text(json.dumps(chosen))
    keys = ensure_keys(layout.keys)
    return LocalStack(
        data_dir=layout.root,
        gateway_port=port,
        bootstrap_servers=os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or f"{ports.LOOPBACK}:{chosen['broker']}",
        mongodb_uri=os.environ.get("MONGODB_URI") or secantus.uri(chosen["database"]),
        ports=chosen,
        internal_key=keys.internal_key,
        internal_jwks=keys.internal_jwks,
        access_key=keys.access_key,
        cursor_secret=keys.cursor_secret,
        topic_prefix=os.environ.get("TOPIC_PREFIX", ""),
    )


def running_stack(layout: DataDir) -> LocalStack | None:
    """The stack that runs on a data directory now, as another process sees it; None when there is none."""
    run = state.read(layout.run_file)
    if run is None or not run.alive or not run.gateway:
        return None
    keys = ensure_keys(layout.keys)
    return LocalStack(
        data_dir=layout.root,
        gateway_port=int(run.gateway.rpartition(":")[2]),
        bootstrap_servers=run.bootstrap_servers,
        mongodb_uri=run.mongodb_uri,
        ports=json.loads(layout.ports_file.read_text()),
        internal_key=keys.internal_key,
        internal_jwks=keys.internal_jwks,
        access_key=keys.access_key,
        cursor_secret=keys.cursor_secret,
        topic_prefix=run.topic_prefix,
    )


def end_leftovers(layout: DataDir) -> int:
    """Kill what a supervisor that died left behind (only where the kernel could not do it); how many there were."""
    run = state.read(layout.run_file)
    if run is None:
        return 0
    left = [state.same_process(one.pid, one.created) for one in run.processes if one.pid]
    found = [process for process in left if process is not None]
    for process in found:
        process.kill()
    for process in found:
        process.wait(10)
    layout.run_file.unlink(missing_ok=True)
    return len(found)


def main() -> None:
    """Run until told to stop; exit code 1 and one sentence on stderr when the stack cannot start."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--parent", type=int)
    given = parser.parse_args()
    try:
        Run(DataDir(given.data_dir.resolve()), given.port, given.parent).whole()
    except CannotStart as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
