"""The AsyncAPI 3.0 document of all topics, made from the contracts: what is sent, keyed how, with which headers."""

from functools import cache
from typing import Any

from contracts.envelope import Envelope
from contracts.events import REGISTRY
from contracts.examples import envelope_of, example_of
from contracts.topics import TOPICS

_DESCRIPTION = """Topics of Terrain. Every message is a CloudEvents 1.0 event in Kafka's binary mode: attributes in headers
`ce_*`, the value is JSON. The key is the aggregate's id, so the events of one aggregate keep their order; `ce_sequence`
counts them from 1 without gaps: apply n after n - 1, drop what you have applied already. Topics are kept for ever and
never compacted. No message carries personal data. Unknown fields must be ignored: within a version only additions happen."""

_HEADERS: dict[str, Any] = {
    "type": "object",
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_subject",
        "ce_time",
        "ce_sequence",
        "content-type",
    ],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Id of the event"},
        "ce_source": {"type": "string", "description": "The service that says it"},
        "ce_type": {"type": "string", "description": "What happened, with the version of its schema"},
        "ce_subject": {"type": "string", "description": "Id of the aggregate; also the record's key"},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, by the business clock"},
        "ce_recordedat": {
            "type": "string",
            "format": "date-time",
            "description": "When the service came to know it: what known_at of the interface compares",
        },
        "ce_sequence": {
            "type": "string",
            "pattern": "^[0-9]{20}$",
            "description": "Counts the aggregate's events from 1, without gaps, zero-padded",
        },
        "ce_unitpath": {"type": "string", "description": "Who may see it: paths of units, comma-separated"},
        "ce_line": {"type": "string", "description": "For which product lines, comma-separated; * = any"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "content-type": {"const": "application/json"},
    },
}


@cache
def asyncapi() -> dict[str, Any]:
    """The document. Every channel's address is a topic's name (an installation may put its own prefix before it)."""
    schemas: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for topic in TOPICS:
        for kind in topic.events:
            messages[kind] = _message(kind, schemas)
        channels[topic.name] = {
            "address": topic.name,
            "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in topic.events},
            "bindings": {
                "kafka": {"partitions": topic.partitions, "topicConfiguration": {"cleanup.policy": ["delete"]}}
            },
        }
        operations[f"receive-{topic.name}"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{topic.name}"},
            "messages": [{"$ref": f"#/channels/{topic.name}/messages/{kind}"} for kind in topic.events],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Terrain events", "version": "1", "description": _DESCRIPTION.replace("\n", " ")},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": dict(sorted(schemas.items())),
            "messageTraits": {"cloudEvent": {"headers": _HEADERS, "contentType": "application/json"}},
        },
    }


def _message(kind: str, schemas: dict[str, Any]) -> dict[str, Any]:
    model = REGISTRY[kind]
    schema = model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return {
        "name": kind,
        "title": model.__name__,
        "summary": (model.__doc__ or "").strip().partition("\n")[0],
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": "Id of the aggregate"}}},
        "examples": [
            {
                "name": model.__name__,
                "headers": _headers(envelope_of(model)),
                "payload": example_of(model).model_dump(mode="json", by_alias=True),
            }
        ],
    }


def _headers(envelope: Envelope) -> dict[str, str]:
    return {name: value.decode() for name, value in envelope.headers()}
