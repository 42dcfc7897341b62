"""The ASGI application of a service: its routers under one prefix, operations, documents, problems, the edge around."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.http.documents import documents_routes
from chassis.http.facts import SCOPE_KEY, Edge
from chassis.http.middleware import Allowance, EdgeMiddleware, InFlight
from chassis.http.operations import Health, operations_routes
from chassis.http.problems import problem_of

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def application(
    *,
    edge: Edge,
    routers: Iterable[APIRouter],
    health: Health,
    in_flight: InFlight,
    deadline_s: float,
    max_body_bytes: int,
    prefix: str = "/api/v1",
    title: str | None = None,
    version: str = "1",
    description: str = "",
    lifespan: Lifespan | None = None,
    allowances: Sequence[Allowance] = (),
) -> FastAPI:
    """Put an application together; routes that take files have larger limits, `allowances` are further ones. Nothing of FastAPI's own pages is served: they would load scripts from a CDN."""
    app = FastAPI(
        title=title or f"Terrain {edge.service}",
        version=version,
        description=description,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _refuse},
    )
    app.state.edge = edge
    app.state.health = health
    app.state.in_flight = in_flight
    for router in routers:
        app.include_router(router, prefix=prefix)
    app.router.routes.extend(operations_routes(health))
    app.router.routes.extend(documents_routes(app))
    app.add_middleware(
        EdgeMiddleware,
        service=edge.service,
        in_flight=in_flight,
        deadline_s=deadline_s,
        max_body_bytes=max_body_bytes,
        allowances=[*allowances_of(app), *allowances],
    )
    return app


def allowances_of(app: FastAPI) -> list[Allowance]:
    """The limits of the routes that take files."""
    found: list[Allowance] = []
    for context in iter_route_contexts(app.routes):
        upload = getattr(context.original_route, "upload", None)
        pattern = getattr(context, "path_regex", None)
        if upload is not None and pattern is not None:
            found += [Allowance(one, pattern, upload.max_body_bytes, upload.within_s) for one in context.methods or ()]
    return found


async def _refuse(request: Request, failure: Exception) -> Response:
    facts = request.scope.get(SCOPE_KEY)
    response = problem_of(failure, facts.request_id if facts is not None else None)
    if response.status_code == 405:
        response.headers["allow"] = ", ".join(sorted(_methods_of(request)))
    return response


def _methods_of(request: Request) -> set[str]:
    """What the path of a request may be asked for (RFC 9110, 15.5.6: all of them)."""
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        pattern = getattr(context, "path_regex", None)
        if pattern is not None and context.methods and pattern.match(request.scope["path"]):
            found |= context.methods
    return found
