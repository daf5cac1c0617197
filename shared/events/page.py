"""The contract as a page for people, made from the catalogue alone: `docs/events.md`, written by `python -m shared.events`."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from shared.events import codes
from shared.events.catalogue import EVENTS, TOPICS
from shared.events.contract import CONTAINS, Event
from shared.events.documents import HEADERS, KEY, MODE, Schema, events_on, owner_of, schemas, sentence, untitled


def events_markdown() -> str:
    """The page for people."""
    return "\n".join([*_front(), *_topics_table(), *_headers_table(), *_parts(), *_events(), *_shapes(), *_code_words()])


def _front() -> Iterator[str]:
    yield "# Events"
    yield ""
    yield "Made from `shared/events/` by `python -m shared.events`; do not edit. For tools: [asyncapi.yaml](asyncapi.yaml)."
    yield ""
    yield "Every event carries the whole public state of its thing after it happened: of one source and stream the newest"
    yield "version says all. Fields in *sealed* blocks are personal and encrypted under the key of that person; nothing else"
    yield "in an event, a key or a header is. Readers pass over fields that they do not know."
    yield ""


def _topics_table() -> Iterator[str]:
    yield "## Topics"
    yield ""
    yield f"Key: {KEY}"
    yield "Kept for ever; the same number of partitions everywhere (`partitions` in [settings.md](settings.md))."
    yield ""
    yield "| topic | said by | events |"
    yield "|---|---|---|"
    for topic in TOPICS:
        yield f"| `{topic}` | {owner_of(topic)} | {', '.join(_link(event) for event in events_on(topic))} |"
    yield ""


def _link(event: type[Event]) -> str:
    return f"[{_name(event)}](#{_name(event).lower()})"


def _name(event: type[Event]) -> str:
    return event.TYPE if "TYPE" in event.__dict__ else event.__name__.removeprefix("_")


def _headers_table() -> Iterator[str]:
    yield "## Headers"
    yield ""
    yield "| header | always | meaning |"
    yield "|---|---|---|"
    for header in HEADERS:
        yield f"| `{header.name}` | {'yes' if header.always else ''} | {header.meaning} |"
    yield ""


def _parts() -> Iterator[str]:
    yield "## What events have in common"
    yield ""
    for part in shared_parts():
        yield from _section(part)


def _events() -> Iterator[str]:
    yield "## The events"
    yield ""
    for event in EVENTS:
        yield from _section(event)


def _section(event: type[Event]) -> Iterator[str]:
    yield f"### {_name(event)}"
    yield ""
    yield sentence(event)
    yield ""
    if "TYPE" in event.__dict__:
        yield f"Version {event.VERSION}, on {', '.join(f'`{topic}`' for topic in event.topics())}."
        yield ""
    above = [part for part in event.__mro__[1:] if issubclass(part, Event) and part is not Event]
    if above:
        yield f"All of {_link(above[0])}{', and:' if own_fields(event) else '.'}"
        yield ""
    if own_fields(event):
        yield from _fields_table(untitled(event.model_json_schema(mode=MODE)), own_fields(event))


def _fields_table(schema: Schema, fields: Iterable[str]) -> Iterator[str]:
    yield "| field | is | absent | meaning |"
    yield "|---|---|---|---|"
    for name in fields:
        shape = schema["properties"][name]
        absent = "" if name in schema.get("required", ()) else f"`{_default(shape)}`"
        yield f"| `{name}` | {_shape(shape)} | {absent} | {shape.get('description', '')} |"
    yield ""


def _default(shape: Schema) -> str:
    return TypeAdapter(Any).dump_json(shape.get("default")).decode()


def _shape(shape: Schema) -> str:
    """What a field holds, in words."""
    if "anyOf" in shape:
        return " or ".join(_shape(part) for part in shape["anyOf"])
    if CONTAINS in shape:
        return f"sealed ({', '.join(shape[CONTAINS])})"
    if "$ref" in shape:
        return str(shape["$ref"]).rsplit("/", 1)[-1]
    if "enum" in shape:
        return " or ".join(f"`{value}`" for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {_shape(shape['items'])}"
    return {"uuid": "UUID", "date": "day", "date-time": "instant"}.get(shape.get("format", ""), str(shape["type"]))


def _shapes() -> Iterator[str]:
    yield "## Shapes inside events"
    yield ""
    _, definitions = schemas()
    for name, schema in definitions.items():
        if "properties" in schema:
            yield f"### {name}"
            yield ""
            yield schema.get("description", "")
            yield ""
            yield from _fields_table(schema, schema["properties"])


def _code_words() -> Iterator[str]:
    yield "## Code words"
    yield ""
    yield "| name | values |"
    yield "|---|---|"
    for code in vars(codes).values():
        if isinstance(code, type) and issubclass(code, StrEnum) and code is not StrEnum:
            yield f"| {code.__name__} | {', '.join(f'`{member.value}`' for member in code)} |"
    yield ""


def shared_parts() -> tuple[type[Event], ...]:
    """What several events have in common (`CaseFacts`, …), in the order in which the catalogue needs them."""
    parts: dict[type[Event], None] = {}
    for event in EVENTS:
        for part in reversed(event.__mro__):
            if issubclass(part, Event) and part is not Event and "TYPE" not in part.__dict__:
                parts[part] = None
    return tuple(parts)


def own_fields(event: type[Event]) -> list[str]:
    """The fields that the class itself adds."""
    return [name for name in event.model_fields if name in event.__annotations__]
