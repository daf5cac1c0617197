"""Events as records on Kafka, made by hand: what the relay of another service would have sent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

from aiokafka import AIOKafkaProducer

from shared.cloudevents import Headers, headers_of
from shared.consume.parking import Message
from shared.events.contract import Event
from shared.ids import derived_id
from shared.store import Recorded
from shared.store.groups import Meta

MOMENT = datetime(2021, 5, 20, 3, 0, tzinfo=UTC)


def recorded(
    event: Event,
    *,
    version: int = 1,
    position: int | None = None,
    at: datetime = MOMENT,
    stream: UUID | None = None,
    played: bool = True,
) -> Recorded:
    """The event as it stands in its owner's store, with an id derived from its place: made twice, it is the same event."""
    where = event.stream if stream is None else stream
    meta = Meta(actor="somebody", correlation=str(where), played=played)
    return Recorded(
        position=position if position is not None else version,
        source=event.OWNER,
        stream=where,
        version=version,
        id=derived_id(where, f"{event.OWNER} {version}"),
        type=event.TYPE,
        schema=event.VERSION,
        data=event.to_json().decode(),
        meta_text=meta.to_json(),
        recorded_at=at,
        known_at=at,
        topic=event.topic,
    )


Changed = Mapping[str, bytes | None]
"""Other headers by name, None to take one away; under `value` another value."""
UNCHANGED: Changed = MappingProxyType({})


def message(record: Recorded, *, offset: int = 0, partition: int = 0, changed: Changed = UNCHANGED) -> Message:
    """The record as a consumer sees it, but for what is changed."""
    value = changed.get("value", record.data.encode())
    headers: dict[str, bytes | None] = {**dict(headers_of(record)), **changed}
    headers.pop("value", None)
    kept: Headers = [(name, given) for name, given in headers.items() if given is not None]
    return Message(record.topic, partition, offset, str(record.stream).encode(), value, tuple(kept))


async def send(bootstrap: str, messages: Sequence[Message], *, suffix: str = "") -> None:
    """To the partitions that the messages name, acknowledged in order."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        for one in messages:
            await producer.send_and_wait(
                one.topic + suffix, one.value, key=one.key, partition=one.partition, headers=list(one.headers)
            )
    finally:
        await producer.stop()


def at_offsets(messages: Sequence[Message]) -> list[Message]:
    """The messages one after the other in their partitions, as a broker numbers them."""
    following: dict[tuple[str, int], int] = {}
    numbered = []
    for one in messages:
        place = (one.topic, one.partition)
        numbered.append(replace(one, offset=following.get(place, 0)))
        following[place] = following.get(place, 0) + 1
    return numbered
