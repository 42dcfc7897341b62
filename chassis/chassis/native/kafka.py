"""Apache Kafka from its own jars: fetched once into the user's cache, then one KRaft node on the loopback interface."""

import base64
import fcntl
import hashlib
import os
import re
import shutil
import socket
import struct
import subprocess
import uuid
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from chassis.native.ports import LOOPBACK
from chassis.native.refusal import CannotStart

VERSION = "4.4.0"
JAVA_NEEDED = 17
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>terrain.local</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.5</version>
    </dependency>
  </dependencies>
</project>
"""
_LOGGING = """status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


def java_version() -> int | None:
    """The major version of the `java` on PATH, or None without one."""
    java = shutil.which("java")
    if java is None:
        return None
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)(?:\.(\d+))?', told.stderr + told.stdout)
    if found is None:
        return None
    major = int(found.group(1))
    return int(found.group(2) or 0) if major == 1 else major  # "1.8" is Java 8


def require_java() -> str:
    """The path of a Java that can run the broker. Raises: CannotStart."""
    major = java_version()
    if major is None:
        raise CannotStart(f"Java {JAVA_NEEDED} or newer is needed to run Kafka and no `java` is on the PATH.")
    if major < JAVA_NEEDED:
        raise CannotStart(
            f"Java {JAVA_NEEDED} or newer is needed to run Kafka, and the `java` on the PATH is Java {major}."
        )
    java = shutil.which("java")
    assert java is not None
    return java


def cache_dir() -> Path:
    """Where downloads are kept, shared by all stacks of a user: TERRAIN_CACHE, else XDG_CACHE_HOME or ~/.cache."""
    own = os.environ.get("TERRAIN_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(own) if own else Path(base) / "terrain"


def _pinned() -> dict[str, str]:
    lines = files("chassis.native").joinpath(f"kafka-{VERSION}.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def jars_present(cache: Path | None = None) -> bool:
    """True when the verified jars are in the cache; looks at names and at the mark left by the verification."""
    libs = (cache or cache_dir()) / f"kafka-{VERSION}"
    return (libs / "verified").exists() and all((libs / name).exists() for name in _pinned())


def fetch_jars(cache: Path | None = None, say: Callable[[str], None] = lambda _line: None) -> Path:
    """The folder with the broker's jars; downloads them with Maven once and checks each against its pinned SHA-256.

    Safe to call from several processes at once. Raises: CannotStart.
    """
    cache = cache or cache_dir()
    libs = cache / f"kafka-{VERSION}"
    if jars_present(cache):
        return libs
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotStart(f"Maven is needed once, to download Kafka {VERSION}, and no `mvn` is on the PATH.")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"kafka-{VERSION}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if jars_present(cache):
            return libs
        say(f"downloading Kafka {VERSION} (45 jars, 43 MB)")
        arriving = cache / f"kafka-{VERSION}.arriving"
        for stale in (arriving, libs):
            shutil.rmtree(stale, ignore_errors=True)
        arriving.mkdir()
        (arriving / "pom.xml").write_text(_POM)
        order = [maven, "-q", "-B", "-C", _COPY, "-DincludeScope=runtime", f"-DoutputDirectory={arriving}"]
        told = subprocess.run(order, cwd=arriving, capture_output=True, text=True, check=False)
        if told.returncode != 0:
            reason = next((line for line in told.stdout.splitlines() if "ERROR" in line), "no reason given")[:300]
            raise CannotStart(f"Maven could not download Kafka {VERSION}: {reason}")
        _verify(arriving)
        (arriving / "log4j2.properties").write_text(_LOGGING)
        (arriving / "verified").touch()
        arriving.rename(libs)
    return libs


def _verify(libs: Path) -> None:
    for name, digest in _pinned().items():
        jar = libs / name
        if not jar.exists():
            raise CannotStart(f"The download of Kafka {VERSION} lacks {name}; try again.")
        if hashlib.sha256(jar.read_bytes()).hexdigest() != digest:
            raise CannotStart(
                f"The downloaded {name} is not the one that was pinned (SHA-256 differs); nothing was started."
            )


def prepare(folder: Path, libs: Path, *, port: int, controller_port: int) -> list[str]:
    """Write the broker's configuration in `folder`, format it when it is new, and return the command that runs it.

    Raises: CannotStart.
    """
    java = require_java()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "server.properties"
    config.write_text(_properties(folder / "log", port, controller_port))
    classpath = f"{libs}:{libs}/*"
    if not (folder / "log" / "meta.properties").exists():
        order = [java, "-cp", classpath, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(config)]
        told = subprocess.run(order, capture_output=True, text=True, check=False)
        if told.returncode != 0:
            lines = (told.stdout + told.stderr).strip().splitlines()
            raise CannotStart(f"Kafka could not format {folder}: {lines[0] if lines else 'no reason given'}")
    heap = ["-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"]
    return [java, *heap, "-cp", classpath, "kafka.Kafka", str(config)]


def _cluster_id() -> str:
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        if not made.startswith("-"):  # would be read as an option
            return made


def _properties(log: Path, port: int, controller_port: int) -> str:
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": log,
        "auto.create.topics.enable": "false",
        "log.retention.ms": -1,
        "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
        "log.index.size.max.bytes": 1024 * 1024,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        # A killed broker is registered until its session ends, and its successor waits for that (9 s by default).
        "broker.session.timeout.ms": 4000,
        "broker.heartbeat.interval.ms": 1000,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def is_up(host: str, port: int, timeout: float = 1.0) -> bool:
    """True when a broker at `host:port` answers an ApiVersions request (KIP-35), the first thing every client asks."""
    client = b"terrain"
    body = struct.pack(">hhih", 18, 0, 1, len(client)) + client
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.recv(10)
    except OSError:
        return False
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)
