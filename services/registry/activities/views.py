"""The list of activities as plain SQL, of what the caller may touch. One activity is read from the store, not from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg.rows import class_row

from shared.access import Reach
from shared.errors import Fault, InvalidError
from shared.events.codes import ActivityKind
from shared.store.store import Connection

Place = tuple[date, UUID]
"""A row's place in the list: held_on, activity_id; descending."""

_ACTIVITIES: LiteralString = """
SELECT activity_id, kind, province, area_code, name, held_on, fiscal_year, volunteer_ids AS volunteer_ids_json, people_reached,
       void
FROM activities a
WHERE %(whole)s AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
  AND (%(province)s::text IS NULL OR province = %(province)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(fiscal_year)s::int IS NULL OR fiscal_year = %(fiscal_year)s)
  AND (%(volunteer_id)s::uuid IS NULL OR EXISTS (
        SELECT FROM activity_attendance t WHERE t.volunteer_id = %(volunteer_id)s AND t.activity_id = a.activity_id))
  AND (%(void)s OR NOT void)
  AND (%(held_on)s::date IS NULL OR (held_on, activity_id) < (%(held_on)s, %(activity_id)s::uuid))
ORDER BY held_on DESC, activity_id DESC
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity in the list."""

    activity_id: UUID
    kind: str
    province: str
    area_code: str | None
    name: str
    held_on: date
    fiscal_year: int
    volunteer_ids_json: str
    people_reached: int | None
    void: bool

    @property
    def volunteer_ids(self) -> list[UUID]:
        return [UUID(volunteer_id) for volunteer_id in orjson.loads(self.volunteer_ids_json)]

    @property
    def place(self) -> tuple[str, str]:
        return self.held_on.isoformat(), str(self.activity_id)


def place_of(cursor: Sequence[Any] | None) -> Place | None:
    """What a cursor of a list by day says. Raises InvalidError for any other."""
    if cursor is None:
        return None
    try:
        day, row_id = cursor
        return date.fromisoformat(day), UUID(row_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")]) from error


async def activities(
    connection: Connection,
    reach: Reach,
    *,
    province: str | None,
    kind: ActivityKind | None,
    fiscal_year: int | None,
    volunteer_id: UUID | None,
    void: bool,
    after: Place | None,
    limit: int,
) -> list[ActivityRow]:
    """The newest first; those that are void only if asked for."""
    held_on, activity_id = after or (None, None)
    parameters = {"province": province, "kind": kind, "fiscal_year": fiscal_year, "volunteer_id": volunteer_id, "void": void}
    place = {"held_on": held_on, "activity_id": activity_id, "limit": limit}
    cursor = connection.cursor(row_factory=class_row(ActivityRow))
    # Planned anew with its values: filters that are not given must not cost the index.
    await cursor.execute(_ACTIVITIES, reach.parameters() | parameters | place, prepare=False)
    return await cursor.fetchall()
