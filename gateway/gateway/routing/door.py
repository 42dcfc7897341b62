"""The door itself, in plain ASGI: who is it, how often, and whose path is this.

Paths of the gateway's own go to its own application, everything else under `/api/v1/` straight to a service.
"""

import re

from chassis.http.facts import SCOPE_KEY, RequestFacts
from chassis.http.problems import problem_of
from chassis.refusals import Refusal
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.limits.rates import Rates
from gateway.routing.current import remember
from gateway.routing.forward import Forwarder
from gateway.routing.table import service_of
from gateway.sessions.identify import Caller, Identity

_OWN_UNDER_NOUNS = re.compile(r"^/api/v1/accounts/[^/]+/360$")
"""Paths that begin like a service's and are the gateway's own."""


class Door:
    """Answers every request: with a service's answer, with the own application's, or with a refusal."""

    def __init__(self, own: ASGIApp, forwarder: Forwarder, identity: Identity, rates: Rates) -> None:
        self._own = own
        self._forwarder = forwarder
        self._identity = identity
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._own(scope, receive, send)
            return
        path = scope["raw_path"].decode("latin-1")
        service = service_of(path)
        if service is None or _OWN_UNDER_NOUNS.match(path):
            await self._answer_ourselves(scope, receive, send)
            return
        facts: RequestFacts = scope[SCOPE_KEY]
        facts.route = f"/{service}"
        try:
            caller = await self._caller(scope)
            await self._forwarder.forward(service, caller, scope, receive, send)
        except Refusal as refusal:
            await problem_of(refusal, facts.request_id)(scope, receive, send)

    async def _answer_ourselves(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over to the own application; who asks is found out once, here, for the routes that want to know."""
        try:
            remember(await self._caller(scope))
        except Refusal as refusal:
            remember(refusal)
        await self._own(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        header: str | None = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                header = value.decode("latin-1")
                break
        caller = await self._identity.identify(header)
        self._rates.count(caller.session.employee_id)
        return caller
