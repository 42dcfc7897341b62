"""The process of a service: command line, server, signals."""

import argparse
import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from pydantic import ValidationError

from chassis import logs
from chassis.load import BATCH, Loader, UnusableLine
from chassis.mongo import connect
from chassis.settings import ServiceSettings
from chassis.works import Works

if TYPE_CHECKING:
    from chassis.http.operations import Health
    from chassis.service import Service

KEEP_ALIVE_S = 75
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main(service: "Service") -> None:
    """`--role all|api|worker|relay` serves until SIGTERM; `--role load FILE` runs a file of commands and ends.

    Exit codes: 0 as asked, 1 failed or lines refused, 2 wrong command line or settings.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {service.name}")
    parser.add_argument("--role", default="all", choices=["all", "api", "worker", "relay", "load"])
    parser.add_argument("file", nargs="?", type=Path, help="with --role load: commands, one JSON object per line")
    parser.add_argument("--batch", type=int, default=BATCH, help="with --role load: commands per unit of work")
    arguments = parser.parse_args()
    try:
        settings = service.settings()  # pyright: ignore[reportCallIssue]
        settings.jwks()
    except (ValidationError, ValueError, OSError) as failure:
        sys.exit(_complain(service.name, failure))
    logs.set_up(service.name, settings.log_level)
    if arguments.role == "load":
        if arguments.file is None or not arguments.file.is_file():
            parser.error("--role load needs a file")
        sys.exit(asyncio.run(load(service, settings, arguments.file.read_bytes(), arguments.batch)))
    serve(service, settings, arguments.role)


def serve(service: "Service", settings: ServiceSettings, role: str) -> None:
    """Serve until a signal; then finish the requests in flight, stop the other parts, end with 0."""
    from chassis.service import Role

    app = service.app(settings, role=Role[role.upper()])
    server = Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            loop="uvloop",
            http="httptools",
            ws="none",
            proxy_headers=False,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=max(1, round(settings.drain_s)),
            backlog=2048,
        ),
        app.state.health,
    )
    server.run()
    sys.exit(0 if server.started else 1)


class Server(uvicorn.Server):
    """Uvicorn that turns readiness red with the first signal and ends with 0 when it was asked to end."""

    def __init__(self, config: uvicorn.Config, health: "Health") -> None:
        super().__init__(config)
        self._health = health

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Listen to SIGTERM and SIGINT while serving; do not die of them afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a second signal ends at once."""
        self._health.draining = True
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


async def load(service: "Service", settings: ServiceSettings, content: bytes, batch: int) -> int:
    """Run a file of commands through the service's use cases; the exit code."""
    database = connect(settings.mongodb_uri, settings.database)
    try:
        await service.prepare(database)
        loader = Loader(Works(database, zone=settings.time_zone), database, service.use_cases, batch=batch)
        return 1 if await loader.load(content) else 0
    except UnusableLine as unusable:
        print(f"{service.name}: {unusable}", file=sys.stderr)
        return 2
    finally:
        database.close()


def _complain(name: str, failure: Exception) -> int:
    if isinstance(failure, ValidationError):
        for error in failure.errors(include_url=False, include_input=False):
            setting = "_".join(str(part) for part in error["loc"]).upper()
            print(f"{name}: {setting}: {error['msg']}", file=sys.stderr)
    else:
        print(f"{name}: INTERNAL_JWKS: {failure}", file=sys.stderr)
    return 2
