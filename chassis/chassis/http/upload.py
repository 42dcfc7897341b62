"""Uploads: a multipart/form-data body (RFC 7578) of one file and some fields, passed on to the store while it arrives.

The file is never held as a whole; the fields are small. What is wrong with the fields is found together with what is
wrong with the rest of the request.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import orjson
from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from chassis.files import Files, StoredFile
from chassis.http.problems import MULTIPART, UnsupportedMediaType, violation_of
from chassis.refusals import BadRequest, Violation

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

SLACK_BYTES = 64 * 1024
"""What a body may be larger than its file: the fields, the headers of the parts, the boundaries."""
MAX_FILE_NAME = 200
_MAX_BOUNDARY = 70
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class MalformedMultipart(BadRequest):
    """The body is no multipart/form-data, or not a whole one."""

    code = "malformed_multipart"
    title = "The body is no complete multipart/form-data"


@dataclass(frozen=True)
class Upload:
    """What a route takes: one file of at most `max_bytes`, and the fields of `fields` as further parts.

    Fields of text come as they are, others as JSON. `media_types` is what the file's own bytes may show it to be; all
    when None. The whole body may take `within_s` seconds.
    """

    max_bytes: int
    media_types: frozenset[str] | None = None
    fields: type[BaseModel] | None = None
    file: str = "file"
    within_s: float = 120.0

    @property
    def max_body_bytes(self) -> int:
        """The largest body that is read."""
        return self.max_bytes + SLACK_BYTES

    def request_body(self) -> dict[str, Any]:
        """The body as the OpenAPI document shows it."""
        schema: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        if self.fields is not None:
            schema = _inlined(self.fields.model_json_schema())
        schema.pop("title", None)
        schema["properties"][self.file] = {"type": "string", "contentMediaType": "application/octet-stream"}
        schema["required"] = [self.file, *schema.get("required", ())]
        schema["additionalProperties"] = False
        return {"required": True, "content": {MULTIPART: {"schema": schema}}}


@dataclass
class Received:
    """What came of an upload: the stored file, the fields, and everything that is wrong."""

    file: StoredFile | None = None
    texts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    fields: Any = None
    violations: list[Violation] = field(default_factory=list[Violation])

    def digestible(self) -> bytes:
        """JSON that is equal for two uploads of the same content, however the parts were separated."""
        file = self.file and [self.file.name, self.file.size, self.file.sha256]
        texts = {name: text.decode("utf-8", "backslashreplace") for name, text in self.texts.items()}
        return orjson.dumps({"file": file, "fields": texts})


async def receive(request: Request, upload: Upload, files: Files) -> Received:
    """Take in an upload; the file is stored and belongs to nobody yet.

    Raises: UnsupportedMediaType, MalformedMultipart; FileTooLarge, FileTypeNotTaken after the rest of the body was read.
    """
    received = Received()
    seen: Counter[str] = Counter()
    parts = _Parts(_boundary(request))
    events = parts.events(request.stream())
    taken = {upload.file, *(upload.fields.model_fields if upload.fields else ())}
    try:
        async for header in events:
            name, file_name = _names(header)
            seen[name] += 1
            if name not in taken:
                received.violations.append(Violation("unknown_field", "No such part is taken", name[:100] or None))
            elif seen[name] > 1:
                received.violations.append(Violation("repeated_field", "This part comes more than once", name))
            elif name == upload.file:
                content = parts.content()
                received.file = await files.put(
                    file_name, content, max_bytes=upload.max_bytes, media_types=upload.media_types
                )
                continue
            else:
                await _take_text(parts.content(), name, received)
                continue
            async for _ in parts.content():
                pass
    except BaseException:
        await _read_to_the_end(events)
        if received.file is not None:
            await files.discard(received.file.id)
        raise
    if not seen[upload.file]:
        received.violations.append(Violation("required", "A file is required", upload.file))
    if upload.fields is not None:
        _read_fields(upload.fields, received)
    return received


async def _take_text(content: AsyncIterator[bytes], name: str, received: Received) -> None:
    text = bytearray()
    async for piece in content:
        if len(text) <= SLACK_BYTES:
            text += piece
    if len(text) > SLACK_BYTES:
        received.violations.append(Violation("field_too_large", f"At most {SLACK_BYTES} bytes", name))
        return
    received.texts[name] = bytes(text)


async def _read_to_the_end(events: AsyncIterator[bytes]) -> None:
    """Read what is left of a refused body, so that the sender gets to see the answer; it has its limit already."""
    try:
        async for _ in events:
            pass
    except Exception:
        return


def _read_fields(model: type[BaseModel], received: Received) -> None:
    """Put the texts together to one JSON object and validate it as any other body."""
    refused = {violation.field for violation in received.violations}
    content: dict[str, Any] = {}
    for name, text in received.texts.items():
        try:
            plain = text.decode("utf-8")
            content[name] = plain if _is_text(model, name) else orjson.loads(text)
        except ValueError:
            received.violations.append(Violation("malformed_json", "The part is no JSON", name))
            refused.add(name)
    try:
        received.fields = TypeAdapter(cast(Any, model)).validate_json(orjson.dumps(content), strict=True)
    except ValidationError as failure:
        found = [violation_of(error) for error in failure.errors(include_url=False, include_input=False)]
        received.violations += [one for one in found if one.field not in refused]


def _is_text(model: type[BaseModel], name: str) -> bool:
    schema = model.model_json_schema()["properties"][name]
    kinds = {part.get("type") for part in (schema, *schema.get("anyOf", ()))} - {None, "null"}
    return kinds == {"string"} or (not kinds and "$ref" not in schema and "enum" in schema)


def _boundary(request: Request) -> bytes:
    kind, parameters = parse_options_header(request.headers.get("content-type", ""))
    if kind.decode("latin-1").lower() != MULTIPART:
        raise UnsupportedMediaType(f"send {MULTIPART}")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType("send the body without a content encoding")
    boundary = parameters.get(b"boundary", b"")
    if not 1 <= len(boundary) <= _MAX_BOUNDARY:
        raise MalformedMultipart("the content type names no boundary")
    return boundary


def _names(header: bytes) -> tuple[str, str]:
    """Name of the part and of its file, without a path and without control characters."""
    kind, parameters = parse_options_header(header)
    if kind != b"form-data" or b"name" not in parameters:
        raise MalformedMultipart("a part has no name")
    name = parameters[b"name"].decode("utf-8", "replace")
    file_name = parameters.get(b"filename", b"file").decode("utf-8", "replace")
    file_name = _CONTROLS.sub("", re.split(r"[/\\]", file_name)[-1]).strip()[-MAX_FILE_NAME:]
    return name, file_name or "file"


class _Parts:
    """Drives the parser and hands out the parts in order: for each its Content-Disposition, then its content."""

    def __init__(self, boundary: bytes) -> None:
        self._queue: list[tuple[str, bytes]] = []
        self._name = self._value = b""
        self._disposition = b""
        self._ended = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": lambda: self._queue.append(("part", self._disposition)),
            "on_part_data": lambda data, start, end: self._queue.append(("data", data[start:end])),
            "on_part_end": lambda: self._queue.append(("end", b"")),
            "on_end": self._finish,
        }
        self._parser = MultipartParser(boundary, callbacks)
        self._pieces: AsyncIterator[tuple[str, bytes]] | None = None

    async def events(self, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The Content-Disposition of each part; `content` must be read to its end before the next one.

        Raises: MalformedMultipart.
        """
        self._pieces = self._read(stream)
        async for kind, value in self._pieces:
            if kind == "part":
                yield value

    async def content(self) -> AsyncIterator[bytes]:
        """The content of the part at hand."""
        assert self._pieces is not None
        async for kind, value in self._pieces:
            if kind == "end":
                return
            yield value

    async def _read(self, stream: AsyncIterator[bytes]) -> AsyncIterator[tuple[str, bytes]]:
        async for chunk in stream:
            try:
                self._parser.write(chunk)
            except FormParserError as failure:
                raise MalformedMultipart(str(failure)) from failure
            queue, self._queue = self._queue, []
            for event in queue:
                yield event
        if not self._ended:
            raise MalformedMultipart("the body ends before its last boundary")

    def _begin(self) -> None:
        self._disposition = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def _finish(self) -> None:
        self._ended = True


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema without references, for a place that has no definitions."""
    definitions = schema.pop("$defs", {})

    def resolve(part: Any) -> Any:
        if isinstance(part, list):
            return [resolve(item) for item in cast("Iterable[Any]", part)]
        if not isinstance(part, dict):
            return part
        node = cast("dict[str, Any]", part)
        if "$ref" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return resolve({**definitions[node["$ref"].rpartition("/")[2]], **rest})
        return {key: resolve(value) for key, value in node.items()}

    return resolve(schema)
