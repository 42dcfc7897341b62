"""One OpenAPI document for everything behind the door: the gateway's own, and those of the services as they stand."""

import asyncio
import time
from typing import Any

import orjson
from chassis.logs import logger
from chassis.refusals import Refusal

from gateway.routing.table import API, NOUNS
from gateway.routing.upstream import Upstream

Document = dict[str, Any]

_WITHIN_S = 3.0
_KEPT_S = 60.0
_SECURITY = {"access": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
_log = logger("documents")


class MergedOpenApi:
    """The merged document, asked for anew at most once a minute. A service that does not answer is named in it."""

    def __init__(self, own: Document, upstreams: dict[str, Upstream]) -> None:
        self._own = own
        self._upstreams = upstreams
        self._made: tuple[float, Document] | None = None
        self._lock = asyncio.Lock()

    async def document(self) -> Document:
        """The document as of the last minute."""
        async with self._lock:
            if self._made is None or time.monotonic() > self._made[0]:
                documents = await asyncio.gather(*(self._ask(upstream) for upstream in self._upstreams.values()))
                services = dict(zip(self._upstreams, documents, strict=True))
                complete = None not in services.values()
                self._made = (time.monotonic() + (_KEPT_S if complete else 2.0), merge(self._own, services))
            return self._made[1]

    async def _ask(self, upstream: Upstream) -> Document | None:
        deadline = time.monotonic() + _WITHIN_S
        try:
            answer = await upstream.send("GET", "/openapi.json", [], deadline=deadline)
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                body = await answer.read()
            return orjson.loads(body) if answer.status == 200 else None
        except (Refusal, OSError, TimeoutError, ValueError) as failure:
            _log.warning("a service's document is missing", upstream=upstream.name, failure=type(failure).__name__)
            return None


def merge(own: Document, services: dict[str, Document | None]) -> Document:
    """The gateway's document with the paths of all services under their nouns.

    Schemas of one name and different content are told apart by the service's name in front.
    """
    schemas: Document = dict(own.get("components", {}).get("schemas", {}))
    paths: Document = dict(own.get("paths", {}))
    missing = sorted(name for name, document in services.items() if document is None)
    for service, document in services.items():
        if document is None:
            continue
        theirs: Document = document.get("components", {}).get("schemas", {})
        renamed = {
            name: f"{service.capitalize()}{name}"
            for name, schema in theirs.items()
            if name in schemas and schemas[name] != schema
        }
        for name, schema in theirs.items():
            schemas[renamed.get(name, name)] = _with_references(schema, renamed)
        for path, operations in document.get("paths", {}).items():
            if _noun_of(path) is not None and path not in paths:
                paths[path] = _with_references(operations, renamed)
    for operations in paths.values():
        for operation in operations.values():
            operation["security"] = [] if operation.get("x-permission") == "public" else [{"access": []}]
    merged = {
        **own,
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _SECURITY},
    }
    if missing:
        merged["x-missing-services"] = missing
        note = f"Not answering at the moment, so not described here: {', '.join(missing)}."
        merged["info"] = {**own["info"], "description": f"{own['info'].get('description', '')}\n\n{note}".strip()}
    return merged


def _noun_of(path: str) -> str | None:
    noun = path.removeprefix(API).split("/", 1)[0]
    return noun if path.startswith(API) and noun in NOUNS else None


def _with_references(value: Any, renamed: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _renamed(item, renamed) if key == "$ref" else _with_references(item, renamed)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_references(item, renamed) for item in value]
    return value


def _renamed(reference: Any, renamed: dict[str, str]) -> Any:
    if not isinstance(reference, str):
        return reference
    head, _, name = reference.rpartition("/")
    return f"{head}/{renamed.get(name, name)}"
