"""The way from a route into a use case or a query, bound to the request: who asks, on which terms, until when."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from chassis.files import StoredFile
from chassis.http.facts import Edge, RequestFacts, edge_of, facts_of
from chassis.http.signature import canonical
from chassis.http.terms import version_in
from chassis.journal import Cause
from chassis.principal import Principal
from chassis.reads import Reads
from chassis.refusals import MatchRequired, Stale
from chassis.telemetry import current_traceparent
from chassis.work import IfMatch, UnitOfWork
from chassis.works import Idempotency

C = TypeVar("C")
T = TypeVar("T")


class RunUseCase:
    """Runs a use case for this request; see `Run`."""

    def __init__(self, edge: Edge, facts: RequestFacts, request: Request) -> None:
        self._edge = edge
        self._facts = facts
        self._request = request

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self._facts.caller

    async def __call__(
        self,
        use_case: Callable[[C, UnitOfWork], Awaitable[T]],
        command: C,
        *,
        subject: str | None = None,
        require_match: bool = False,
        locks: Sequence[str] = (),
        part: str = "",
    ) -> T:
        """Run `use_case` in a unit of work and commit it; what it gives back.

        A request that is carried out in several units names each `part`, so that its Idempotency-Key is good for all.

        `subject` is the id of the resource that If-Match speaks of; with `require_match` it must be sent. `locks` are
        keys that commands of this process queue on.

        Raises: MatchRequired (428), Stale (412), and what `Works.run` raises.
        """
        if_match = self._if_match(subject, require_match)
        facts = self._facts
        if self._edge.works is None:
            raise RuntimeError("this service has no units of work")

        async def action(work: UnitOfWork) -> T:
            return await use_case(command, work)

        outcome = await self._edge.works.run(
            action,
            principal=facts.caller,
            cause=Cause(
                command=use_case.__name__,  # pyright: ignore
                request_id=facts.request_id,
                traceparent=current_traceparent() or facts.traceparent,
            ),
            idempotency=self._idempotency(part),
            if_match=if_match,
            locks=locks,
            deadline=facts.deadline,
        )
        facts.replayed = outcome.replayed
        return outcome.value

    def required_match(self) -> int | None:
        """The version that If-Match names, None for `*`: for resources that there may not be yet, with version 0.

        Raises: MatchRequired (428).
        """
        header = self._request.headers.get("if-match")
        if header is None:
            raise MatchRequired("send If-Match with the ETag of the version you have read")
        return version_in(header)

    def _if_match(self, subject: str | None, required: bool) -> IfMatch | None:
        header = self._request.headers.get("if-match")
        if header is None:
            if required:
                raise MatchRequired("send If-Match with the ETag of the version you have read")
            return None
        version = version_in(header)
        if subject is None:
            if version is None:
                return None
            raise Stale("the address of the request has no version")
        return IfMatch(subject, version)

    def _idempotency(self, part: str) -> Idempotency | None:
        key = self._request.headers.get("idempotency-key")
        if key is None:
            return None
        scope = self._request.scope
        material = "\n".join(
            (self._facts.caller.subject, scope["method"], scope["path"], key, *([part] if part else ()))
        )
        content = scope["query_string"] + b"\n" + canonical(self._facts.body)
        return Idempotency(key=hashlib.sha256(material.encode()).hexdigest(), body=hashlib.sha256(content).hexdigest())


@dataclass(frozen=True)
class UploadedForm:
    """An upload that fits what its route takes."""

    file: StoredFile
    """Belongs to nobody until the use case calls `chassis.files.keep_file`."""
    fields: Any
    """The further parts, as the route's `Upload.fields`."""


class Preference:
    """The caller's Prefer header (RFC 7240)."""

    def __init__(self, facts: RequestFacts) -> None:
        self._facts = facts

    def wait(self) -> float:
        """Seconds that the caller wants to wait for the final state, at most 30; 0 when not asked for.

        They come on top of the deadline. Having asked, the answer tells the caller that the preference was honoured.
        """
        if self._facts.wait_s:
            self._facts.preference_applied = f"wait={self._facts.wait_s:.0f}"
        return self._facts.wait_s


def _run(request: Request) -> RunUseCase:
    return RunUseCase(edge_of(request), facts_of(request), request)


def _read(request: Request) -> Reads:
    edge = edge_of(request)
    if edge.database is None:
        raise RuntimeError("this service has no database")
    return Reads(edge.database, facts_of(request).caller, cursor_secret=edge.cursor_secret, zone=edge.zone)


def _facts(request: Request) -> RequestFacts:
    return facts_of(request)


def _caller(request: Request) -> Principal:
    return facts_of(request).caller


def _form(request: Request) -> UploadedForm | None:
    received = facts_of(request).upload
    return None if received.file is None else UploadedForm(received.file, received.fields)


def _preference(request: Request) -> Preference:
    return Preference(facts_of(request))


Run = Annotated[RunUseCase, Depends(_run)]
"""Declare a parameter of a route with it: `run: Run`, then `await run(use_case, command, subject=…)`."""
Read = Annotated[Reads, Depends(_read)]
"""`read: Read`: queries in the caller's scope."""
Caller = Annotated[Principal, Depends(_caller)]
"""`caller: Caller`: who asks."""
Prefer = Annotated[Preference, Depends(_preference)]
"""`prefer: Prefer`: `prefer.wait()` seconds."""
Form = Annotated[UploadedForm, Depends(_form)]
"""`form: Form`: what was uploaded, on a route with `upload=Upload(…)`."""
Facts = Annotated[RequestFacts, Depends(_facts)]
"""`facts: Facts`: request id, trace and deadline."""


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header, or None."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


__all__: list[str] = [
    "Caller",
    "Facts",
    "Form",
    "Prefer",
    "Preference",
    "Read",
    "Run",
    "RunUseCase",
    "UploadedForm",
    "bearer",
]
