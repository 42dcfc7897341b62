"""The published OpenAPI document and a page that renders it; both come from the service itself, no CDN is asked."""

from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from chassis.http.body import publish_limits
from chassis.http.problems import Problem

_SECURITY = {"internal": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an application: permissions as `x-permission`, refusals as problem details."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    components["securitySchemes"] = _SECURITY
    for path in document.get("paths", {}).values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query":
                    publish_limits(parameter["schema"])
            public = operation.get("x-permission") == "public"
            operation["security"] = [] if public else [{"internal": []}]
    return document


def documents_routes(app: FastAPI) -> list[Route]:
    """`/openapi.json` and `/docs`."""

    @cache
    def document() -> dict[str, Any]:
        return openapi_of(app)

    async def openapi(_: Request) -> Response:
        return JSONResponse(document())

    async def docs(_: Request) -> Response:
        return HTMLResponse(page(), headers={"content-security-policy": "default-src 'self' 'unsafe-inline'"})

    return [Route("/openapi.json", openapi), Route("/docs", docs)]


@cache
def page() -> str:
    """The page that renders `/openapi.json`."""
    return files("chassis.http").joinpath("docs.html").read_text(encoding="utf-8")
