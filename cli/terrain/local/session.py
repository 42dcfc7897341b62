"""Bringing a stack up, watching it start, taking it down: the foreground side of the supervisor."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from chassis.native.refusal import CannotStart
from rich.console import Console

from terrain.local import state
from terrain.local.layout import DataDir
from terrain.local.supervise import end_leftovers, running_stack

FOLLOW_EVERY = 0.1
DOWN_WITHIN = 75.0
INTERRUPTED = 130


def bring_up(data_dir: Path, *, port: int, demo: str | None, detach: bool) -> None:
    """Start a stack, load what was asked for, say where it is; in the foreground return when it has ended.

    Ctrl-C stops everything; before the stack is ready the exit code is then 130. Raises: CannotStart, with nothing left
    running.
    """
    layout, console = DataDir(data_dir.resolve()), Console()
    order = [sys.executable, "-P", "-m", "terrain.local.supervise"]
    order += ["--data-dir", str(layout.root), "--port", str(port)]
    if not detach:
        order += ["--parent", str(os.getpid())]
    supervisor = subprocess.Popen(
        order, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    for wanted in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: shells start background jobs with it ignored
        signal.signal(wanted, _as_interrupt)
    ready = False
    try:
        _follow(supervisor, layout, console)
        _furnish(layout, demo, console)
        _welcome(layout, demo, console)
        ready = True
        if detach:
            return
        _stay(supervisor, layout, console)
    except KeyboardInterrupt:
        console.print("\nstopping …")
        _end(supervisor)
        console.print("stopped")
        if not ready:
            sys.exit(INTERRUPTED)
    except BaseException:
        _end(supervisor)
        raise


def take_down(data_dir: Path) -> bool:
    """Stop the stack of a data directory; False when nothing ran. Nothing of it is left running afterwards."""
    layout = DataDir(data_dir.resolve())
    run = state.read(layout.run_file)
    if run is None:
        return False
    supervisor = state.same_process(run.supervisor, run.created)
    if supervisor is not None:
        supervisor.terminate()
        with suppress(state.psutil.TimeoutExpired):
            supervisor.wait(DOWN_WITHIN)
            return True
        supervisor.kill()
        supervisor.wait(10)
    return end_leftovers(layout) > 0 or supervisor is not None


def report(data_dir: Path) -> dict[str, Any]:
    """`{gateway, ready, processes: [{name, role, pid, state, rss_mb}]}`; no processes when nothing runs."""
    run = state.read(DataDir(data_dir.resolve()).run_file)
    if run is None or not run.alive:
        return {"gateway": None, "ready": False, "processes": []}
    itself = state.ProcessState("supervisor", "supervisor", run.supervisor, run.created, state=run.phase)
    rows: list[dict[str, Any]] = []
    for one in (itself, *run.processes):
        process = state.same_process(one.pid, one.created)
        told = one.state if process is not None or one.state == "restarting" else "stopped"
        rows.append({"name": one.name, "role": one.role, "pid": one.pid, "state": told, "rss_mb": _rss_mb(process)})
    ready = run.phase == "ready" and all(row["state"] == "ready" for row in rows)
    return {"gateway": run.gateway or None, "ready": ready, "processes": rows}


def _rss_mb(process: Any) -> float | None:
    if process is None:
        return None
    with suppress(state.psutil.Error):
        return round(process.memory_info().rss / 1e6, 1)
    return None


def _follow(supervisor: subprocess.Popen[bytes], layout: DataDir, console: Console) -> None:
    """Show what is starting until all is ready. Raises: CannotStart."""
    with console.status("starting") as shown:
        while True:
            run = state.read(layout.run_file)
            if run is not None and run.supervisor == supervisor.pid:
                if run.phase == "ready":
                    return
                waiting = [one.name for one in run.processes if one.state != "ready"]
                shown.update(f"{run.note}: {', '.join(waiting)}" if waiting else run.note)
            if supervisor.poll() is not None:
                assert supervisor.stderr is not None
                said = supervisor.stderr.read().decode(errors="replace").strip()
                raise CannotStart(said.splitlines()[-1] if said else "The supervisor ended without a word.")
            time.sleep(FOLLOW_EVERY)


def _furnish(layout: DataDir, demo: str | None, console: Console) -> None:
    """Demo data if asked for, else the first administrator; both print their logins. Raises: CannotStart."""
    from terrain.local.bootstrap import ADMIN, bootstrap_organisation

    stack = running_stack(layout)
    if stack is None:
        raise CannotStart(f"The stack ended while it was being furnished; see {layout.log_of('supervisor')}.")
    if demo is not None:
        from terrain.demo import load

        if layout.bootstrapped.exists() and not (layout.root / "demo").exists():
            raise CannotStart(
                f"The data directory {layout.root} holds an organisation of its own; give the demo another --data-dir."
            )
        load(stack, demo, console)
    elif not layout.bootstrapped.exists():
        password = bootstrap_organisation(stack)
        console.print(f"first login: [bold]{ADMIN}[/]   password: [bold]{password}[/]", highlight=False)
    layout.bootstrapped.touch()


def _welcome(layout: DataDir, demo: str | None, console: Console) -> None:
    run = state.read(layout.run_file)
    if run is None:
        return
    console.print(f"\n[bold green]Terrain is ready:[/] {run.gateway}")
    if demo is None and (layout.root / "demo").exists():
        from terrain.demo import tell_logins

        tell_logins(layout.root, console)
    where = f" --data-dir {layout.root}" if layout.root != Path(".terrain").resolve() else ""
    console.print(f"  reference      {run.gateway}/docs", highlight=False, soft_wrap=True)
    console.print(f"  interface      {run.gateway}/api/v1", highlight=False, soft_wrap=True)
    console.print(f"  state          terrain status{where}", highlight=False, soft_wrap=True)
    console.print(f"  stop           terrain down{where}", highlight=False, soft_wrap=True)
    console.print(f"  logs           {layout.logs}", highlight=False, soft_wrap=True)


def _stay(supervisor: subprocess.Popen[bytes], layout: DataDir, console: Console) -> None:
    """Show the supervisor's lines until it ends. Raises: CannotStart when it ended by itself."""
    console.print("Ctrl-C stops everything.")
    log = layout.log_of("supervisor")
    with log.open() as lines:
        lines.seek(0, os.SEEK_END)
        while supervisor.poll() is None:
            for line in lines.readlines():
                console.print(line.rstrip(), highlight=False)
            time.sleep(0.3)
    if supervisor.returncode != 0:
        raise CannotStart(f"The supervisor ended (code {supervisor.returncode}); see {log}.")


def _end(supervisor: subprocess.Popen[bytes]) -> None:
    """Stop the supervisor, which stops all it started; a second Ctrl-C does not interrupt this."""
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, signal.SIG_IGN)
    try:
        if supervisor.poll() is None:
            supervisor.terminate()
            supervisor.wait(DOWN_WITHIN)
    except subprocess.TimeoutExpired:
        supervisor.kill()  # its children go with it
        supervisor.wait()


def _as_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
