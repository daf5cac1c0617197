"""Events as they stand in a service's store, and all that it knows of one stream."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from shared.events.catalogue import current, decode
from shared.events.contract import Event

COLUMNS = (
    "position, source, stream_id, version, id, type, schema_version, data::text, meta::text, recorded_at, known_at, topic,"
    ' partition, "offset"'
)


class Recorded(NamedTuple):
    """One row of `events`. `partition` and `offset` are of heard events only. A tuple: millions are made in a rebuild."""

    position: int
    source: str
    stream: UUID
    version: int
    id: UUID
    type: str
    schema: int
    data: str
    meta_text: str
    recorded_at: datetime
    known_at: datetime
    topic: str
    partition: int | None = None
    offset: int | None = None

    @property
    def event(self) -> Event:
        """The event in the shape of today. Raises PoisonError when the catalogue has lost it."""
        return decode(self.type, self.schema, self.data)

    @property
    def fields(self) -> dict[str, Any]:
        """The event as a plain object in the shape of today, unvalidated: for projections."""
        return current(self.type, self.schema, self.data)

    @property
    def meta(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.meta_text)
        return found


@dataclass(frozen=True, slots=True)
class Stream:
    """All that a service knows of one stream, oldest first."""

    id: UUID
    own: str
    records: tuple[Recorded, ...]

    @property
    def known(self) -> int:
        """How many events are known: what an append expects to be still true."""
        return len(self.records)

    @property
    def version(self) -> int:
        """Version of the service's own last event in it; 0 when there is none."""
        return max((record.version for record in self.records if record.source == self.own), default=0)

    @property
    def last_recorded_at(self) -> datetime | None:
        """When the service's own last event was recorded: within a stream that never goes back."""
        return max((record.recorded_at for record in self.records if record.source == self.own), default=None)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(record.event for record in self.records)

    def __bool__(self) -> bool:
        return bool(self.records)


def streams_of(own: str, wanted: Iterable[UUID], records: Iterable[Recorded]) -> dict[UUID, Stream]:
    """The records of several streams, told apart."""
    found: dict[UUID, list[Recorded]] = {stream: [] for stream in wanted}
    for record in records:
        found[record.stream].append(record)
    return {stream: Stream(stream, own, tuple(rows)) for stream, rows in found.items()}
