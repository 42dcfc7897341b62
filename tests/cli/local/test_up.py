"""`terrain up` with a real broker and a real database; the services are stand-ins."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from chassis.native import ports
from terrain.local.layout import DataDir
from terrain.local.processes import GATEWAY, SERVICES

STAND_IN = Path(__file__).with_name("stand_in.py")


class Terrain:
    """Runs `terrain` commands on one data directory."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        (self.port,) = ports.free_ports(1)
        layout = DataDir(self.data_dir)
        layout.claim().close()
        layout.bootstrapped.touch()  # stand-ins cannot make an administrator
        services = folder / "services"
        services.mkdir()
        for name in (*SERVICES, GATEWAY):
            shutil.copy(STAND_IN, services / f"{name}.py")
        kept = {
            name: value for name, value in os.environ.items() if name not in ("MONGODB_URI", "KAFKA_BOOTSTRAP_SERVERS")
        }
        self.env = {**kept, "PYTHONPATH": str(services)}
        self.cwd = folder

    def order(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "terrain.main", *arguments, "--data-dir", str(self.data_dir)]

    def call(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        given = {**self.env, **env}
        return subprocess.run(
            self.order(*arguments), capture_output=True, text=True, env=given, cwd=self.cwd, timeout=120, check=False
        )

    def up(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.call("up", "--port", str(self.port), *arguments, **env)

    def status(self) -> dict[str, Any]:
        return json.loads(self.call("status", "--json").stdout)

    def pids(self) -> dict[str, int]:
        return {row["name"]: row["pid"] for row in self.status()["processes"]}


def all_gone(pids: dict[str, int], within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids.values()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def terrain(tmp_path: Path) -> Iterator[Terrain]:
    made = Terrain(tmp_path)
    yield made
    made.call("down")


@pytest.mark.stack
def test_up_status_down_and_up_again(terrain: Terrain) -> None:
    started = terrain.up("--detach")
    assert started.returncode == 0, started.stderr
    told = terrain.status()
    assert told["ready"] is True
    assert told["gateway"] == f"http://127.0.0.1:{terrain.port}"
    assert {row["name"] for row in told["processes"]} == {"supervisor", "kafka", "secantusdb", GATEWAY, *SERVICES}
    assert all(set(row) == {"name", "role", "pid", "state", "rss_mb"} for row in told["processes"])

    listed = json.loads(terrain.call("topics", "list", "--json").stdout)["topics"]
    assert {row["action"] for row in listed} == {"none"}

    second = terrain.up("--detach")
    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert "in use by another" in second.stderr
    assert terrain.status()["ready"] is True

    pids = terrain.pids()
    os.kill(pids["visits"], signal.SIGKILL)
    assert terrain.status()["ready"] is False
    deadline = time.monotonic() + 20
    while not terrain.status()["ready"]:
        assert time.monotonic() < deadline
    assert terrain.pids()["visits"] != pids["visits"]
    assert "visits ended (signal 9)" in (terrain.data_dir / "logs" / "supervisor.log").read_text()

    pids = terrain.pids()
    assert terrain.call("down").returncode == 0
    assert all_gone(pids)
    assert terrain.status() == {"gateway": None, "ready": False, "processes": []}

    assert terrain.up("--detach").returncode == 0  # the topics are still there: data survived
    assert {row["action"] for row in json.loads(terrain.call("topics", "list", "--json").stdout)["topics"]} == {"none"}
    pids = terrain.pids()
    os.kill(pids["supervisor"], signal.SIGKILL)
    assert all_gone(pids), "a killed supervisor left something running"


@pytest.mark.stack
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_in_the_foreground_everything_ends_with_the_command(terrain: Terrain, end: signal.Signals) -> None:
    order = terrain.order("up", "--port", str(terrain.port))
    with subprocess.Popen(order, stdout=subprocess.DEVNULL, env=terrain.env, cwd=terrain.cwd) as command:
        deadline = time.monotonic() + 60
        while not terrain.status()["ready"]:
            assert time.monotonic() < deadline
        time.sleep(0.5)  # past the greeting: from here on Ctrl-C is the normal end
        pids = terrain.pids()
        command.send_signal(end)
        assert all_gone(pids, within=20)
        command.wait(10)


@pytest.mark.stack
def test_an_interrupted_start_leaves_nothing_and_does_not_count_as_success(terrain: Terrain) -> None:
    order = terrain.order("up", "--detach", "--port", str(terrain.port))
    with subprocess.Popen(order, stdout=subprocess.DEVNULL, env=terrain.env, cwd=terrain.cwd) as command:
        deadline = time.monotonic() + 30
        while not any(row["name"] == "kafka" for row in terrain.status()["processes"]):
            assert time.monotonic() < deadline
        pids = terrain.pids()
        command.send_signal(signal.SIGINT)
        assert command.wait(30) == 130
    assert all_gone(pids)
    assert nothing_left(terrain)


def refused(answer: subprocess.CompletedProcess[str], says: str) -> bool:
    """One sentence on stderr, exit code 1."""
    return answer.returncode == 1 and says in answer.stderr and answer.stderr.strip().count("\n") == 0


def nothing_left(terrain: Terrain) -> bool:
    mine = [p for p in psutil.process_iter(["cmdline"]) if str(terrain.data_dir) in " ".join(p.info["cmdline"] or [])]
    return not mine and not (terrain.data_dir / "run.json").exists()


def test_a_taken_port_is_one_sentence(terrain: Terrain) -> None:
    with socket.create_server(("127.0.0.1", terrain.port)):
        answer = terrain.up("--detach")
    assert refused(answer, f"Port {terrain.port} is taken"), answer.stderr
    assert nothing_left(terrain)


def test_missing_java_is_one_sentence(terrain: Terrain, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = terrain.up("--detach", PATH=str(tmp_path / "empty"))
    assert refused(answer, "Java 17 or newer is needed"), answer.stderr
    assert nothing_left(terrain)


def test_missing_maven_is_one_sentence(terrain: Terrain, tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("no Java on this machine")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(java)
    answer = terrain.up("--detach", PATH=str(tmp_path / "bin"), TERRAIN_CACHE=str(tmp_path / "cache"))
    assert refused(answer, "Maven is needed once"), answer.stderr
    assert nothing_left(terrain)


@pytest.mark.stack
def test_a_damaged_broker_directory_is_one_sentence(terrain: Terrain) -> None:
    assert terrain.up("--detach").returncode == 0
    terrain.call("down")
    (terrain.data_dir / "kafka" / "log" / "meta.properties").write_text("version=99\n")
    answer = terrain.up("--detach")
    assert refused(answer, "kafka (broker) stopped while starting"), answer.stderr
    assert nothing_left(terrain)


@pytest.mark.stack
def test_a_service_that_cannot_start_is_one_sentence(terrain: Terrain) -> None:
    (terrain.cwd / "services" / "promotion.py").write_text("raise SystemExit('stock is closed today')")
    answer = terrain.up("--detach")
    assert refused(answer, "promotion (all) stopped while starting (exit code 1)"), answer.stderr
    assert "stock is closed today" in answer.stderr
    assert nothing_left(terrain)
