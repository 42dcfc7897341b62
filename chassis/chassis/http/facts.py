"""What is known of a request beside its content, and what a request may use of its service."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from chassis.principal import Principal
from chassis.refusals import Unauthenticated

if TYPE_CHECKING:
    from fastapi import Request

    from chassis.mongo import Database
    from chassis.works import Works

SCOPE_KEY = "terrain.facts"
MAX_WAIT_S = 30


@dataclass(slots=True)
class RequestFacts:
    """One request. The middleware makes it, the route fills it in."""

    request_id: str
    traceparent: str
    deadline: float
    """`time.monotonic()` at which the work comes too late."""
    wait_s: float = 0.0
    """What the caller asked to wait for a final state once the work is done (`Prefer: wait`), beyond the deadline."""
    route: str = "unmatched"
    """The template of the path, for metrics."""
    principal: Principal | None = None
    status: int = 200
    """The status of a successful answer."""
    body: bytes = b""
    upload: Any = None
    """What came of a multipart body (`chassis.http.upload.Received`)."""
    replayed: bool = False
    """True when the answer repeats that of an earlier request with the same Idempotency-Key."""
    preference_applied: str | None = None
    release: Callable[[], None] | None = None
    """Gives the request's place among those in flight back before its end; for answers that never end by themselves."""

    def remaining_s(self) -> float:
        """Seconds left until the deadline, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def caller(self) -> Principal:
        """The signed-in caller.

        Raises: Unauthenticated on a public route.
        """
        if self.principal is None:
            raise Unauthenticated
        return self.principal


@dataclass
class Edge:
    """What a service hangs behind its routes; kept at `app.state.edge`.

    `authenticate` turns the Authorization header into a principal or raises Unauthenticated.
    """

    service: str
    authenticate: Callable[[str | None], Principal]
    database: "Database | None" = None
    works: "Works | None" = None
    cursor_secret: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))


def wait_of(header: str) -> int:
    """Seconds that a Prefer header (RFC 7240) asks to wait, at most 30; 0 when it does not."""
    for part in header.split(","):
        name, _, value = part.partition(";")[0].partition("=")
        digits = value.strip().strip('"')
        if name.strip().lower() == "wait" and digits.isascii() and digits.isdigit() and len(digits) <= 6:
            return min(int(digits), MAX_WAIT_S)
    return 0


def facts_of(request: "Request") -> RequestFacts:
    """The facts of a request that came through the middleware."""
    facts: RequestFacts = request.scope[SCOPE_KEY]
    return facts


def edge_of(request: "Request") -> Edge:
    """What the request's service hangs behind its routes."""
    edge: Any = request.app.state.edge
    return edge
