"""What a caller wants stored, all of it or nothing, and what became of it."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple
from uuid import UUID

import orjson

from shared.audit.entry import Entry
from shared.events.contract import Event
from shared.ids import new_id
from shared.store.records import Stream


@dataclass(frozen=True, slots=True)
class Meta:
    """Who did it, because of what. `played`: the time is not the clock's (development only). `actor` is an opaque id."""

    actor: str
    correlation: str
    causation: UUID | None = None
    played: bool = False
    traceparent: str | None = None

    def to_json(self) -> str:
        found: dict[str, object] = {"actor": self.actor, "correlation": self.correlation}
        if self.causation is not None:
            found["causation"] = self.causation
        if self.played:
            found["played"] = True
        if self.traceparent is not None:
            found["traceparent"] = self.traceparent
        return orjson.dumps(found).decode()


class Heard(NamedTuple):
    """An event of another service as it came over Kafka. (A tuple in the order in which it is stored, to be quick in bulk.)"""

    source: str
    stream: UUID
    version: int
    id: UUID
    type: str
    schema: int
    data: str
    meta: str
    recorded_at: datetime
    played: bool
    topic: str
    partition: int
    offset: int

    @property
    def identity(self) -> tuple[UUID, str, int]:
        """What makes it the same event however often it arrives."""
        return self.stream, self.source, self.version

    @property
    def correlation(self) -> str:
        """What the whole chain of causes and effects has in common."""
        found: str = orjson.loads(self.meta)["correlation"]
        return found


@dataclass(frozen=True, slots=True)
class Claim:
    """Uniqueness across streams. `take` it when free, `take_over` from `holder`, or `drop` one's own."""

    op: Literal["take", "take_over", "drop"]
    scope: str
    key: str
    stream: UUID
    holder: UUID | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """The idempotency key of a command, the keyed hash of its body, and the answer to give again (JSON, nothing personal)."""

    key: str
    body_hash: bytes
    answer: str


@dataclass(frozen=True, slots=True)
class Said:
    """An event to be stored as the service's own, with the version it takes in its stream."""

    stream: UUID
    version: int
    event: Event
    at: datetime
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Group:
    """One command or one reaction: stored whole or not at all.

    `known` says for each stream the decision rested on how many events were known of it; if one has come since, the group
    loses with a conflict. `deadline` is of the event loop's clock; past it the group is dropped unsent. `audit`: written
    down with it, if it is stored now."""

    said: Sequence[Said]
    meta: Meta
    known: Sequence[tuple[UUID, int]] = ()
    heard: Heard | None = None
    claims: Sequence[Claim] = ()
    command: Command | None = None
    deadline: float | None = None
    audit: Entry | None = None

    def touches(self) -> Iterator[Hashable]:
        """What no other group of the same call may touch."""
        for said in self.said:
            yield said.stream
        for stream, _ in self.known:
            yield stream
        for claim in self.claims:
            yield claim.scope, claim.key
        if self.heard is not None:
            yield self.heard.stream
        if self.command is not None:
            yield "command", self.command.key

    def mark(self, own: str) -> tuple[UUID, str, int, UUID] | None:
        """(stream, source, version, id) of one event by which to see whether the group is stored; None without events."""
        if self.heard is not None:
            return *self.heard.identity, self.heard.id
        if not self.said:
            return None
        return self.said[0].stream, own, self.said[0].version, self.said[0].id


def say(stream: Stream, events: Sequence[Event], at: datetime) -> list[Said]:
    """The events as the next of the stream. Within a stream the recorded time never goes back."""
    last = stream.last_recorded_at
    at = at.astimezone(UTC) if last is None else max(at.astimezone(UTC), last)
    return [Said(stream.id, stream.version + step, event, at) for step, event in enumerate(events, start=1)]


@dataclass(frozen=True, slots=True)
class Stored:
    """The group is in the store; `head` is the store's last position after it."""

    head: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """It had been done before: with a command key `answer` is the first answer; a heard event has none."""

    answer: str | None


Outcome = Stored | Repeated
