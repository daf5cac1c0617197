"""What a route's decision came to. Storing it is the edge's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.contract import Event
from shared.store import Claim, Stream
from shared.store.groups import Said, say


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision came to: events on the stream that it was decided on, and the answer (JSON types, nothing personal).

    `beside`: what is said on other streams with it, all or nothing. `rests_on`: further streams that must not have moved either.
    `about`: whom the audit trail names, by reference."""

    stream: Stream
    events: Sequence[Event]
    answer: dict[str, Any]
    status: int = 200
    location: str | None = None
    claims: Sequence[Claim] = ()
    beside: Sequence[tuple[Stream, Sequence[Event]]] = ()
    rests_on: Sequence[Stream] = ()
    about: UUID | None = None

    def said(self, at: datetime) -> list[Said]:
        """All its events, each as the next of its stream."""
        return [said for stream, events in ((self.stream, self.events), *self.beside) for said in say(stream, events, at)]

    @property
    def decided_on(self) -> list[Stream]:
        """What must be as it was when this is stored."""
        return [self.stream, *(stream for stream, _ in self.beside), *self.rests_on]
