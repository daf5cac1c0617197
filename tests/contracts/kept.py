"""What is kept of every event version ever written: a golden sample and its JSON Schema, as files beside this one. They are
written by `python -m tests.contracts` and never by hand."""

import json
from pathlib import Path
from typing import Any

from shared.events.catalogue import EVENTS
from shared.events.contract import Event
from shared.events.documents import MODE, untitled

HERE = Path(__file__).parent
SAMPLES = HERE / "samples"
SCHEMAS = HERE / "schemas"

EVER: tuple[tuple[type[Event], int], ...] = tuple((event, version) for event in EVENTS for version in range(1, event.VERSION + 1))
"""Every version of every event type: all of them must be readable for ever."""


def file_of(event: type[Event], version: int) -> str:
    return f"{event.TYPE}.v{version}.json"


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The shape of today. Without wording, which may be bettered at any time."""
    schema: dict[str, Any] = _unworded(untitled(event.model_json_schema(mode=MODE)))
    return schema


def _unworded(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: _unworded(part) for name, part in schema.items() if not (name == "description" and isinstance(part, str))}
    return [_unworded(part) for part in schema] if isinstance(schema, list) else schema


def kept_schema(event: type[Event], version: int) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / file_of(event, version)).read_text(encoding="utf-8"))
    return schema


def kept_sample(event: type[Event], version: int) -> bytes:
    return (SAMPLES / file_of(event, version)).read_bytes()


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
