"""Bodies of requests: JSON that must fit the published schema exactly.

Numbers are no strings and booleans are no numbers; strings lose surrounding blanks and carry no control characters;
instants carry an offset; nothing is longer or further away than a store and a calendar can take.
"""

import math
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

MAX_TEXT = 4000
"""Longest text of a field that says nothing else."""
MAX_INTEGER = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly (RFC 8259)."""
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200

_FORBIDDEN = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])
for _allowed in "\t\n\r":
    del _FORBIDDEN[ord(_allowed)]
_YEARS = r"^(19|20|21)[0-9]{2}-"
_PATTERN = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"


class Body(BaseModel):
    """A JSON object of a request, or a part of one. Unknown fields are refused."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, str_max_length=MAX_TEXT, allow_inf_nan=False, frozen=True
    )

    def fields(self) -> dict[str, Any]:
        """The fields that the caller sent, nested ones as dictionaries: ready for a command."""
        return self.model_dump(exclude_unset=True)

    @field_validator("*", mode="after")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        refuse_odd(value)
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core_schema)
        resolved = handler.resolve_ref_schema(schema)
        for published in resolved.get("properties", {}).values():
            publish_limits(published)
        return schema


def refuse_odd(value: Any) -> None:
    """Refuse what fits a type and still cannot be stored or reckoned with; looks into lists and dictionaries.

    Raises: PydanticCustomError.
    """
    if isinstance(value, str):
        if len(value) != len(value.translate(_FORBIDDEN)):
            raise PydanticCustomError("control_characters", "Text must not contain control characters")
    elif isinstance(value, bool):
        return
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise PydanticCustomError("integer_too_large", "Integers lie within ±(2^53 - 1)")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise PydanticCustomError("finite_number", "Numbers are finite")
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            raise PydanticCustomError("offset_missing", "Instants carry an offset, such as 2026-03-01T09:00:00+08:00")
        _refuse_far(value)
    elif isinstance(value, date):
        _refuse_far(value)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            refuse_odd(item)
    elif isinstance(value, dict):
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            refuse_odd(key)
            refuse_odd(item)


def _refuse_far(value: date) -> None:
    if not EARLIEST_YEAR <= value.year < LATEST_YEAR:
        raise PydanticCustomError(
            "date_out_of_range",
            "Dates lie between {earliest} and {latest}",
            {"earliest": EARLIEST_YEAR, "latest": LATEST_YEAR},
        )


def publish_limits(schema: dict[str, Any]) -> None:
    """Write into the schema of a field or parameter what `refuse_odd` refuses, so that the document says it all."""
    for part in (schema, *schema.get("anyOf", ()), schema.get("items", {})):
        if part.get("type") == "string" and part.get("format") in ("date", "date-time"):
            part.setdefault("pattern", _YEARS)
        elif part.get("type") == "string" and not {"format", "enum", "const"} & part.keys():
            part.setdefault("maxLength", MAX_TEXT)
            part.setdefault("pattern", _PATTERN)
        elif part.get("type") == "integer":
            if "exclusiveMaximum" not in part:
                part.setdefault("maximum", MAX_INTEGER)
            if "exclusiveMinimum" not in part:
                part.setdefault("minimum", -MAX_INTEGER)
