"""Arguments of a route: what its function declares, taken from path, query, headers and body, all violations at once."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, LiteralString, cast

import orjson
from fastapi import Request
from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from chassis.http.body import MAX_INTEGER, MAX_TEXT, refuse_odd
from chassis.http.problems import MalformedJson, violation_of
from chassis.http.terms import malformed
from chassis.refusals import BadRequest, Violation

Arguments = dict[str, Any]


class Signature:
    """How the arguments of one route's function are made.

    FastAPI reads the declaration; this class carries it out: one body at most, validated from its bytes in strict mode;
    unknown query parameters refused, but for names that begin as `open_parameters` say; dependencies are plain or asynchronous functions, no generators.
    """

    def __init__(self, dependant: Dependant, open_parameters: tuple[str, ...] = ()) -> None:
        self._dependant = dependant
        self._open = open_parameters
        query = [field for part in _flat(dependant) for field in part.query_params]
        self._query_names = {field.alias for field in query}
        self._repeatable = {field.alias for field in query if field_annotation_is_sequence(field.field_info.annotation)}
        bodies = [field for part in _flat(dependant) for field in part.body_params]
        if len(bodies) > 1:
            raise TypeError(f"{_name(dependant)} declares more than one body")
        self._body_name: str | None = None
        self._body: TypeAdapter[Any] | None = None
        if bodies:
            self._body_name = bodies[0].name
            self._body = TypeAdapter(cast(Any, bodies[0].field_info.annotation))
            self._optional = not bodies[0].field_info.is_required()
        for part in _flat(dependant):
            if part.call is not None and (
                inspect.isgeneratorfunction(part.call) or inspect.isasyncgenfunction(part.call)
            ):
                raise TypeError(f"{_name(dependant)} depends on a generator; use a plain function")

    @property
    def takes_body(self) -> bool:
        """True when the route's function declares a body."""
        return self._body is not None

    async def arguments(self, request: Request, body: bytes, found: Iterable[Violation] = ()) -> Arguments:
        """The arguments of the function; `found` is what is known to be wrong already.

        Raises: BadRequest with every violation of path, query, headers and body; MalformedJson.
        """
        violations: list[Violation] = list(found)
        violations.extend(malformed(request.headers))
        violations.extend(self._query(request))
        arguments: Arguments = {}
        if self._body is not None and self._body_name is not None:
            self._read_body(body, arguments, violations)
        await _solve(self._dependant, request, arguments, violations)
        if violations:
            raise BadRequest(
                violations[0].detail if len(violations) == 1 else f"{len(violations)} violations",
                violations=violations,
            )
        return arguments

    def _query(self, request: Request) -> Iterator[Violation]:
        if not request.scope["query_string"]:
            return
        counts = Counter(name for name, _ in request.query_params.multi_items())
        for name, count in counts.items():
            if name not in self._query_names and not (self._open and name.startswith(self._open)):
                yield Violation("unknown_parameter", "The query knows no such parameter", name[:100])
            elif count > 1 and name not in self._repeatable:
                yield Violation("repeated_parameter", "The query has this parameter more than once", name)

    def _read_body(self, body: bytes, arguments: Arguments, violations: list[Violation]) -> None:
        assert self._body is not None
        assert self._body_name is not None
        if not body:
            if not self._optional:
                violations.append(Violation("required", "A JSON body is required"))
            return
        try:
            arguments[self._body_name] = _validated(self._body, body)
        except ValidationError as failure:
            errors = failure.errors(include_url=False, include_input=False)
            if errors[0]["type"] == "json_invalid":
                raise MalformedJson(errors[0]["msg"]) from failure
            violations.extend(violation_of(error) for error in errors)


def _validated(kind: TypeAdapter[Any], body: bytes) -> Any:
    """The value of a body. `3.0` is an integer (JSON Schema, 4.2.3), although the strict reader takes it for none."""
    try:
        return kind.validate_json(body, strict=True)
    except ValidationError as failure:
        if not any(error["type"] == "int_type" and _integral(error["input"]) for error in failure.errors()):
            raise
    return kind.validate_json(orjson.dumps(_with_integers(orjson.loads(body))), strict=True)


def _integral(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer() and abs(value) <= MAX_INTEGER


def _with_integers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_integers(item) for key, item in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [_with_integers(item) for item in value]  # pyright: ignore
    return int(value) if _integral(value) else value


def canonical(body: bytes) -> bytes:
    """A JSON body in a form that does not depend on blanks or the order of keys.

    Raises: MalformedJson.
    """
    if not body:
        return b""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except ValueError as failure:
        raise MalformedJson from failure


async def _solve(dependant: Dependant, request: Request, values: Arguments, violations: list[Violation]) -> None:
    for part in dependant.dependencies:
        call: Callable[..., Any] | None = part.call
        assert call is not None
        before = len(violations)
        inner: Arguments = {}
        await _solve(part, request, inner, violations)
        if len(violations) > before:
            continue
        made = call(**inner)
        if inspect.isawaitable(made):
            made = await made
        if part.name is not None:
            values[part.name] = made
    if dependant.path_params:
        _take(dependant.path_params, request.path_params, values, violations, texts=False)
    if dependant.query_params:
        _take(dependant.query_params, request.query_params, values, violations)
    if dependant.header_params:
        _take(dependant.header_params, request.headers, values, violations)
    if dependant.cookie_params:
        _take(dependant.cookie_params, request.cookies, values, violations)
    if dependant.request_param_name:
        values[dependant.request_param_name] = request


def _take(
    fields: list[ModelField],
    received: Mapping[str, Any],
    values: Arguments,
    violations: list[Violation],
    *,
    texts: bool = True,
) -> None:
    """Read parameters; `texts=False` leaves text as it is (an odd id names nothing, which is 404)."""
    found, errors = request_params_to_args(fields, cast(Any, received))
    for error in errors:
        violations.append(violation_of({**error, "loc": error["loc"][1:]}))
    values.update(found)
    for field in fields:
        value = found.get(field.name)
        if value is None or (isinstance(value, str) and not texts):
            continue
        try:
            _refuse_loose(value, received.get(field.alias))
            refuse_odd(value)
        except PydanticCustomError as odd:
            violations.append(Violation(odd.type, odd.message(), field.alias))


def _refuse_loose(value: Any, raw: Any) -> None:
    """Refuse spellings that only a lenient reader understands: `0` for 1970-01-01, `1_000`, `yes`, ` 5`."""
    if not isinstance(raw, str):
        return
    for kind, (pattern, code, message) in _SPELLINGS.items():
        if isinstance(value, kind):
            if not pattern.match(raw):
                raise PydanticCustomError(code, message)
            return
    if len(raw) > MAX_TEXT:
        raise PydanticCustomError("string_too_long", "Text is too long")


_SPELLINGS: dict[type, tuple[re.Pattern[str], LiteralString, LiteralString]] = {
    bool: (re.compile(r"^(true|false)$"), "bool_parsing", "Input should be true or false"),
    int: (re.compile(r"^-?[0-9]+$"), "int_parsing", "Input should be an integer in decimal digits"),
    date: (re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"), "date_parsing", "Input should be an ISO 8601 date or instant"),
}


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _flat(part)


def _name(dependant: Dependant) -> str:
    return getattr(dependant.call, "__qualname__", "a route")
