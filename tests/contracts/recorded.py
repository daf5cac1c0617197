"""Events as they would stand in a store, for what is made of a row."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from shared.events.contract import Event
from shared.store.records import Recorded

FULL_META = {
    "actor": "0f5f0c2e-7a52-4a52-8d0a-111111111111",
    "correlation": "5b7e4a86-9f0c-4a3c-8a60-222222222222",
    "causation": "6c8f5b97-0a1d-4b4d-8b71-333333333333",
    "played": True,
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
}


def recorded(event: Event, *, meta: dict[str, Any] | None = None, position: int = 1, version: int = 1) -> Recorded:
    """A row of the owner's own store."""
    at = datetime(2021, 5, 10, 3, 0, tzinfo=UTC)
    return Recorded(
        position=position,
        source=event.OWNER,
        stream=event.stream,
        version=version,
        id=UUID("019a9f10-8c00-7000-8000-0000000000ff"),
        type=event.TYPE,
        schema=event.VERSION,
        data=event.to_json().decode(),
        meta_text=orjson.dumps(FULL_META if meta is None else meta).decode(),
        recorded_at=at,
        known_at=at,
        topic=event.topic,
    )
