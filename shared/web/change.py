"""What a route's decision came to. Storing it is the edge's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.events.contract import Event
from shared.store import Claim, Stream


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision came to: events on the stream that it was decided on, and the answer (JSON types, nothing personal).

    `rests_on`: other streams that must not have moved either. `about`: whom the audit trail names, by reference."""

    stream: Stream
    events: Sequence[Event]
    answer: dict[str, Any]
    status: int = 200
    location: str | None = None
    claims: Sequence[Claim] = ()
    rests_on: Sequence[Stream] = ()
    about: UUID | None = None
