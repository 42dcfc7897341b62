"""Parsers of the plain fields of a model, by their published types: a fact that is added to it can be imported at once."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from customer.imports import texts
from customer.imports.texts import Parse

_BY_TYPE: dict[str, Parse] = {
    "integer": texts.whole_number,
    "number": texts.decimal,
    "boolean": texts.yes_or_no,
    "string": texts.text,
}


def parsers_of(model: type[BaseModel], known: Mapping[str, Parse]) -> dict[str, Parse]:
    """A parser for each field of one plain value; those in `known` are taken from there, others are left out."""
    schema = model.model_json_schema()
    found: dict[str, Parse] = {}
    for name, published in schema["properties"].items():
        if name in known:
            found[name] = known[name]
            continue
        parts: list[dict[str, Any]] = [_resolved(part, schema) for part in published.get("anyOf", [published])]
        plain = [part for part in parts if part.get("type") != "null"]
        if len(plain) != 1 or plain[0].get("type") not in _BY_TYPE:
            continue
        parser = _BY_TYPE[plain[0]["type"]]
        if plain[0].get("format") == "date":
            parser = texts.day
        found[name] = parser
    return found


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    return schema["$defs"][reference.rpartition("/")[2]] if reference else part
