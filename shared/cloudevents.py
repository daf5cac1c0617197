"""Events on Kafka: CloudEvents 1.0 in binary mode (attributes in `ce_*` headers, the stored JSON as value). Only the mapping."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from shared.errors import PoisonError
from shared.events.catalogue import known
from shared.store.groups import Heard
from shared.store.records import Recorded

Headers = list[tuple[str, bytes]]

_SPECVERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/json")
_PLAYED = ("ce_played", b"true")


def headers_of(record: Recorded) -> Headers:
    """The headers of an own event; nothing personal is in them. `ce_time` is when it was recorded."""
    meta = record.meta
    headers = [
        _SPECVERSION,
        ("ce_id", str(record.id).encode()),
        ("ce_type", record.type.encode()),
        ("ce_source", record.source.encode()),
        ("ce_subject", str(record.stream).encode()),
        ("ce_time", _instant(record.recorded_at)),
        _CONTENT_TYPE,
        ("ce_dataversion", b"%d" % record.schema),
        ("ce_position", b"%d" % record.position),
        ("ce_streamversion", b"%d" % record.version),
        ("ce_correlationid", meta["correlation"].encode()),
        ("ce_actor", meta["actor"].encode()),
    ]
    for header, name in (("ce_causationid", "causation"), ("traceparent", "traceparent")):
        if name in meta:
            headers.append((header, meta[name].encode()))
    if meta.get("played"):
        headers.append(_PLAYED)
    return headers


def _instant(at: datetime) -> bytes:
    """RFC 3339 in UTC, always with six digits after the point."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z").encode()


def heard_from(
    *, topic: str, partition: int, offset: int, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
) -> Heard:
    """The event in a record. Raises PoisonError with a reason code; what the event says is not looked at here."""
    given = _texts(headers)
    try:
        if given["ce_specversion"] != "1.0":
            raise PoisonError("not_cloudevents_1")
        schema = int(given.get("ce_dataversion", "1"))
        stream = UUID(given["ce_subject"])
        recorded_at = datetime.fromisoformat(given["ce_time"])
        found = Heard(
            source=given["ce_source"],
            stream=stream,
            version=int(given["ce_streamversion"]),
            id=UUID(given["ce_id"]),
            type=given["ce_type"],
            schema=schema,
            data=_text(value),
            meta=_meta(given),
            recorded_at=recorded_at,
            played=given.get("ce_played") == "true",
            topic=topic,
            partition=partition,
            offset=offset,
        )
    except (KeyError, ValueError) as error:
        raise PoisonError("bad_headers") from error
    if recorded_at.tzinfo is None or found.version < 1 or key != str(stream).encode():
        raise PoisonError("bad_headers")
    event = known(found.type, found.schema)
    if found.source != event.OWNER or topic not in event.topics():
        raise PoisonError("wrong_owner_or_topic")
    return found


def _texts(headers: Sequence[tuple[str, bytes]]) -> Mapping[str, str]:
    try:
        return {name: value.decode() for name, value in headers}
    except (UnicodeDecodeError, AttributeError) as error:
        raise PoisonError("bad_headers") from error


def _text(value: bytes | None) -> str:
    if value is None:
        raise PoisonError("no_value")
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise PoisonError("not_utf8") from error
    if "\x00" in text:
        raise PoisonError("not_json")
    return text


def _meta(given: Mapping[str, str]) -> str:
    found: dict[str, Any] = {"actor": given["ce_actor"], "correlation": given["ce_correlationid"]}
    for header, name in (("ce_causationid", "causation"), ("traceparent", "traceparent"), ("ce_position", "position")):
        if header in given:
            found[name] = given[header]
    if given.get("ce_played") == "true":
        found["played"] = True
    return orjson.dumps(found).decode()
