"""A real broker and a real database for tests.

Each comes from, in this order: an address in the environment (`KAFKA_BOOTSTRAP_SERVERS`, `MONGODB_URI`), a reachable
container engine, native processes. One of each serves a whole test session; tests keep apart by topic prefix and
database name.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import NewTopic
from contracts.topics import DEAD_LETTERS, TOPICS

from chassis.kafka import administrator
from chassis.native import child, kafka, ports, secantus
from chassis.native.refusal import CannotStart

START_WITHIN = 60.0


@dataclass(frozen=True)
class Ground:
    """An address and, for the report, where it came from."""

    address: str
    origin: str
    lasting: bool = False
    """It outlives the session, so tests have to tidy up; what a session started goes with it."""


def container_engine() -> bool:
    """True when a container engine answers."""
    if not (os.environ.get("DOCKER_HOST") or Path("/var/run/docker.sock").exists()):
        return False
    try:
        import docker  # comes with testcontainers
        from docker.errors import DockerException
    except ImportError:
        return False
    try:
        return bool(docker.from_env(timeout=3).ping())
    except DockerException:
        return False


@contextmanager
def running_broker() -> Iterator[Ground]:
    """A Kafka broker for as long as the context lasts. Raises: CannotStart."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield Ground(given, "KAFKA_BOOTSTRAP_SERVERS", lasting=True)
    elif container_engine():
        from testcontainers.kafka import KafkaContainer

        with KafkaContainer().with_kraft() as container:
            yield Ground(container.get_bootstrap_server(), "container")
    else:
        libs = kafka.fetch_jars()
        port, controller_port = ports.free_ports(2)

        def prepare(folder: Path) -> list[str]:
            return kafka.prepare(folder, libs, port=port, controller_port=controller_port)

        with _native("kafka", prepare, lambda: kafka.is_up(ports.LOOPBACK, port)):
            yield Ground(f"{ports.LOOPBACK}:{port}", f"native Kafka {kafka.VERSION}")


@contextmanager
def running_database() -> Iterator[Ground]:
    """A database that speaks MongoDB's protocol, with transactions. Raises: CannotStart."""
    given = os.environ.get("MONGODB_URI")
    if given:
        yield Ground(given, "MONGODB_URI", lasting=True)
    elif container_engine():
        with _mongo_container() as uri:
            yield Ground(uri, "container")
    else:
        (port,) = ports.free_ports(1)
        uri = secantus.uri(port)
        with _native("database", lambda folder: secantus.prepare(folder, port=port), lambda: secantus.is_up(uri)):
            yield Ground(uri, "native SecantusDB")


@contextmanager
def _native(name: str, prepare: Callable[[Path], list[str]], is_up: Callable[[], bool]) -> Iterator[None]:
    folder = Path(tempfile.mkdtemp(prefix=f"terrain-test-{name}-"))
    try:
        process = child.start(prepare(folder / name), log=folder / f"{name}.log")
        try:
            deadline = time.monotonic() + START_WITHIN
            while not is_up():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise CannotStart(f"{name} did not start: {child.last_line(folder / f'{name}.log')}")
                time.sleep(0.05)
            yield
        finally:
            child.stop([process], 5.0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _mongo_container() -> Iterator[str]:
    """MongoDB as a replica set of one; transactions need a replica set."""
    from testcontainers.core.container import DockerContainer

    container = DockerContainer("mongo:8").with_command("--replSet rs0 --bind_ip_all").with_exposed_ports(27017)
    with container:
        uri = (
            f"mongodb://{container.get_container_host_ip()}:{container.get_exposed_port(27017)}/?directConnection=true"
        )
        begin = 'try { rs.status() } catch { rs.initiate({_id: "rs0", members: [{_id: 0, host: "127.0.0.1:27017"}]}) }'
        deadline = time.monotonic() + START_WITHIN
        while not secantus.is_up(uri):
            container.exec(["mongosh", "--quiet", "--eval", begin])
            if time.monotonic() > deadline:
                raise CannotStart("The MongoDB container did not become primary.")
            time.sleep(0.5)
        yield uri


async def create_topics(bootstrap: str, prefix: str, partitions: int = 3) -> list[str]:
    """Make every declared topic under `prefix`, with few partitions so that many tests fit on one broker; their names."""
    names = [prefix + topic.name for topic in (*TOPICS, *DEAD_LETTERS)]
    async with administrator(bootstrap) as admin:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    return names


async def delete_topics(bootstrap: str, names: list[str]) -> None:
    """Remove topics that a test made."""
    async with administrator(bootstrap) as admin:
        await admin.delete_topics(names)


def drop_databases(uri: str, name: str) -> None:
    """Remove the databases of a test: `name` itself and every one whose name begins with `name_`."""
    from pymongo import MongoClient

    with MongoClient(uri) as client:
        for found in client.list_database_names():
            if found == name or found.startswith(f"{name}_"):
                client.drop_database(found)
