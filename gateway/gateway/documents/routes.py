"""HTTP of the documents: `/`, `/openapi.json`, `/docs` (rendered by the chassis), `/asyncapi.json`, `/docs/events`."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway.documents.asyncapi import asyncapi
from gateway.documents.openapi import MergedOpenApi
from gateway.documents.pages import events_page, landing

_PLAIN = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}


def documents_routes(merged: MergedOpenApi) -> list[Route]:
    """The routes; they need no token."""

    async def home(_: Request) -> Response:
        return HTMLResponse(landing(), headers=_PLAIN)

    async def openapi(_: Request) -> Response:
        return JSONResponse(await merged.document())

    async def events(_: Request) -> Response:
        return JSONResponse(asyncapi())

    async def rendered_events(_: Request) -> Response:
        return HTMLResponse(events_page(asyncapi()), headers=_PLAIN)

    return [
        Route("/", home),
        Route("/openapi.json", openapi),
        Route("/asyncapi.json", events),
        Route("/docs/events", rendered_events),
    ]
