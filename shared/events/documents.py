"""The contract as an AsyncAPI 3.0 document for tools, made from the catalogue alone: `docs/asyncapi.yaml`, written by
`python -m shared.events`. The page for people is `page.py`."""

from dataclasses import dataclass
from typing import Any

import yaml
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from shared.events.catalogue import EVENTS, TOPICS
from shared.events.contract import Event
from shared.settings import Settings
from shared.topics import CONFIG

Schema = dict[str, Any]

MODE: JsonSchemaMode = "validation"
BINDING_VERSION = "0.5.0"
KEY = "the stream id (`ce_subject`): one partition and one order for all that happens to a thing."

LOGIN = "A user per agency, `agency-<code>`: it reads `referrals.<code>` in groups `agency-<code>.…`, and nothing else."


@dataclass(frozen=True, slots=True)
class Header:
    """One Kafka header; all of them are UTF-8 text."""

    name: str
    meaning: str
    always: bool = True
    schema: Schema | None = None


_UUID: Schema = {"type": "string", "format": "uuid"}
_NUMBER: Schema = {"type": "string", "pattern": "^[0-9]+$"}

HEADERS = (
    Header("ce_specversion", "CloudEvents 1.0, binary mode.", schema={"const": "1.0"}),
    Header("ce_id", "The event. A repeat has the same one.", schema=_UUID),
    Header("ce_type", "What happened: the name of the event."),
    Header("ce_source", "The service that says it."),
    Header("ce_subject", "The stream, and the key of the record.", schema=_UUID),
    Header("ce_time", "When it was recorded, UTC. When it happened is a field of the event.", schema={"format": "date-time"}),
    Header("content-type", "The value is JSON.", schema={"const": "application/json"}),
    Header("ce_dataversion", "The version of the event's shape.", schema=_NUMBER),
    Header("ce_position", "The place in the order of all that its service knows.", schema=_NUMBER),
    Header("ce_streamversion", "1, 2, … within one source and stream; a stream can be on several topics.", schema=_NUMBER),
    Header("ce_correlationid", "The same for everything that one request led to."),
    Header("ce_actor", "Who did it, as an opaque id; `system:<service>` for a reaction."),
    Header("ce_causationid", "The event that caused this one.", always=False, schema=_UUID),
    Header("traceparent", "W3C trace context, if the request had one.", always=False),
    Header("ce_played", "Its time is not the clock's (development only).", always=False, schema={"const": "true"}),
)


def schemas() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """JSON Schemas by event type, and those that they refer to under `#/components/schemas/`."""
    found, more = models_json_schema([(event, MODE) for event in EVENTS], ref_template="#/components/schemas/{model}")
    definitions: dict[str, Schema] = {name: untitled(schema) for name, schema in more["$defs"].items()}
    refs = {event.TYPE: found[event, MODE]["$ref"].rsplit("/", 1)[-1] for event in EVENTS}
    events = {kind: definitions.pop(name) for kind, name in refs.items()}
    return events, definitions


def untitled(schema: Any) -> Any:
    """Without the titles that pydantic derives from names: they say nothing new."""
    if isinstance(schema, dict):
        return {name: untitled(part) for name, part in schema.items() if not (name == "title" and isinstance(part, str))}
    return [untitled(part) for part in schema] if isinstance(schema, list) else schema


def asyncapi() -> str:
    """The AsyncAPI 3.0 document."""
    events, definitions = schemas()
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Songtor (ส่งต่อ)",
            "version": "1.0.0",
            "description": "What the services of Songtor say: from a need in a village to the agency that helps, and up to the "
            "national total. Personal fields are in sealed blocks; what is in clear names nobody.",
        },
        "defaultContentType": "application/json",
        "servers": {"local": _server()},
        "channels": {topic: _channel(topic) for topic in TOPICS},
        "operations": {f"{topic}.send": _operation(topic) for topic in TOPICS},
        "components": {
            "messages": {event.TYPE: _message(event, events[event.TYPE]) for event in EVENTS},
            "schemas": {"Headers": _headers(), **definitions},
            "securitySchemes": {"scram": {"type": "scramSha512", "description": LOGIN}},
        },
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=130)


def _server() -> Schema:
    return {
        "host": str(Settings.model_fields["kafka"].default),
        "protocol": "kafka",
        "description": "The default address; with TLS (`kafka-secure`) wherever it is not one machine.",
        "security": [{"$ref": "#/components/securitySchemes/scram"}],
    }


def events_on(topic: str) -> list[type[Event]]:
    """The events that may be on a topic."""
    return [event for event in EVENTS if topic in event.topics()]


def owner_of(topic: str) -> str:
    (owner,) = {event.OWNER for event in events_on(topic)}
    return owner


def _channel(topic: str) -> Schema:
    return {
        "address": topic,
        "description": f"Said by {owner_of(topic)}. Kept for ever; in order per key.",
        "messages": {event.TYPE: {"$ref": f"#/components/messages/{event.TYPE}"} for event in events_on(topic)},
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": Settings.model_fields["partitions"].default,
                "replicas": Settings.model_fields["replication"].default,
                "topicConfiguration": {name: int(value) for name, value in CONFIG.items()},
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _operation(topic: str) -> Schema:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": f"The relay of {owner_of(topic)} sends what the service has stored, at least once and in order per key.",
        "messages": [{"$ref": f"#/channels/{topic}/messages/{event.TYPE}"} for event in events_on(topic)],
    }


def _message(event: type[Event], payload: Schema) -> Schema:
    return {
        "name": event.TYPE,
        "summary": sentence(event),
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/Headers"},
                {"properties": {"ce_type": {"const": event.TYPE}, "ce_source": {"const": event.OWNER}}},
            ]
        },
        "payload": payload,
        "bindings": {"kafka": {"key": {**_UUID, "description": KEY}, "bindingVersion": BINDING_VERSION}},
        "x-version": event.VERSION,
    }


def _headers() -> Schema:
    return {
        "type": "object",
        "required": [header.name for header in HEADERS if header.always],
        "properties": {
            header.name: {"type": "string", **(header.schema or {}), "description": header.meaning} for header in HEADERS
        },
    }


def sentence(event: type[Event]) -> str:
    """What the event means: the first paragraph of its docstring."""
    return (event.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")
