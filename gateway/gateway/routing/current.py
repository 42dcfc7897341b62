"""The request at hand: which gateway it came to and who sent it. For the gateway's own routes."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

from chassis.principal import Principal
from chassis.refusals import Refusal, Unauthenticated
from fastapi import Request

from gateway.sessions.identify import Caller

if TYPE_CHECKING:
    from gateway.app import Gateway

_found: ContextVar[Caller | Refusal | None] = ContextVar("caller", default=None)


def remember(found: Caller | Refusal) -> None:
    """Keep what the door found out about the sender of this request."""
    _found.set(found)


def caller() -> Caller:
    """The sender. Raises: the refusal that the door met."""
    found = _found.get()
    if isinstance(found, Caller):
        return found
    raise found or Unauthenticated()


def authenticate(_: str | None) -> Principal:
    """The sender's principal, for the chassis' routes; the header has been read at the door."""
    return caller().principal


def caller_of(_: Request) -> Caller:
    """The sender of a request. Raises: as `caller`."""
    return caller()


def gateway_of(request: Request) -> "Gateway":
    """The gateway that the request came to."""
    gateway: Gateway = request.app.state.gateway
    return gateway
