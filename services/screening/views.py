"""The queue as plain SQL over the projection's view. One case is read from the store, not from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

from services.screening.rules import suggest
from shared.access import Reach
from shared.errors import Fault, InvalidError
from shared.events.codes import NeedKind, WorkerType
from shared.store.store import Connection

Place = tuple[bool, datetime, UUID]
"""A row's place in the queue: not urgent, reported_at, case_id; ascending."""

_QUEUE: LiteralString = """
SELECT case_id, kind, province, area_code, worker_type, reported_at, urgent, duplicate,
       CASE WHEN %(in_provinces)s::text[] IS NULL THEN duplicate_of
            ELSE (SELECT first.case_id FROM screening_needs first
                  WHERE first.case_id = waiting.duplicate_of AND first.province = ANY (%(in_provinces)s::text[]))
       END AS duplicate_of,
       needs_information, reopened
FROM screening_queue waiting
WHERE %(whole)s::boolean
  AND (%(in_provinces)s::text[] IS NULL OR province = ANY (%(in_provinces)s::text[]))
  AND (%(province)s::text IS NULL OR province = %(province)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(urgent)s::boolean IS NULL OR urgent = %(urgent)s)
  AND (%(after)s::boolean IS NULL
       OR (NOT urgent, reported_at, case_id) > (%(after)s, %(reported_at)s::timestamptz, %(case_id)s::uuid))
ORDER BY (NOT urgent), reported_at, case_id
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits for a decision."""

    case_id: UUID
    kind: str
    province: str
    area_code: str
    worker_type: str | None
    reported_at: datetime
    urgent: bool
    duplicate: bool
    duplicate_of: UUID | None
    needs_information: bool
    reopened: bool

    @property
    def place(self) -> Sequence[Any]:
        """Its place as a cursor keeps it."""
        return not self.urgent, self.reported_at.isoformat(), str(self.case_id)

    def as_json(self) -> dict[str, Any]:
        suggestion = suggest(
            NeedKind(self.kind),
            worker_type=None if self.worker_type is None else WorkerType(self.worker_type),
            duplicate=self.duplicate,
            reopened=self.reopened,
        )
        return {
            "case_id": self.case_id,
            "kind": self.kind,
            "province": self.province,
            "area_code": self.area_code,
            "worker_type": self.worker_type,
            "reported_at": self.reported_at.astimezone(UTC),
            "urgent": self.urgent,
            "duplicate": self.duplicate,
            "duplicate_of": self.duplicate_of,
            "needs_information": self.needs_information,
            "reopened": self.reopened,
            "suggestion": suggestion.as_json(),
        }


def place_of(cursor: Sequence[Any] | None) -> Place | None:
    """What a cursor of this list says. Raises InvalidError for any other."""
    if cursor is None:
        return None
    try:
        not_urgent, reported_at, case_id = cursor
        place = (not_urgent, datetime.fromisoformat(reported_at), UUID(case_id))
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidError([_NO_CURSOR]) from error
    if not isinstance(not_urgent, bool) or place[1].tzinfo is None:
        raise InvalidError([_NO_CURSOR])
    return place


_NO_CURSOR = Fault("/query/cursor", "invalid", "not a cursor that this list gave")


async def queue(
    connection: Connection,
    *,
    reach: Reach,
    province: str | None,
    kind: NeedKind | None,
    urgent: bool | None,
    after: Place | None,
    limit: int,
) -> list[Waiting]:
    """Urgent ones first, then the oldest: of those within `reach`, which none but offices have here."""
    not_urgent, reported_at, case_id = after or (None, None, None)
    cursor = await connection.execute(
        _QUEUE,
        {
            **reach.parameters(),
            "province": province or _only(reach.provinces),
            "kind": kind,
            "urgent": urgent,
            "after": not_urgent,
            "reported_at": reported_at,
            "case_id": case_id,
            "limit": limit,
        },
        prepare=False,  # planned anew with its values: filters that are not given must not cost the index
    )
    return [Waiting(*row) for row in await cursor.fetchall()]


def _only(provinces: frozenset[str] | None) -> str | None:
    """Most callers are of one province: named by itself it has an index in the queue's order, named in a list it has none."""
    return next(iter(provinces)) if provinces is not None and len(provinces) == 1 else None
