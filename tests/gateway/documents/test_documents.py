"""What is published about the interfaces."""

import re
from typing import Any

import pytest
from contracts.events import REGISTRY
from contracts.topics import TOPICS
from gateway.documents.asyncapi import asyncapi
from gateway.documents.openapi import merge
from gateway.documents.pages import events_page, landing
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

PUBLISHED = {kind: model for kind, model in REGISTRY.items() if model.__module__.startswith("contracts.")}
"""Other tests declare events of their own."""

OWN: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Terrain gateway", "version": "1", "description": "The door."},
    "paths": {"/api/v1/auth/token": {"post": {"x-permission": "public"}}},
    "components": {"schemas": {"Problem": {"type": "object"}, "Page": {"title": "own"}}},
}


def a_service(noun: str, page: dict[str, Any]) -> dict[str, Any]:
    return {
        "paths": {
            f"/api/v1/{noun}": {
                "get": {"x-permission": f"{noun}.read", "schema": {"$ref": "#/components/schemas/Page"}}
            },
            "/internal/secret": {"get": {}},
        },
        "components": {"schemas": {"Problem": {"type": "object"}, "Page": page}},
    }


def references(value: Any) -> set[str]:
    """Every `$ref` in a document."""
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set[str]()
        return found.union(*(references(item) for item in value.values()))
    if isinstance(value, list):
        return set[str]().union(*(references(item) for item in value))
    return set()


def resolves(document: Any, reference: str) -> bool:
    """True when a local reference leads somewhere."""
    for part in reference.removeprefix("#/").split("/"):
        if part not in document:
            return False
        document = document[part]
    return True


def test_the_merged_document_has_the_paths_of_all_and_nothing_from_behind_the_door():
    merged = merge(OWN, {"customer": a_service("accounts", {}), "visits": a_service("visits", {}), "promotion": None})
    assert set(merged["paths"]) == {"/api/v1/accounts", "/api/v1/auth/token", "/api/v1/visits"}
    assert merged["paths"]["/api/v1/auth/token"]["post"]["security"] == []
    assert merged["paths"]["/api/v1/visits"]["get"]["security"] == [{"access": []}]


def test_schemas_of_one_name_and_different_content_are_told_apart():
    merged = merge(OWN, {"customer": a_service("accounts", {"title": "own"}), "visits": a_service("visits", {"a": 1})})
    assert set(merged["components"]["schemas"]) == {"Problem", "Page", "VisitsPage"}
    assert references(merged["paths"]["/api/v1/accounts"]) == {"#/components/schemas/Page"}
    assert references(merged["paths"]["/api/v1/visits"]) == {"#/components/schemas/VisitsPage"}


def test_a_service_that_does_not_answer_is_named():
    merged = merge(OWN, {"customer": None, "visits": a_service("visits", {})})
    assert merged["x-missing-services"] == ["customer"]
    assert "customer" in merged["info"]["description"]
    assert "x-missing-services" not in merge(OWN, {"visits": a_service("visits", {})})


def test_merging_leaves_its_sources_as_they_were():
    import copy

    before = copy.deepcopy(OWN)
    merge(OWN, {"visits": a_service("visits", {"a": 1})})
    assert before == OWN


def test_every_topic_and_event_is_in_the_asyncapi_document():
    document = asyncapi()
    assert set(document["channels"]) == {topic.name for topic in TOPICS}
    assert set(document["components"]["messages"]) == set(PUBLISHED)
    for kind, model in PUBLISHED.items():
        assert kind in document["channels"][model.TOPIC]["messages"]


def test_every_reference_of_the_asyncapi_document_leads_somewhere():
    document = asyncapi()
    found = references(document)
    assert found
    assert [reference for reference in found if not resolves(document, reference)] == []


@pytest.mark.parametrize("kind", sorted(PUBLISHED))
def test_every_event_has_an_example_that_fits_its_schema_and_the_headers(kind: str):
    document = asyncapi()
    message = document["components"]["messages"][kind]
    (example,) = message["examples"]
    whole = {**message["payload"], "components": document["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(example["payload"])
    headers = document["components"]["messageTraits"]["cloudEvent"]["headers"]
    Draft202012Validator(headers, format_checker=FormatChecker()).validate(example["headers"])
    assert example["headers"]["ce_type"] == kind
    assert set(headers["properties"]) >= set(example["headers"])


def test_the_check_of_examples_can_fail():
    document = asyncapi()
    message = document["components"]["messages"]["customer.contact-moved.v1"]
    whole = {**message["payload"], "components": document["components"]}
    broken = message["examples"][0]["payload"] | {"to_account_id": "con_1"}
    with pytest.raises(ValidationError, match="con_1"):
        Draft202012Validator(whole).validate(broken)


@pytest.mark.parametrize("page", [landing(), events_page(asyncapi())])
def test_pages_load_nothing_from_elsewhere(page: str):
    assert not re.search(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", page)
    assert "<script" not in page
    assert "@import" not in page
    assert "url(" not in page


def test_the_events_page_shows_every_event_and_escapes_text():
    page = events_page(asyncapi())
    assert all(f"<code>{kind}</code>" in page for kind in PUBLISHED)
    document = {**asyncapi(), "info": {"title": "<script>", "description": "<b>"}}
    assert "<script>" not in events_page(document)


def test_links_within_the_events_page_lead_somewhere():
    page = events_page(asyncapi())
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert {link for link in re.findall(r'href="#([^"]+)"', page)} <= targets
