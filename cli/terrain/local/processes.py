"""What a stack consists of: the plan that the supervisor carries out."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from chassis.native import kafka, secantus
from chassis.native.ports import LOOPBACK

SERVICES = ("customer", "visits", "promotion", "analytics")
GATEWAY = "gateway"


def database_of(service: str) -> str:
    """The name of a service's own database, wherever we start or describe it."""
    return f"terrain_{service}"


@dataclass(frozen=True)
class LocalStack:
    """Addresses and settings of one local stack, enough to run any of its processes."""

    data_dir: Path
    gateway_port: int
    bootstrap_servers: str
    mongodb_uri: str
    ports: dict[str, int]
    internal_key: Path
    internal_jwks: Path
    access_key: Path
    cursor_secret: str = field(repr=False)
    topic_prefix: str = ""

    @property
    def gateway_url(self) -> str:
        """Where users and calling systems find the product."""
        return f"http://{LOOPBACK}:{self.gateway_port}"

    def url_of(self, service: str) -> str:
        """The address of one service behind the gateway."""
        return f"http://{LOOPBACK}:{self.ports[service]}"

    def database_of(self, service: str) -> str:
        """The name of a service's own database."""
        return database_of(service)

    def env(self, service: str) -> dict[str, str]:
        """The environment of a process of `service`: what this terminal has, overlaid with the stack's settings."""
        own = {
            "MONGODB_URI": self.mongodb_uri,
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "DATABASE": self.database_of(service),
            "TOPIC_PREFIX": self.topic_prefix,
            "HTTP_HOST": LOOPBACK,
            "HTTP_PORT": str(self.gateway_port if service == GATEWAY else self.ports[service]),
            "INTERNAL_JWKS": str(self.internal_jwks),
            "CURSOR_SECRET": self.cursor_secret,
            "PYTHONUNBUFFERED": "1",
        }
        if service == "analytics":
            own["DUCKDB_PATH"] = str(self.data_dir / "analytics" / "marts.duckdb")
        if service == GATEWAY:
            own |= {"INTERNAL_KEY": str(self.internal_key), "ACCESS_KEY": str(self.access_key)}
            own |= {f"{name.upper()}_URL": self.url_of(name) for name in SERVICES}
        return {**os.environ, **own}

    def command(self, service: str, *arguments: str) -> list[str]:
        """How a process of `service` is run, for example `command("customer", "--role", "load", "file.ndjson")`."""
        return [sys.executable, "-P", "-m", service, *arguments]


@dataclass(frozen=True)
class ProcessPlan:
    """One process to be kept running; `ready` is asked again and again, must not raise and not take longer than a second.

    A process that ends while the stack starts is started again `attempts` - 1 times before the start fails.
    """

    name: str
    role: str
    command: list[str]
    ready: Callable[[], bool]
    port: int
    env: dict[str, str] | None = None
    attempts: int = 3


def http_ready(port: int) -> bool:
    """True when the process on `port` says so itself (`/readyz`)."""
    connection = HTTPConnection(LOOPBACK, port, timeout=1.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def infrastructure(data_dir: Path, ports: dict[str, int], libs: Path | None, own_database: bool) -> list[ProcessPlan]:
    """The broker and the database, as far as they are ours; `libs` are Kafka's jars. Raises: CannotStart."""
    plans: list[ProcessPlan] = []
    if own_database:
        port = ports["database"]
        plans.append(
            ProcessPlan(
                name="secantusdb",
                role="database",
                command=secantus.prepare(data_dir / "database", port=port),
                ready=lambda: secantus.is_up(secantus.uri(port)),
                port=port,
                attempts=1,
            )
        )
    if libs is not None:
        broker_port = ports["broker"]
        plans.append(
            ProcessPlan(
                name="kafka",
                role="broker",
                command=kafka.prepare(data_dir / "kafka", libs, port=broker_port, controller_port=ports["controller"]),
                ready=lambda: kafka.is_up(LOOPBACK, broker_port),
                port=broker_port,
                attempts=1,
            )
        )
    return plans


def services(stack: LocalStack) -> list[ProcessPlan]:
    """The services and, last, the gateway."""
    (stack.data_dir / "analytics").mkdir(exist_ok=True)
    plans: list[ProcessPlan] = []
    for name in (*SERVICES, GATEWAY):
        port = stack.gateway_port if name == GATEWAY else stack.ports[name]
        plans.append(
            ProcessPlan(
                name=name,
                role="all",
                command=stack.command(name, "--role", "all"),
                ready=partial(http_ready, port),
                port=port,
                env=stack.env(name),
            )
        )
    return plans
