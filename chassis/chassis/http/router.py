"""Routes. Each declares the one permission it needs, or says aloud that it is public; a route without is refused at import."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from contracts.roles import Permission
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from chassis.files import Files
from chassis.http.answer import Answer
from chassis.http.facts import edge_of, facts_of
from chassis.http.problems import MEDIA_TYPE, Problem, UnsupportedMediaType, problem_of
from chassis.http.signature import Signature
from chassis.http.terms import KEY_PATTERN, MATCH_PATTERN
from chassis.http.upload import Received, Upload, receive
from chassis.refusals import Forbidden, Violation

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

JSON = "application/json"
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _headers_of(path: str, methods: Sequence[str]) -> list[dict[str, Any]]:
    """What writes understand beside their body."""
    found: list[dict[str, Any]] = []
    if not _WRITES & set(methods):
        return found
    key = {"type": "string", "pattern": KEY_PATTERN}
    found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    if "{" in path:
        tag = {"type": "string", "pattern": MATCH_PATTERN}
        required = bool({"PUT", "PATCH", "DELETE"} & set(methods))
        found.append({"name": "If-Match", "in": "header", "required": required, "schema": tag})
    return found


class Public:
    """The mark of a route that anybody may call without a token."""

    value = "public"


PUBLIC = Public()

_REFUSALS: dict[int, str] = {
    400: "The request does not fit this document; every violation is named",
    401: "No valid token or password",
    403: "The caller's roles do not include the verb",
    404: "Absent or out of the caller's scope",
    409: "The present state forbids it",
    412: "If-Match names another version than the present one",
    413: "The body is too large",
    415: "The body is of a media type that is not read",
    422: "A rule on the values is broken, or a reference names nothing that the caller can see",
    428: "If-Match is missing",
    429: "Too many requests; Retry-After says how long to wait",
    503: "Cannot be answered at the moment; Retry-After says how long to wait",
    504: "Not done in time; whether it took effect is unknown",
}


def _refusals_of(
    path: str, methods: Sequence[str], permission: Permission | Public, more: Mapping[int, str]
) -> dict[int | str, Any]:
    """What a route may refuse with, as problem details, and `more`; `default` stands for what no route foresees."""
    statuses = {400, 429, 503, 504}
    writes = bool(_WRITES & set(methods))
    if writes:
        statuses |= {409, 412, 413, 415, 422}
    if {"PUT", "PATCH", "DELETE"} & set(methods):
        statuses.add(428)
    if "{" in path:
        statuses.add(404)
    if permission is not PUBLIC:
        statuses |= {401, 403}
    elif writes:
        statuses.add(401)  # public writes prove who asks by what they send
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    said = {status: _REFUSALS[status] for status in statuses} | dict(more)
    found: dict[int | str, Any] = {status: {"description": said[status], "content": content} for status in sorted(said)}
    found["default"] = {"description": "A refusal or a failure, as problem details (RFC 9457)", "content": content}
    return found


class Route(APIRoute):
    """A route that authenticates, authorises, validates and answers by itself, within the request's deadline."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        permission: Permission | Public,
        consumes: Sequence[str] = (JSON,),
        streaming: bool = False,
        open_parameters: Sequence[str] = (),
        upload: Upload | None = None,
        **options: Any,
    ) -> None:
        self.permission = permission
        self.upload = upload
        self.consumes = frozenset(consumes)
        self.streaming = streaming
        self.open_parameters = tuple(open_parameters)
        super().__init__(path, endpoint, **options)
        if not inspect.iscoroutinefunction(endpoint):
            raise TypeError(f"{endpoint.__qualname__} is no async function")

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """What runs a request of this route."""
        return _Handler(self)


class _Handler:
    """Runs the requests of one route."""

    def __init__(self, route: Route) -> None:
        self._template = route.path_format
        self._endpoint = route.endpoint
        self._permission = route.permission
        self._consumes = route.consumes
        self._status = route.status_code or 200
        self._streaming = route.streaming
        self._upload = route.upload
        self._collection = not route.param_convertors
        self._signature = Signature(route.dependant, route.open_parameters)

    async def __call__(self, request: Request) -> Response:
        facts = facts_of(request)
        facts.route = self._template
        facts.status = self._status
        try:
            if self._streaming:
                if facts.release is not None:
                    facts.release()
                return await self._answer(request)
            remaining = facts.deadline + facts.wait_s - time.monotonic()
            async with asyncio.timeout(max(0.0, remaining)):
                return await self._answer(request)
        except Exception as failure:
            return problem_of(failure, facts.request_id)

    async def _answer(self, request: Request) -> Response:
        facts = facts_of(request)
        if self._permission is not PUBLIC:
            facts.principal = edge_of(request).authenticate(request.headers.get("authorization"))
            if self._permission not in facts.principal.permissions:
                raise Forbidden(f"this needs the permission {self._permission.value}")
        if self._upload is not None:
            return await self._with_file(request, self._upload)
        headers = request.headers
        body = b""
        if "content-length" in headers or "transfer-encoding" in headers:
            body = await request.body()
            if body:
                media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
                if media_type not in self._consumes:
                    raise UnsupportedMediaType(f"send {' or '.join(sorted(self._consumes))}")
                if headers.get("content-encoding", "identity") != "identity":
                    raise UnsupportedMediaType("send the body without a content encoding")
        facts.body = body
        return await self._called(request, body, ())

    async def _with_file(self, request: Request, upload: Upload) -> Response:
        """Answer an upload; a file that no unit of work has kept is removed again."""
        facts, database = facts_of(request), edge_of(request).database
        if database is None:
            raise RuntimeError("this service has no database")
        files = Files(database)
        received: Received = await receive(request, upload, files)
        try:
            facts.upload, facts.body = received, received.digestible()
            return await self._called(request, b"", received.violations)
        finally:
            if received.file is not None:
                await files.discard(received.file.id)

    async def _called(self, request: Request, body: bytes, found: Sequence[Violation]) -> Response:
        facts = facts_of(request)
        arguments = await self._signature.arguments(request, body, found)
        answer = await self._endpoint(**arguments)
        if not isinstance(answer, Response):
            answer = Answer(answer)
        if isinstance(answer, Answer):
            answer.settle(self._status, request.scope["path"], collection=self._collection)
        if facts.replayed:
            answer.headers["idempotent-replayed"] = "true"
        if facts.preference_applied:
            answer.headers["preference-applied"] = facts.preference_applied
        return answer


class Router(APIRouter):
    """A noun's routes: `@router.get("/{id}", permission=Permission.ACCOUNTS_READ, response_model=AccountOut)`.

    Options beside FastAPI's: `permission` (required; `PUBLIC` for none), `consumes` (media types of the body),
    `streaming` (the answer has no deadline and holds no place among the requests in flight), `upload` (the body is a
    multipart one with a file; the function declares `form: Form`), `open_parameters` (query parameters whose names only
    begin so, such as `attribute.`; the route reads them itself, once each), `refuses` (statuses beside those that every
    route of its kind refuses with, and what they mean).
    """

    def __init__(self, *, prefix: str = "", tags: list[str] | None = None) -> None:
        super().__init__(prefix=prefix, tags=list(tags or []), redirect_slashes=False)

    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        permission: Permission | Public | None = None,
        consumes: Sequence[str] = (JSON,),
        streaming: bool = False,
        open_parameters: Sequence[str] = (),
        upload: Upload | None = None,
        refuses: Mapping[int, str] | None = None,
        **options: Any,
    ) -> None:
        """Add a route.

        Raises: TypeError when it declares no permission.
        """
        if permission is None:
            raise TypeError(f"{endpoint.__module__}.{endpoint.__qualname__} ({path}) declares no permission")
        extra: dict[str, Any] = {"x-permission": permission.value, **(options.get("openapi_extra") or {})}
        methods = options.get("methods") or ["GET"]
        headers = _headers_of(path, methods)
        if headers:
            extra["parameters"] = [*headers, *extra.get("parameters", ())]
        if upload is not None:
            extra["requestBody"] = upload.request_body()
        options["openapi_extra"] = extra
        refusals = _refusals_of(path, methods, permission, refuses or {})
        options["responses"] = {**refusals, **(options.get("responses") or {})}
        options["route_class_override"] = partial(
            Route,
            permission=permission,
            consumes=consumes,
            streaming=streaming,
            upload=upload,
            open_parameters=open_parameters,
        )
        super().add_api_route(path, endpoint, **options)

    def get(self, path: str = "", **options: Any) -> Callable[[Endpoint], Endpoint]:  # pyright: ignore
        """Declare a GET."""
        return self._declare("GET", path, options)

    def post(self, path: str = "", **options: Any) -> Callable[[Endpoint], Endpoint]:  # pyright: ignore
        """Declare a POST."""
        return self._declare("POST", path, options)

    def put(self, path: str = "", **options: Any) -> Callable[[Endpoint], Endpoint]:  # pyright: ignore
        """Declare a PUT."""
        return self._declare("PUT", path, options)

    def patch(self, path: str = "", **options: Any) -> Callable[[Endpoint], Endpoint]:  # pyright: ignore
        """Declare a PATCH."""
        return self._declare("PATCH", path, options)

    def delete(self, path: str = "", **options: Any) -> Callable[[Endpoint], Endpoint]:  # pyright: ignore
        """Declare a DELETE."""
        return self._declare("DELETE", path, options)

    def _declare(self, method: str, path: str, options: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            self.add_api_route(path, endpoint, methods=[method], **options)
            return endpoint

        return register


__all__ = ["JSON", "PUBLIC", "Problem", "Public", "Route", "Router"]
