"""Problem details (RFC 9457): the one shape of every answer that is a refusal or a failure."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.command import Command
from chassis.logs import logger
from chassis.mongo import is_infrastructure
from chassis.refusals import BadRequest, Refusal, TimedOut, Unavailable, Violation

MEDIA_TYPE = "application/problem+json"
MULTIPART = "multipart/form-data"
RETRY_AFTER_S = 1

_CODES = {"missing": "required", "extra_forbidden": "unknown_field"}
_TITLES = {
    400: ("bad_request", "The request cannot be read"),
    404: ("not_found", "No such resource"),
    405: ("method_not_allowed", "The resource does not know this method"),
    413: ("body_too_large", "The body is too large"),
    415: ("unsupported_media_type", "The body's media type is not understood"),
}


class MalformedJson(BadRequest):
    """The body is no JSON."""

    code = "malformed_json"
    title = "The body is no JSON"


class BodyTooLarge(Refusal):
    """The body has more bytes than the service takes."""

    status = 413
    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(Refusal):
    """The body is of a kind that the route does not read."""

    status = 415
    code = "unsupported_media_type"
    title = "The body's media type is not understood"


class ProblemViolation(BaseModel):
    """One thing that is wrong; `field` is a JSON path such as `departments[0].name`, or null."""

    field: str | None
    code: str
    detail: str


class Problem(BaseModel):
    """Problem details as published."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    violations: list[ProblemViolation]
    request_id: str | None


def problem(
    status: int,
    code: str,
    title: str,
    *,
    detail: str | None = None,
    violations: Sequence[Violation] = (),
    request_id: str | None = None,
    retry_after: float | None = None,
    headers: Mapping[str, str] | None = None,
    facts: Mapping[str, object] | None = None,
) -> Response:
    """A problem as response; `facts` are shown as further members."""
    content: dict[str, Any] = dict(facts or {})
    content |= {
        "type": f"urn:terrain:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail or title,
        "violations": [{"field": v.field, "code": v.code, "detail": v.detail} for v in violations],
        "request_id": request_id,
    }
    response = Response(orjson.dumps(content, default=str), status, dict(headers or {}), MEDIA_TYPE)
    if retry_after is not None:
        response.headers["retry-after"] = str(max(1, math.ceil(retry_after)))
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


def content_of(refusal: Refusal) -> dict[str, Any]:
    """What a problem says of a refusal: also for answers that speak of several things at once."""
    return {
        **refusal.facts,
        "type": f"urn:terrain:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        "violations": [{"field": v.field, "code": v.code, "detail": v.detail} for v in refusal.violations],
    }


def problem_of(failure: BaseException, request_id: str | None = None) -> Response:
    """What the caller is told of a failure: refusals as they are, the infrastructure as 503, anything else as 500."""
    refusal = _refusal_of(failure)
    if refusal is not None:
        retry_after = refusal.retry_after
        if retry_after is None and refusal.status in (429, 503, 504):
            retry_after = RETRY_AFTER_S
        return problem(
            refusal.status,
            refusal.code,
            refusal.title,
            detail=refusal.detail,
            violations=refusal.violations,
            request_id=request_id,
            retry_after=retry_after,
            facts=refusal.facts,
        )
    if isinstance(failure, HTTPException):
        code, title = _TITLES.get(failure.status_code, ("http_error", "The request was refused"))
        return problem(failure.status_code, code, title, request_id=request_id, headers=failure.headers)
    logger("http").error("unexpected_failure", request_id=request_id, exc_info=failure)
    return problem(500, "internal_error", "Something went wrong on our side", request_id=request_id)


def _refusal_of(failure: BaseException) -> Refusal | None:
    if isinstance(failure, Refusal):
        return failure
    if isinstance(failure, TimeoutError):
        return TimedOut("not done in time; whether it took effect is unknown")
    if isinstance(failure, ValidationError) and failure.title in _command_names(Command):
        return invalid(failure.errors(include_url=False, include_input=False))
    if is_infrastructure(failure):
        logger("http").warning("infrastructure_away", failure=type(failure).__name__)
        return Unavailable("the database cannot be reached at the moment; whether it took effect is unknown")
    return None


def _command_names(kind: type[Command]) -> set[str]:
    names = {kind.__name__}
    for narrower in kind.__subclasses__():
        names |= _command_names(narrower)
    return names


def invalid(errors: Sequence[ErrorDetails | dict[str, Any]]) -> BadRequest:
    """All schema violations of pydantic as one refusal."""
    found = [violation_of(error) for error in errors]
    return BadRequest(found[0].detail if len(found) == 1 else f"{len(found)} violations", violations=found)


def violation_of(error: ErrorDetails | dict[str, Any]) -> Violation:
    """One schema violation; the place becomes a JSON path, the value is never repeated."""
    message: str = error["msg"]
    return Violation(
        code=_CODES.get(error["type"], error["type"]),
        detail=message.removeprefix("Value error, "),
        field=json_path(error["loc"]),
    )


def json_path(place: Sequence[str | int]) -> str | None:
    """`("departments", 0, "name")` as `departments[0].name`; None for the whole."""
    path = ""
    for part in place:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path or None
