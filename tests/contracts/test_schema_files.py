import json
from typing import Any

import pytest
from contracts.events import REGISTRY
from contracts.events.customer import ContactMoved
from contracts.schema_files import RELEASED, incompatibilities, problems, schema_of


def test_the_committed_files_are_what_the_models_say_and_break_no_consumer():
    assert problems() == []


def released() -> dict[str, Any]:
    return json.loads((RELEASED / "customer.contact-moved.v1.json").read_text(encoding="utf-8"))


def test_an_added_field_is_compatible():
    new = schema_of(ContactMoved)
    new["properties"]["added"] = {"type": "string"}
    assert incompatibilities(released(), new) == []


def remove_field(schema: dict[str, Any]) -> None:
    del schema["properties"]["on"]


def change_type(schema: dict[str, Any]) -> None:
    schema["properties"]["on"] = {"type": "integer"}


def remove_nested_field(schema: dict[str, Any]) -> None:
    del schema["$defs"]["AffiliationState"]["properties"]["account_id"]


def make_optional(schema: dict[str, Any]) -> None:
    schema["required"].remove("to_account_id")


def make_nullable(schema: dict[str, Any]) -> None:
    schema["properties"]["on"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


@pytest.mark.parametrize("breakage", [remove_field, change_type, remove_nested_field, make_optional, make_nullable])
def test_a_change_that_breaks_consumers_is_told(breakage: Any):
    new = schema_of(ContactMoved)
    breakage(new)
    assert len(incompatibilities(released(), new)) == 1


def test_a_new_value_of_a_closed_vocabulary_is_told():
    old = {"properties": {"x": {"enum": ["a"], "type": "string"}}, "type": "object"}
    new = {"properties": {"x": {"enum": ["a", "b"], "type": "string"}}, "type": "object"}
    assert incompatibilities(old, new) == ["x: new values ['b'] that consumers do not know"]


@pytest.mark.parametrize("kind", sorted(k for k in REGISTRY if not k.startswith("test.")))
def test_types_name_their_service_and_version(kind: str):
    service, rest = kind.split(".", 1)
    assert REGISTRY[kind].TOPIC.startswith(service + ".")
    assert rest.rsplit(".", 1)[1].startswith("v")
