"""JSON Schema files of all events: generated from the models, committed, and only ever added to within a version.

`python -m contracts.schema_files` writes them; `--check` says what is out of date or incompatible and exits with 1.
The files of the last release lie in `released/`; what a consumer wrote against them must go on working.
"""

import json
import sys
from pathlib import Path
from typing import Any, cast

from contracts.events import REGISTRY, Event

FOLDER = Path(__file__).parent / "schemas"
RELEASED = FOLDER / "released"

Schema = dict[str, Any]


def schema_of(event: type[Event]) -> Schema:
    """The JSON Schema (2020-12) of an event's value, as it is serialised."""
    schema = event.model_json_schema(mode="serialization", by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:terrain:event:{event.TYPE}",
        "x-topic": event.TOPIC,
        **schema,
    }


def written(event: type[Event]) -> str:
    """The text of the event's file."""
    return json.dumps(schema_of(event), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """What a consumer of the old schema would trip over in the new one; empty when there are only additions."""
    return _compare(old, new, old, new, "", set())


def _compare(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str, seen: set[str]) -> list[str]:
    reference = str(old.get("$ref", ""))
    if reference:
        if f"{path}|{reference}" in seen or path.count(".") > 20:
            return []
        seen.add(f"{path}|{reference}")
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    found: list[str] = []
    old_options = cast(list[Schema], old.get("anyOf", []))
    new_options = cast(list[Schema], new.get("anyOf", []))
    if bool(old_options) != bool(new_options):
        return [f"{path or 'value'}: was {'a choice' if old_options else 'one type'}, is not any more"]
    if old_options:
        kept = [_resolve(option, old_root).get("type") for option in old_options]
        for option in new_options:
            kind = _resolve(option, new_root).get("type")
            if kind not in kept:
                found.append(f"{path or 'value'}: may now be {kind}")
                continue
            twin = old_options[kept.index(kind)]
            found += _compare(twin, option, old_root, new_root, path, seen)
        return found
    if old.get("type") != new.get("type"):
        return [f"{path or 'value'}: type {old.get('type')} became {new.get('type')}"]
    if "enum" in old or "enum" in new:
        added = [value for value in new.get("enum", []) if value not in old.get("enum", [])]
        if "enum" in old and added:
            found.append(f"{path or 'value'}: new values {added} that consumers do not know")
    properties = cast(dict[str, Schema], old.get("properties", {}))
    for name, schema in properties.items():
        here = f"{path}.{name}" if path else name
        if name not in new.get("properties", {}):
            found.append(f"{here}: removed")
            continue
        if name in old.get("required", []) and name not in new.get("required", []):
            found.append(f"{here}: no longer always there")
        found += _compare(schema, new["properties"][name], old_root, new_root, here, seen)
    if "items" in old and "items" in new:
        found += _compare(old["items"], new["items"], old_root, new_root, f"{path}[]", seen)
    return found


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        schema = cast(Schema, target)
    return schema


def problems() -> list[str]:
    """Everything that is wrong with the committed files: missing, out of date, left over, incompatible."""
    found: list[str] = []
    wanted = {f"{kind}.json": event for kind, event in REGISTRY.items() if not kind.startswith("test.")}
    for name, event in sorted(wanted.items()):
        file = FOLDER / name
        if not file.exists():
            found.append(f"{name}: not generated")
        elif file.read_text(encoding="utf-8") != written(event):
            found.append(f"{name}: out of date")
    found += [f"{file.name}: no such event" for file in sorted(FOLDER.glob("*.json")) if file.name not in wanted]
    for file in sorted(RELEASED.glob("*.json")):
        event = wanted.get(file.name)
        if event is None:
            found.append(f"{file.name}: was released and is gone")
            continue
        released = cast(Schema, json.loads(file.read_text(encoding="utf-8")))
        found += [f"{file.name}: {problem}" for problem in incompatibilities(released, schema_of(event))]
    return found


def write() -> None:
    """Write all files and remove what no event stands for."""
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.json"):
        file.unlink()
    for kind, event in REGISTRY.items():
        (FOLDER / f"{kind}.json").write_text(written(event), encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    wrong = problems()
    print("\n".join(wrong) or "The schema files fit the contracts.")
    sys.exit(1 if wrong else 0)
